#include "operator/sync.h"

#include "base/mem.h"
#include "base/rand.h"
#include "metrics/metrics.h"
#include "operator/adopt.h"
#include "operator/names.h"
#include "operator/ownership.h"
#include "operator/restart.h"
#include "operator/secretbody.h"
#include "operator/secretdata.h"

#include <stdio.h>

/* A title that memory does not have is asked for again after this. */
#define RESOLVE_MAX_AGE_MS 3000

static struct kube_target target_of(const struct sync *s)
{
	return (struct kube_target){.resource = &kube_secrets, .namespace = s->namespace, .name = s->name};
}

static void note_outcome(struct sync_outcome *out, const char *path, int64_t version)
{
	snprintf(out->path, sizeof(out->path), "%s", path);
	out->version = version;
}

static struct memo memo_of(const struct sync *s)
{
	struct memo memo = {0};

	if (!memos_get(s->shared->memos, s->key, &memo) || (s->have && !streq(memo.uid, s->have->o.meta.uid)))
		memo = (struct memo){0};
	if (!memo.compare_at_ns)
		memo.compare_at_ns =
			clock_now_ns(NULL) + (int64_t)rand_below((uint64_t)s->shared->compare_ms) * NS_PER_MS;
	return memo;
}

static void note_compared(const struct sync *s, const char *uid, const char *type, int64_t applied_ms)
{
	struct memo memo = memo_of(s);

	snprintf(memo.uid, sizeof(memo.uid), "%s", uid);
	snprintf(memo.type, sizeof(memo.type), "%s", type);
	if (applied_ms)
		memo.applied_ms = applied_ms;
	memo.compare_at_ns = clock_now_ns(NULL) + rand_jitter(s->shared->compare_ms, 20) * NS_PER_MS;
	memos_set(s->shared->memos, s->key, &memo);
}

/* The resource asks for another type than the Secret was seen with, or nobody has looked at its newest
 * generation. */
static bool is_type_in_doubt(const struct sync *s, const struct memo *memo)
{
	if (!s->item)
		return false;
	if (*memo->type)
		return strncmp(memo->type, s->want->type, sizeof(memo->type) - 1) != 0;
	return s->item->status.observed_generation != 0 &&
	       s->item->status.observed_generation != s->item->o.meta.generation;
}

static bool is_settled(const struct sync *s, const struct resolution *where)
{
	const struct memo memo = memo_of(s);

	if (s->have && where->ignored)
		return true;
	if (plan_secret(s->have, s->want, where, &memo) == PLAN_SYNC || is_type_in_doubt(s, &memo))
		return false;
	if (clock_now_ns(NULL) >= memo.compare_at_ns)
		return false;
	memos_set(s->shared->memos, s->key, &memo);
	return true;
}

static err_t fetch(const struct sync *s, const struct resolution *where, struct item **out)
{
	struct item *item CLEANUP(item_freep) = NULL;

	TRY(op_get_item(s->clients->connect, where->vault_id, where->item_id, s->cancel, &item),
	    "failed to get item by ID for vaultID='%s' and itemID='%s'", where->vault_id, where->item_id);
	catalog_note_item(s->shared->catalog, item);
	TRY(op_load_files(s->clients->connect, item, s->cancel),
	    "failed to load item files for vaultID='%s' and itemID='%s'", where->vault_id, where->item_id);
	*out = TAKE(item);
	return NULL;
}

/* A replica of Connect that is behind gave us this: what we have is newer. */
static bool is_outdated(const struct sync *s, const struct resolution *where, const struct item *item)
{
	char path[PLAN_PATH_SIZE];

	plan_path(where, path);
	return s->have && streq(secretmeta_item_path(s->have), path) &&
	       item->version < s->have->item_version && where->steady_polls < CATALOG_STEADY_POLLS;
}

static bool has_ignore_tag(const struct sync *s, const struct item *item)
{
	return s->have && item_has_tag(item, "operator.1password.io:ignore-secret");
}

/* The Secret is ours, the original's, or its owner has opted in. */
static err_t check_may_take_over(const struct sync *s, const struct secretmeta *live)
{
	const char *opt_in = kvlist_get(&live->annotations, NAME_ADOPT);
	bool adopt = false;

	if (secretmeta_is_ours(live) || secretmeta_is_original(live))
		return NULL;
	if (opt_in && str_to_bool(opt_in, &adopt) && adopt)
		return NULL;
	return err_new(ERR_EXISTS,
		       "a Secret %s that this operator did not make is there already and stays as it is; "
		       "delete it, or "
		       "allow to take it over with: kubectl annotate secret -n %s %s " NAME_ADOPT "=true",
		       s->name, s->namespace, s->name);
}

static err_t check_type(const struct sync *s, const struct jsonx *live)
{
	const char *type = jsonx_get_str(live, "type");

	if (streq(type ? type : "Opaque", s->want->type))
		return NULL;
	return err_new(ERR_INVALID,
		       "cannot change secret type: secret type is immutable (it is %s, type asks for %s); "
		       "delete the "
		       "Secret and it will be written anew",
		       type ? type : "Opaque", s->want->type);
}

static err_t note_applied(const struct sync *s, const struct kube_object *answer)
{
	struct kobj *o = NULL;

	TRY_(shared_note_secret(s->shared, answer->json));
	TRY_(secretmeta_decode(answer->json, false, &o));
	note_compared(s, o->meta.uid, s->want->type, ((struct secretmeta *)o)->applied_ms);
	kobj_unref(o);
	return NULL;
}

static err_t apply(const struct sync *s, const struct secretbody_object *object,
		   const struct secretbody_item *from, const struct secretdata *data)
{
	const struct kube_target target = target_of(s);
	struct secret *body CLEANUP(secret_freep) = secret_new(KUBE_REQUEST_MAX);
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	const char *p;
	size_t len;

	TRY_(shared_check_leading(s->shared));
	TRY_(secretbody_apply(object, s->want, from, data, body));
	secret_view(body, &p, &len);
	TRY_(kube_apply(s->clients->kube, &target, NAME_MANAGER_SECRET, p, len, s->cancel, &answer));
	return note_applied(s, &answer);
}

/* When a Secret that is gone was last written with other values than those of today, its workloads still run
 * on those; and those that waited for a restart when it went still wait. */
static int64_t changed_at_of_new(const struct sync *s, const struct secretbody_item *from)
{
	const struct onepassworditem_status *last = s->item ? &s->item->status : NULL;
	struct memo memo = {0};

	memos_get(s->shared->memos, s->key, &memo);
	if (!last || !last->item_path ||
	    (streq(last->item_path, from->path) && last->item_version == from->version))
		return memo.pending_for_ms;
	return restart_changed_at(clock_wall_ms(), memo.pending_for_ms);
}

static err_t create(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data)
{
	const struct secretbody_object object = {.namespace = s->namespace, .name = s->name};
	struct secretbody_item with_change = *from;

	with_change.changed_at_ms = changed_at_of_new(s, from);
	return apply(s, &object, &with_change, data);
}

/* Moves the ownership of the data to us where that is needed; *live is then the newer state. */
static err_t adopt(const struct sync *s, struct kube_object *live)
{
	const struct kube_target target = target_of(s);
	struct strbuf patch CLEANUP(strbuf_release);
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	bool needed = false;

	strbuf_init(&patch, KUBE_REQUEST_MAX);
	TRY_(adopt_patch(live->json, &patch, &needed));
	if (!needed)
		return NULL;
	TRY_(shared_check_leading(s->shared));
	TRY(kube_patch(s->clients->kube, &target, KUBE_PATCH_JSON, NAME_MANAGER_SECRET, patch.p, patch.len,
		       s->cancel, &answer),
	    "take over its fields");
	kube_object_release(live);
	*live = answer;
	answer = (struct kube_object){0};
	return NULL;
}

static err_t data_differs(const struct kube_object *live, const struct secretdata *data, bool *out)
{
	struct ownership owned CLEANUP(ownership_release);

	ownership_parse(live->json, &owned);
	return secretdata_differs(data, jsonx_get(live->json, "data"), &owned.keys, out);
}

static bool says_all(const struct sync *s, const struct secretmeta *live, const struct secretbody_item *from)
{
	return secretmeta_is_ours(live) && plan_is_intact(live, s->want, NULL) &&
	       streq(secretmeta_item_path(live), from->path) && live->item_version == from->version;
}

static err_t update_live(const struct sync *s, struct kube_object *live, const struct secretmeta *meta,
			 const struct secretbody_item *from, const struct secretdata *data, bool *out_wrote)
{
	struct secretbody_item with_change = *from;
	struct secretbody_object object = {
		.namespace = s->namespace, .name = s->name, .uid = meta->o.meta.uid};
	bool differs = false;

	TRY_(check_may_take_over(s, meta));
	TRY_(check_type(s, live->json));
	TRY_(data_differs(live, data, &differs));
	if (differs && jsonx_true(jsonx_get(live->json, "immutable")))
		return err_new(ERR_INVALID,
			       "the Secret is immutable and can't take the item's values; delete it and "
			       "it will be written anew");
	if (!differs && says_all(s, meta, from)) {
		note_compared(s, meta->o.meta.uid, s->want->type, meta->applied_ms);
		return shared_note_secret(s->shared, live->json);
	}
	TRY_(adopt(s, live));
	object.resource_version = jsonx_get_str(jsonx_get(live->json, "metadata"), "resourceVersion");
	with_change.changed_at_ms =
		differs ? restart_changed_at(live->server_time_ms, meta->changed_at_ms) : meta->changed_at_ms;
	TRY_(apply(s, &object, &with_change, data));
	*out_wrote = true;
	if (differs && meta->item_version == from->version)
		metric_add(s->shared->drift_total, METRIC_NO_LABELS, 1);
	return NULL;
}

static err_t update(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		    bool *out_wrote)
{
	const struct kube_target target = target_of(s);
	struct kube_object live CLEANUP(kube_object_release) = {0};
	struct kobj *meta = NULL;
	err_t e;

	TRY_(kube_get(s->clients->kube, &target, KUBE_FULL, s->cancel, &live));
	TRY_(secretmeta_decode(live.json, s->shared->copy_annotations, &meta));
	if (live.server_time_ms == 0)
		live.server_time_ms = clock_wall_ms();
	e = update_live(s, &live, (const struct secretmeta *)meta, from, data, out_wrote);
	kobj_unref(meta);
	return e;
}

static bool is_taken(const struct err *e)
{
	return err_is(e, ERR_EXISTS) || err_is(e, ERR_CONFLICT);
}

static err_t write_secret(const struct sync *s, const struct secretbody_item *from,
			  const struct secretdata *data, bool *out_wrote)
{
	err_t e;

	if (!s->have) {
		e = create(s, from, data);
		*out_wrote = !e;
		if (!is_taken(e))
			return e;
		err_free(e);
		return update(s, from, data, out_wrote);
	}
	e = update(s, from, data, out_wrote);
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e); /* gone since the watch told us last */
	e = create(s, from, data);
	*out_wrote = !e;
	return e;
}

err_t sync_secret(const struct sync *s, struct sync_outcome *out)
{
	struct item_path path CLEANUP(item_path_release) = {0};
	struct item *item CLEANUP(item_freep) = NULL;
	struct secretdata data CLEANUP(secretdata_release) = {0};
	struct resolution where;
	struct secretbody_item from = {.path = out->path};

	*out = (struct sync_outcome){.stage = STATUS_STAGE_CONNECT};
	TRY_(item_path_parse(s->want->item_path, &path));
	TRY_(catalog_resolve(s->shared->catalog, s->clients->connect, &path, RESOLVE_MAX_AGE_MS, s->cancel,
			     &where));
	if (is_settled(s, &where)) {
		note_outcome(out, secretmeta_item_path(s->have), s->have->item_version);
		return NULL;
	}

	TRY_(fetch(s, &where, &item));
	if (is_outdated(s, &where, item) || has_ignore_tag(s, item)) {
		note_outcome(out, secretmeta_item_path(s->have), s->have->item_version);
		return NULL;
	}

	out->stage = STATUS_STAGE_SECRET;
	plan_path(&where, out->path);
	from.version = out->version = item->version;
	TRY_(secretdata_build(item, s->shared->allow_empty_values, &data));
	return write_secret(s, &from, &data, &out->wrote);
}
