#include "operator/secretwrite.h"

#include "base/mem.h"
#include "metrics/metrics.h"
#include "operator/adopt.h"
#include "operator/names.h"
#include "operator/ownership.h"
#include "operator/restart.h"
#include "operator/sync.h"

#include <inttypes.h>

static struct kube_target target_of(const struct sync *s)
{
	return (struct kube_target){.resource = &kube_secrets, .namespace = s->namespace, .name = s->name};
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

static uint64_t values_of(const struct secretbody_item *from)
{
	char *text CLEANUP(mem_freep) = mem_printf("%s/%" PRId64, from->path, from->version);

	return memo_mark(text);
}

static void note_compared(const struct sync *s, const struct secretbody_item *from,
			  const struct secretmeta *now)
{
	const struct memo_seen seen = {.uid = now->o.meta.uid,
				       .type = s->want->type,
				       .values = values_of(from),
				       .applied_ms = now->applied_ms,
				       .string_data_ms = now->string_data_ms};

	memos_note_compared(s->shared->memos, s->key, &seen, s->shared->compare_ms);
}

static err_t note_applied(const struct sync *s, const struct secretbody_item *from,
			  const struct kube_object *answer)
{
	struct kobj *o = NULL;

	TRY_(shared_note_secret(s->shared, answer->json));
	TRY_(secretmeta_decode(answer->json, false, &o));
	note_compared(s, from, (const struct secretmeta *)o);
	kobj_unref(o);
	return NULL;
}

/* Tells what is written apart, but for the values. */
static uint64_t mark_of(const struct sync *s, const struct secretbody_item *from)
{
	const struct secretbody_object object = {.namespace = s->namespace, .name = s->name};
	const struct secretbody_item item = {.path = from->path, .version = from->version};
	const struct secretdata no_values = {0};
	struct secret *body CLEANUP(secret_freep) = secret_new(KUBE_REQUEST_MAX);

	err_free(secretbody_apply(&object, s->want, &item, &no_values, body)); /* the real one fitted */
	return memo_mark(secret_bytes(body));
}

/* True when the last write said the same: somebody has changed it since. */
static bool note_written(const struct sync *s, const struct secretbody_item *from)
{
	const uint64_t mark = mark_of(s, from);
	struct memo memo = {0};
	bool again;

	memos_get(s->shared->memos, s->key, &memo);
	again = memo.wrote == mark;
	memo.wrote = mark;
	memos_set(s->shared->memos, s->key, &memo);
	return again;
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
	return note_applied(s, from, &answer);
}

/* The change that workloads wait for; 0: none. */
static int64_t pending_for(const struct sync *s)
{
	struct memo memo = {0};

	memos_get(s->shared->memos, s->key, &memo);
	return memo.pending_for_ms;
}

/* The Secret that is gone had the values of another item or version, by memory or else by what the status
 * says. */
static bool had_others(const struct sync *s, const struct secretbody_item *from)
{
	const struct onepassworditem_status *last = s->item ? &s->item->status : NULL;
	struct memo memo = {0};

	if (memos_get(s->shared->memos, s->key, &memo) && memo.values)
		return memo.values != values_of(from);
	return last && last->item_path &&
	       (!streq(last->item_path, from->path) || last->item_version != from->version);
}

/* When a Secret that is gone was last written with other values than those of today, its workloads still run
 * on those; and those that waited for a restart when it went still wait. */
static int64_t changed_at_of_new(const struct sync *s, const struct secretbody_item *from)
{
	const int64_t pending_for_ms = pending_for(s);

	return had_others(s, from) ? restart_changed_at(clock_wall_ms(), pending_for_ms) : pending_for_ms;
}

/* Workloads may still wait for a change whose mark does not count any more: somebody has reset managedFields,
 * or taken the annotation over. */
static int64_t changed_at_of_live(const struct sync *s, const struct kube_object *live,
				  const struct secretmeta *meta, bool differs)
{
	const int64_t pending_for_ms = pending_for(s);
	const int64_t last_ms = meta->changed_at_ms > pending_for_ms ? meta->changed_at_ms : pending_for_ms;

	return differs ? restart_changed_at(live->server_time_ms, last_ms) : last_ms;
}

static err_t create(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data)
{
	const struct secretbody_object object = {.namespace = s->namespace, .name = s->name};
	struct secretbody_item with_change = *from;

	with_change.changed_at_ms = changed_at_of_new(s, from);
	return apply(s, &object, &with_change, data);
}

/* Moves the ownership of the data to us where that is needed; *live is then the newer state. */
static err_t adopt(const struct sync *s, struct kube_object *live, const struct secretmeta *meta,
		   const struct secretdata *data)
{
	const struct kube_target target = target_of(s);
	struct strbuf patch CLEANUP(strbuf_release) = {0};
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	bool needed = false;

	strbuf_init(&patch, KUBE_REQUEST_MAX);
	TRY_(adopt_patch(live->json, secretmeta_is_original(meta), data, &patch, &needed));
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

/* Keys that are no longer wanted count where they are ours, or were the original's whose Secret we take over.
 */
static err_t compare(const struct kube_object *live, const struct secretmeta *meta,
		     const struct secretdata *data, struct secretdata_changes *out)
{
	static const struct strv none;
	struct ownership owned CLEANUP(ownership_release);
	const struct strv *keys = &none;

	ownership_parse(live->json, &owned);
	if (owned.applied_ms)
		keys = &owned.keys;
	else if (secretmeta_is_original(meta))
		keys = &owned.original_keys;
	return secretdata_compare(data, jsonx_get(live->json, "data"), keys, out);
}

static bool says_all(const struct sync *s, const struct secretmeta *live, const struct secretbody_item *from)
{
	/* Its values have just been compared, so a foreign write of stringData is dealt with. */
	const struct memo compared = {.string_data_ms = live->string_data_ms};

	return secretmeta_is_ours(live) && plan_is_intact(live, s->want, &compared) &&
	       streq(secretmeta_item_path(live), from->path) && live->item_version == from->version;
}

static bool has_value(const struct secretdata *data)
{
	for (size_t i = 0; i < data->n; i++)
		if (data->v[i].from != SECRETDATA_URL && data->v[i].len > 0)
			return true;
	return false;
}

static bool any_has_value(const struct strv *keys, const struct jsonx *live_data)
{
	const char *p;
	size_t len;

	for (size_t i = 0; i < keys->n; i++)
		if (jsonx_strn(jsonx_get(live_data, keys->v[i]), &p, &len) && len > 0)
			return true;
	return false;
}

static bool empties_any(const struct secretdata *data, const struct strv *changed)
{
	for (size_t i = 0; i < data->n; i++)
		if (data->v[i].len == 0 && strv_has(changed, data->v[i].key))
			return true;
	return false;
}

/* An answer without values is no reason to take those away that are there: it may be one of a Connect that
 * has not synced yet. A URL is none, since a list of items shows it as well; what it changes in its own key
 * is an edit like any other. */
static err_t check_not_blanked(const struct kube_object *live, const struct secretdata *data,
			       const struct secretdata_changes *changes)
{
	const struct jsonx *live_data = jsonx_get(live->json, "data");

	if (has_value(data))
		return NULL;
	if (!(data->n == 0 && jsonx_len(live_data) > 0) && !any_has_value(&changes->removed, live_data) &&
	    !empties_any(data, &changes->changed))
		return NULL;
	return err_new(ERR_INVALID,
		       "no field and no file of the item has a value, so the Secret keeps those that it has; "
		       "delete the Secret to have it written without them");
}

static err_t update_live(const struct sync *s, struct kube_object *live, const struct secretmeta *meta,
			 const struct secretbody_item *from, const struct secretdata *data,
			 struct secretwrite *out)
{
	struct secretbody_item with_change = *from;
	struct secretbody_object object = {
		.namespace = s->namespace, .name = s->name, .uid = meta->o.meta.uid};
	char *other CLEANUP(mem_freep) = NULL;
	bool differs;

	TRY_(check_may_take_over(s, meta));
	TRY_(check_type(s, live->json));
	TRY_(compare(live, meta, data, &out->changes));
	TRY_(check_not_blanked(live, data, &out->changes));
	differs = secretdata_changes_any(&out->changes);
	if (differs && jsonx_true(jsonx_get(live->json, "immutable")))
		return err_new(ERR_INVALID,
			       "the Secret is immutable and can't take the item's values; delete it and "
			       "it will be written anew");
	if (!differs && says_all(s, meta, from)) {
		note_compared(s, from, meta);
		return shared_note_secret(s->shared, live->json);
	}
	other = mem_strdup(ownership_other(live->json, NAME_MANAGER_SECRET, NULL));
	TRY_(adopt(s, live, meta, data));
	object.resource_version = jsonx_get_str(jsonx_get(live->json, "metadata"), "resourceVersion");
	with_change.changed_at_ms = changed_at_of_live(s, live, meta, differs);
	TRY_(apply(s, &object, &with_change, data));
	out->wrote = true;
	if (note_written(s, from))
		shared_note_contest(s->shared, s->key, CONTEST_SECRET, other);
	if (differs && meta->item_version == from->version)
		metric_add(s->shared->drift_total, METRIC_NO_LABELS, 1);
	return NULL;
}

static err_t update(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		    struct secretwrite *out)
{
	const struct kube_target target = target_of(s);
	struct kube_object live CLEANUP(kube_object_release) = {0};
	struct kobj *meta = NULL;
	err_t e;

	TRY_(kube_get(s->clients->kube, &target, KUBE_FULL, s->cancel, &live));
	TRY_(secretmeta_decode(live.json, s->shared->copy_annotations, &meta));
	if (live.server_time_ms == 0)
		live.server_time_ms = clock_wall_ms();
	e = update_live(s, &live, (const struct secretmeta *)meta, from, data, out);
	kobj_unref(meta);
	return e;
}

static bool is_taken(const struct err *e)
{
	return err_is(e, ERR_EXISTS) || err_is(e, ERR_CONFLICT);
}

static err_t make(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		  struct secretwrite *out)
{
	TRY_(create(s, from, data));
	if (note_written(s, from))
		shared_note_contest(s->shared, s->key, CONTEST_GONE, "");
	out->wrote = out->created = true;
	for (size_t i = 0; i < data->n; i++)
		strv_add(&out->changes.added, data->v[i].key);
	return NULL;
}

void secretwrite_release(struct secretwrite *w)
{
	secretdata_changes_release(&w->changes);
}

err_t secretwrite(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		  struct secretwrite *out)
{
	err_t e;

	if (!s->have) {
		e = make(s, from, data, out);
		if (!is_taken(e))
			return e;
		err_free(e);
		e = update(s, from, data, out);
		if (!err_is(e, ERR_NOT_FOUND))
			return e;
		err_free(e);
		return err_new(ERR_CONFLICT, "Secret %s came and went", s->name);
	}
	e = update(s, from, data, out);
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e); /* gone since the watch told us last */
	return make(s, from, data, out);
}
