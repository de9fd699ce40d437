#include "operator/plan.h"

#include "operator/names.h"

#include <stdio.h>

void plan_path(const struct resolution *where, char out[PLAN_PATH_SIZE])
{
	snprintf(out, PLAN_PATH_SIZE, "vaults/%s/items/%s", where->vault_id, where->item_id);
}

static bool has_owner(const struct secretmeta *have, const char *uid)
{
	for (size_t i = 0; i < have->o.meta.n_owners; i++)
		if (streq(have->o.meta.owners[i].uid, uid))
			return true;
	return false;
}

bool plan_has_owners(const struct secretmeta *have, const struct desired *want)
{
	for (size_t i = 0; i < want->n_owners; i++)
		if (!has_owner(have, want->owners[i].uid))
			return false;
	return true;
}

/* As many annotations are ours as we write: those that are wanted, and those of secretbody.c. */
static bool owns_annotations(const struct secretmeta *have, const struct desired *want)
{
	const size_t marks = have->changed_at_ms ? 4 : 3;

	return have->annotations_owned == want->annotations.n + marks;
}

/* What we own is what is wanted, nothing less (somebody took it) and nothing more (it is no longer wanted).
 */
static bool owns_what_is_wanted(const struct secretmeta *have, const struct desired *want)
{
	return have->keys_applied >= 0 && (size_t)have->keys_applied == have->keys_owned &&
	       have->labels_owned == want->labels.n && owns_annotations(have, want) &&
	       have->owners_owned == want->n_owners;
}

bool plan_is_intact(const struct secretmeta *have, const struct desired *want, const struct memo *memo)
{
	if (memo && memo->applied_ms && memo->applied_ms != have->applied_ms)
		return false;
	if (have->string_data_ms && !(memo && memo->string_data_ms >= have->string_data_ms))
		return false;
	return owns_what_is_wanted(have, want) && kvlist_contains(&have->labels, &want->labels) &&
	       kvlist_contains(&have->annotations, &want->annotations) && plan_has_owners(have, want);
}

static enum plan plan_version(const struct secretmeta *have, const struct resolution *where)
{
	if (where->version == have->item_version)
		return PLAN_KEEP;
	if (where->version > have->item_version || where->version == 0)
		return PLAN_SYNC;
	return where->steady_polls >= CATALOG_STEADY_POLLS ? PLAN_SYNC : PLAN_WAIT;
}

enum plan plan_secret(const struct secretmeta *have, const struct desired *want,
		      const struct resolution *where, const struct memo *memo)
{
	char path[PLAN_PATH_SIZE];

	plan_path(where, path);
	if (!have || !secretmeta_is_ours(have) || !streq(secretmeta_item_path(have), path) ||
	    !plan_is_intact(have, want, memo))
		return PLAN_SYNC;
	return plan_version(have, where);
}
