#include "operator/shared.h"

#include "operator/secretmeta.h"
#include "operator/watches.h"

err_t shared_check_leading(const struct shared *s)
{
	const struct lease *lease = atomic_load(&s->lease);

	if (!lease || lease_is_held(lease))
		return NULL;
	return err_new(ERR_CANCELED, "no longer the leader");
}

err_t shared_note_secret(struct shared *s, const struct jsonx *secret)
{
	struct kobj *now, *old = NULL;

	TRY_(secretmeta_decode(secret, s->copy_annotations, &now));
	kstore_put(s->secrets, &now, &old);
	kobj_unref(now);
	kobj_unref(old);
	return NULL;
}

bool shared_serves_namespace(const struct shared *s, const char *namespace)
{
	struct kobj *o = s->namespaces ? kstore_get(s->namespaces, namespace) : NULL;

	kobj_unref(o);
	return !s->namespaces || o;
}

bool shared_knows_workloads(const struct shared *s)
{
	const struct watches *watches = atomic_load(&s->watches);

	return !watches || watches_know_workloads(watches);
}
