#include "operator/sync.h"

#include "operator/moved.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>

/* A title that memory does not have is asked for again after this. */
#define RESOLVE_MAX_AGE_MS 3000

/* Whoever may write Secrets can write any path on one. So it is followed without anybody that asks for it
 * only while this process remembers that path from the last one that did. */
static bool is_as_asked(struct shared *s, const char *key, const struct secretmeta *have)
{
	const char *path = secretmeta_item_path(have);
	struct memo memo = {0};

	return path && secretmeta_is_of_workloads(have) && memos_get(s->memos, key, &memo) &&
	       memo.asked == memo_mark(path);
}

void sync_gather(struct shared *s, const char *key, struct sources *out)
{
	char index[WORKLOAD_INDEX_SIZE];
	struct kobj *have;

	workload_index_makes(key, index);
	out->item = (struct onepassworditem *)kstore_get(s->items, key);
	workloads_indexed(&s->workloads, index, &out->workloads);
	/* Where several operators share a cluster, nothing tells who made a Secret for a workload that has
	 * gone. */
	if (out->item || s->item_selector)
		return;
	have = kstore_get(s->secrets, key);
	if (have && is_as_asked(s, key, (struct secretmeta *)have))
		out->made = (struct secretmeta *)kobj_ref(have);
	kobj_unref(have);
	if (!out->made && out->workloads.n == 0)
		return;
	workload_index_uses(key, index);
	workloads_indexed(&s->workloads, index, &out->users);
}

/* The Secret stays as it is. One whose marks somebody has taken off does not tell what it holds. */
static void note_kept(struct sync_outcome *out, const struct secretmeta *have)
{
	const char *path = secretmeta_item_path(have);

	if (!path || have->item_version < 0)
		return;
	snprintf(out->path, sizeof(out->path), "%s", path);
	out->version = have->item_version;
}

/* The resource asks for another type than the Secret was seen with, or we have not seen it and no status of
 * the newest generation says that all is well. */
static bool is_type_in_doubt(const struct sync *s, const struct memo *memo)
{
	if (!s->item)
		return false;
	if (memo->type)
		return memo->type != memo_mark(s->want->type);
	return !streq(s->item->status.ready, "True") ||
	       (s->item->status.observed_generation != 0 &&
		s->item->status.observed_generation != s->item->o.meta.generation);
}

static bool is_forced(const struct sync *s)
{
	const char *request = s->item ? s->item->force_sync : NULL;
	struct memo memo = {0};

	if (!request || streq(request, s->item->status.force_sync))
		return false;
	memos_get(s->shared->memos, s->key, &memo);
	return memo.forced != memo_mark(request);
}

static void note_forced(const struct sync *s)
{
	struct memo memo = {0};

	memos_get(s->shared->memos, s->key, &memo);
	memo.forced = memo_mark(s->item->force_sync);
	memos_set(s->shared->memos, s->key, &memo);
}

/* Who wants it now, asks for that item; see is_as_asked. */
static void note_asked(const struct sync *s, const struct resolution *where)
{
	char path[PLAN_PATH_SIZE];
	struct memo memo = {0};

	plan_path(where, path);
	memos_get(s->shared->memos, s->key, &memo);
	if (s->want->inherited || memo.asked == memo_mark(path))
		return;
	memo.asked = memo_mark(path);
	memos_set(s->shared->memos, s->key, &memo);
}

/* *out_waits: for a version to become steady, which the catalog does not tell of by where the path leads. */
static bool is_settled(const struct sync *s, const struct resolution *where, bool *out_waits)
{
	const struct memo memo = memos_current(s->shared->memos, s->key, s->have ? s->have->o.meta.uid : NULL,
					       s->shared->compare_ms);
	enum plan plan;

	*out_waits = false;
	if (s->have && where->ignored)
		return true;
	plan = plan_secret(s->have, s->want, where, &memo);
	if (plan == PLAN_SYNC || is_type_in_doubt(s, &memo))
		return false;
	*out_waits = plan == PLAN_WAIT;
	if (clock_now_ns(NULL) >= memo.compare_at_ns)
		return false;
	memos_set(s->shared->memos, s->key, &memo);
	return true;
}

static err_t fetch(const struct sync *s, const struct resolution *where, bool anew, struct fetched **out)
{
	const struct itemfetch_want want = {
		.client = s->clients->connect,
		.vault_id = where->vault_id,
		.item_id = where->item_id,
		.version = where->version,
		.anew = anew,
		.cancel = s->cancel,
	};

	TRY_(itemfetch_get(s->shared->itemfetch, &want, out));
	catalog_note_item(s->shared->catalog, fetched_item(*out));
	return NULL;
}

/* A replica of Connect that is behind gave us this: what we have, or what the list names, is newer. */
static bool is_outdated(const struct sync *s, const struct resolution *where, const struct item *item)
{
	char path[PLAN_PATH_SIZE];

	plan_path(where, path);
	if (!s->have || !streq(secretmeta_item_path(s->have), path))
		return false;
	return item->version < where->version ||
	       (item->version < s->have->item_version && where->steady_polls < CATALOG_STEADY_POLLS);
}

/* The item says that its Secret is not to be written any more. One that does not carry our label yet, because
 * 1Password's operator made it, is looked for. *out_frozen is left alone where there is none. */
static err_t find_frozen(const struct sync *s, const struct item *item, struct kobj **out_frozen)
{
	const struct kube_target target = {
		.resource = &kube_secrets, .namespace = s->namespace, .name = s->name};
	struct kube_object live CLEANUP(kube_object_release) = {0};
	struct kobj *o = NULL;
	err_t e;

	if (!item_has_tag(item, ITEM_IGNORE_TAG))
		return NULL;
	e = kube_get(s->clients->kube, &target, KUBE_METADATA_ONLY, s->cancel, &live);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	TRY_(e);
	TRY_(secretmeta_decode(live.json, false, &o));
	if (secretmeta_is_ours((struct secretmeta *)o) || secretmeta_is_original((struct secretmeta *)o))
		*out_frozen = TAKE(o);
	kobj_unref(o);
	return NULL;
}

void sync_outcome_release(struct sync_outcome *o)
{
	strv_release(&o->keys);
	secretwrite_release(&o->write);
}

static void note_keys(const struct secretdata *data, struct strv *out)
{
	for (size_t i = 0; i < data->n; i++)
		strv_add(out, data->v[i].key);
	strv_sort(out);
}

static err_t look_whether_gone(const struct sync *s, bool *out_gone)
{
	const struct kube_target target = {
		.resource = &kube_secrets, .namespace = s->namespace, .name = s->name};
	struct kube_object live CLEANUP(kube_object_release) = {0};
	err_t e = kube_get(s->clients->kube, &target, KUBE_METADATA_ONLY, s->cancel, &live);

	*out_gone = err_is(e, ERR_NOT_FOUND);
	if (!*out_gone)
		return e;
	err_free(e);
	return NULL;
}

/* Another program keeps rewriting or deleting the Secret, so it stays as that one left it for a while. */
static err_t check_uncontested(const struct sync *s, struct sync_outcome *out)
{
	const int64_t now_ns = clock_now_ns(NULL);
	enum contest_over over = CONTEST_SECRET;
	int64_t wait_ms = contests_wait_ms(s->shared->contests, s->key, over, now_ns);
	char *text CLEANUP(mem_freep) = NULL;
	bool gone = !s->have;

	/* It may be there without our label. */
	if (gone && wait_ms > 0)
		TRY_(look_whether_gone(s, &gone));
	if (gone) {
		over = CONTEST_GONE;
		wait_ms = contests_wait_ms(s->shared->contests, s->key, over, now_ns);
	}
	if (wait_ms == 0)
		return NULL;
	text = contests_text(s->shared->contests, s->key, over);
	out->stage = STATUS_STAGE_CONTEST;
	out->wait_ms = wait_ms;
	return err_new(ERR_EXISTS, "%s", text);
}

err_t sync_secret(const struct sync *s, struct sync_outcome *out)
{
	struct item_path path CLEANUP(item_path_release) = {0};
	struct fetched *fetched CLEANUP(fetched_unrefp) = NULL;
	struct secretdata data CLEANUP(secretdata_release) = {0};
	struct kobj *frozen = NULL;
	struct resolution where;
	struct secretbody_item from = {.path = out->path};

	*out = (struct sync_outcome){.stage = STATUS_STAGE_CONNECT};
	TRY_(item_path_parse(s->want->item_path, &path));
	TRY_(trouble_get(&s->shared->trouble)); /* while Connect is out of reach, only the poller asks it */
	TRY_(catalog_resolve(s->shared->catalog, s->clients->connect, &path, RESOLVE_MAX_AGE_MS, s->cancel,
			     &where));
	note_asked(s, &where);
	const bool forced = is_forced(s);
	bool waits = false;
	if (!forced && is_settled(s, &where, &waits)) {
		note_kept(out, s->have);
		out->fine_at = waits ? 0 : moved_mark(&where);
		return NULL;
	}

	if (!forced)
		TRY_(check_uncontested(s, out));
	TRY_(fetch(s, &where, forced, &fetched));
	const struct item *item = fetched_item(fetched);
	if (is_outdated(s, &where, item))
		return err_new(ERR_CONFLICT, "Connect answers version %lld of an item that has a newer one",
			       (long long)item->version);
	TRY_(find_frozen(s, item, &frozen));
	if (frozen) {
		note_kept(out, (const struct secretmeta *)frozen);
		out->fine_at = moved_mark(&where);
		kobj_unref(frozen);
		if (forced)
			note_forced(s);
		return NULL;
	}

	out->stage = STATUS_STAGE_SECRET;
	plan_path(&where, out->path);
	from.version = out->version = item->version;
	TRY_(secretdata_build(item, s->shared->allow_empty_values, &data));
	TRY_(secretwrite(s, &from, &data, &out->write));
	note_keys(&data, &out->keys);
	out->fine_at = moved_mark(&where);
	if (forced)
		note_forced(s);
	return NULL;
}
