#include "operator/onepassworditem.h"

#include "base/mem.h"
#include "operator/finalizer.h"
#include "operator/names.h"

const struct kube_resource onepassworditem_resource = {
	.group = "onepassword.com",
	.version = "v1",
	.plural = "onepassworditems",
	.kind = "OnePasswordItem",
	.namespaced = true,
};

void onepassworditem_status_release(struct onepassworditem_status *s)
{
	mem_free(s->ready);
	mem_free(s->reason);
	mem_free(s->message);
	mem_free(s->transition);
	mem_free(s->item_path);
	mem_free(s->force_sync);
	mem_free(s->token_message);
	mem_free(s->token_transition);
	*s = (struct onepassworditem_status){0};
}

static void release(struct kobj *o)
{
	struct onepassworditem *i = (struct onepassworditem *)o;

	mem_free(i->item_path);
	mem_free(i->type);
	mem_free(i->auto_restart);
	mem_free(i->force_sync);
	kvlist_release(&i->labels);
	kvlist_release(&i->annotations);
	onepassworditem_status_release(&i->status);
}

static char *copy_or_empty(const char *s)
{
	return mem_strdup(s ? s : "");
}

/* The value that counts of a request: not more of it has a place in the status. */
static char *cut(const char *value)
{
	return str_empty(value) ? NULL : mem_strndup(value, strnlen(value, NAME_FORCE_SYNC_MAX));
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

	out->ready = mem_strdup(jsonx_get_str(ready, "status"));
	out->reason = mem_strdup(jsonx_get_str(ready, "reason"));
	out->message = mem_strdup(jsonx_get_str(ready, "message"));
	out->transition = mem_strdup(jsonx_get_str(ready, "lastTransitionTime"));
	out->condition_generation = jsonx_get_int(ready, "observedGeneration", 0);
	out->observed_generation = jsonx_get_int(status, "observedGeneration", 0);
	out->item_path = mem_strdup(jsonx_get_str(status, "itemPath"));
	out->item_version = jsonx_get_int(status, "itemVersion", 0);
	out->force_sync = mem_strdup(jsonx_get_str(status, "forceSync"));
	out->token_message = mem_strdup(jsonx_get_str(token, "message"));
	out->token_transition = mem_strdup(jsonx_get_str(token, "lastTransitionTime"));
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
	i->item_path = copy_or_empty(jsonx_get_str(jsonx_get(object, "spec"), "itemPath"));
	i->type = copy_or_empty(jsonx_get_str(object, "type"));
	i->auto_restart = mem_strdup(jsonx_get_str(kube_annotations(object), NAME_AUTO_RESTART));
	i->force_sync = cut(jsonx_get_str(kube_annotations(object), NAME_FORCE_SYNC));
	kvlist_add_json(&i->labels, kube_labels(object), NULL);
	if (with_annotations)
		kvlist_add_json(&i->annotations, kube_annotations(object), NULL);
	i->has_finalizer = finalizer_is_on(object);
	decode_status(jsonx_get(object, "status"), &i->status);
	*out = &i->o;
	return NULL;
}
