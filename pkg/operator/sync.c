#include "operator/sync.h"

#include "operator/secretwrite.h"

#include <stdio.h>

/* A title that memory does not have is asked for again after this. */
#define RESOLVE_MAX_AGE_MS 3000

static void note_outcome(struct sync_outcome *out, const char *path, int64_t version)
{
	snprintf(out->path, sizeof(out->path), "%s", path);
	out->version = version;
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
	const struct memo memo = memos_current(s->shared->memos, s->key, s->have ? s->have->o.meta.uid : NULL,
					       s->shared->compare_ms);

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
	return secretwrite(s, &from, &data, &out->wrote);
}
