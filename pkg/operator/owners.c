#include "operator/owners.h"

#include "operator/names.h"
#include "operator/secretbody.h"

static err_t apply_owners(const struct sync *s, const struct kube_meta *meta, const struct desired *want)
{
	const struct kube_target target = {
		.resource = &kube_secrets, .namespace = s->namespace, .name = s->name};
	const struct secretbody_object object = {s->namespace, s->name, meta->uid, meta->resource_version};
	struct strbuf body CLEANUP(strbuf_release) = {0};
	struct kube_object answer CLEANUP(kube_object_release) = {0};

	strbuf_init(&body, 1u << 20);
	TRY_(secretbody_owners(&object, want, &body));
	TRY_(shared_check_leading(s->shared));
	TRY(kube_apply(s->clients->kube, &target, NAME_MANAGER_OWNERS, body.p, body.len, s->cancel, &answer),
	    "set the owners of Secret %s", s->name);
	return shared_note_secret(s->shared, answer.json);
}

err_t owners_keep(const struct sync *s)
{
	struct kobj *o = kstore_get(s->shared->secrets, s->key);
	const struct secretmeta *have = (const struct secretmeta *)o;
	err_t e = NULL;

	if (have && secretmeta_is_ours(have) && !plan_has_owners(have, s->want))
		e = apply_owners(s, &o->meta, s->want);
	else if (have && have->kept_owners > 0 && have->owners_owned == s->want->n_owners)
		e = apply_owners(s, &o->meta, NULL);
	kobj_unref(o);
	return e;
}
