#ifndef OPERATOR_PLAN_H
#define OPERATOR_PLAN_H

#include "onepassword/catalog.h"
#include "operator/desired.h"
#include "operator/memo.h"
#include "operator/secretmeta.h"

/* The decision of a reconcile, from memory alone: is the Secret as it should be, or must the item be fetched
 * and the Secret be written? */
enum plan {
	PLAN_KEEP, /* nothing to do */
	PLAN_SYNC, /* fetch, compare, apply */
	PLAN_WAIT, /* Connect reports an older version than the one applied: not before it is steady */
};

/* have NULL: no Secret of ours. memo NULL: we have not written it since we started. */
enum plan plan_secret(const struct secretmeta *have, const struct desired *want,
		      const struct resolution *where, const struct memo *memo);

/* Everything that we wrote still stands as written, as far as metadata shows. */
bool plan_is_intact(const struct secretmeta *have, const struct desired *want, const struct memo *memo);

/* Every owner that is wanted is there. */
bool plan_has_owners(const struct secretmeta *have, const struct desired *want);

/* "vaults/<id>/items/<id>" */
#define PLAN_PATH_SIZE 72
void plan_path(const struct resolution *where, char out[PLAN_PATH_SIZE]);

#endif
