#include "operator/onepassworditem.h"

#include "base/intern.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "operator/finalizer.h"
#include "operator/names.h"
#include "operator/ownership.h"

const struct kube_resource onepassworditem_resource = {
	.group = "onepassword.com",
	.version = "v1",
	.plural = "onepassworditems",
	.kind = "OnePasswordItem",
	.namespaced = true,
};

void onepassworditem_status_release(struct onepassworditem_status *s)
{
	intern_put(s->ready);
	intern_put(s->reason);
	intern_put(s->message);
	intern_put(s->transition);
	intern_put(s->item_path);
	intern_put(s->force_sync);
	intern_put(s->other);
	intern_put(s->token_message);
	intern_put(s->token_transition);
	intern_put(s->stalled_transition);
	*s = (struct onepassworditem_status){0};
}

static void release(struct kobj *o)
{
	struct onepassworditem *i = (struct onepassworditem *)o;

	intern_put(i->item_path);
	intern_put(i->type);
	intern_put(i->auto_restart);
	intern_put(i->force_sync);
	kvlist_release(&i->labels);
	kvlist_release(&i->annotations);
	onepassworditem_status_release(&i->status);
}

static void pack_status(struct pack *p, struct onepassworditem_status *s)
{
	pack_shared(p, &s->ready);
	pack_shared(p, &s->reason);
	pack_shared(p, &s->message);
	pack_shared(p, &s->transition);
	pack_int(p, &s->condition_generation);
	pack_int(p, &s->observed_generation);
	pack_text(p, &s->item_path);
	pack_int(p, &s->item_version);
	pack_text(p, &s->force_sync);
	pack_shared(p, &s->other);
	pack_int(p, &s->restarts_pending);
	pack_shared(p, &s->token_message);
	pack_shared(p, &s->token_transition);
	pack_bool(p, &s->stalled);
	pack_shared(p, &s->stalled_transition);
}

static void pack_members(struct pack *p, struct kobj *o)
{
	struct onepassworditem *i = (struct onepassworditem *)o;

	pack_text(p, &i->item_path);
	pack_shared(p, &i->type);
	pack_shared(p, &i->auto_restart);
	pack_text(p, &i->force_sync);
	kvlist_pack(p, &i->labels);
	kvlist_pack(p, &i->annotations);
	pack_bool(p, &i->has_finalizer);
	pack_status(p, &i->status);
}

const struct kobj_form onepassworditem_form = {sizeof(struct onepassworditem), pack_members, release};

static const char *text_or_empty(const char *s)
{
	return intern(s ? s : "");
}

/* The value that counts of a request: not more of it has a place in the status, where it must come back as it
 * is, so no character is cut in two. */
static const char *cut(const char *value)
{
	char *kept CLEANUP(mem_freep) = NULL;

	if (str_empty(value))
		return NULL;
	kept = mem_strndup(value, utf8_cut(value, strlen(value), NAME_FORCE_SYNC_MAX));
	return intern(kept);
}

static const struct jsonx *condition_of(const struct jsonx *status, const char *type)
{
	const struct jsonx *conditions = jsonx_get(status, "conditions");

	for (size_t i = 0; i < jsonx_len(conditions); i++)
		if (streq(jsonx_get_str(jsonx_at(conditions, i), "type"), type))
			return jsonx_at(conditions, i);
	return NULL;
}

static void decode_status(const struct jsonx *status, struct onepassworditem_status *out)
{
	const struct jsonx *ready = condition_of(status, "Ready");
	const struct jsonx *token = condition_of(status, "TokenExpiring");
	const struct jsonx *stalled = condition_of(status, "Stalled");

	out->ready = intern(jsonx_get_str(ready, "status"));
	out->reason = intern(jsonx_get_str(ready, "reason"));
	out->message = intern(jsonx_get_str(ready, "message"));
	out->transition = intern(jsonx_get_str(ready, "lastTransitionTime"));
	out->condition_generation = jsonx_get_int(ready, "observedGeneration", 0);
	out->observed_generation = jsonx_get_int(status, "observedGeneration", 0);
	out->item_path = intern(jsonx_get_str(status, "itemPath"));
	out->item_version = jsonx_get_int(status, "itemVersion", 0);
	out->force_sync = intern(jsonx_get_str(status, "forceSync"));
	out->token_message = intern(jsonx_get_str(token, "message"));
	out->token_transition = intern(jsonx_get_str(token, "lastTransitionTime"));
	out->stalled = stalled;
	out->stalled_transition = intern(jsonx_get_str(stalled, "lastTransitionTime"));
	out->restarts_pending = jsonx_get_int(status, "restartsPending", 0);
}

err_t onepassworditem_decode(const struct jsonx *object, bool with_annotations, struct kobj **out)
{
	struct kube_meta meta;
	struct onepassworditem *i;

	TRY_(kube_meta_parse(object, &meta));
	i = MEM_NEW(struct onepassworditem);
	kobj_init(&i->o, release);
	i->o.meta = meta;
	i->item_path = text_or_empty(jsonx_get_str(jsonx_get(object, "spec"), "itemPath"));
	i->type = text_or_empty(jsonx_get_str(object, "type"));
	i->auto_restart = intern(jsonx_get_str(kube_annotations(object), NAME_AUTO_RESTART));
	i->force_sync = cut(jsonx_get_str(kube_annotations(object), NAME_FORCE_SYNC));
	kvlist_add_json(&i->labels, kube_labels(object), NULL);
	if (with_annotations)
		kvlist_add_json(&i->annotations, kube_annotations(object), NULL);
	i->has_finalizer = finalizer_is_on(object);
	decode_status(jsonx_get(object, "status"), &i->status);
	i->status.other = intern(ownership_other(object, NAME_MANAGER_STATUS, "status"));
	*out = &i->o;
	return NULL;
}

bool onepassworditem_asks_the_same(const struct onepassworditem *a, const struct onepassworditem *b)
{
	return streq(a->o.meta.uid, b->o.meta.uid) && a->o.meta.deleting == b->o.meta.deleting &&
	       a->o.meta.generation == b->o.meta.generation && streq(a->item_path, b->item_path) &&
	       streq(a->type, b->type) && streq(a->auto_restart, b->auto_restart) &&
	       streq(a->force_sync, b->force_sync) && kvlist_equal(&a->labels, &b->labels) &&
	       kvlist_equal(&a->annotations, &b->annotations) && a->has_finalizer == b->has_finalizer;
}
