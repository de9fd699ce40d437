#ifndef ONEPASSWORD_CATALOG_H
#define ONEPASSWORD_CATALOG_H

#include "onepassword/client.h"
#include "onepassword/path.h"

/* What we know of the vaults and items of a Connect server: ids, titles, versions; no values. Shared by all
 * threads. A poll costs one request while nothing moves: a vault's contentVersion tells whether its list must
 * be read again. It is a fast path, not a truth: see catalog_poll. Only vaults that somebody resolved an item
 * in are listed. */
struct catalog;

struct catalog *catalog_new(void);
void catalog_free(struct catalog *c);

/* Where a path leads, by the rules of 1Password's operator: a vault by title first (case folded; of several
 * the oldest, ties by id), then by id; an item by id first, then by exact title (of several the oldest, ties
 * by id). */
struct resolution {
	char vault_id[27];
	char item_id[27];
	int64_t version; /* what Connect reported last; 0 when the list does not have the item, an id that
			    must be asked for */
	bool ignored;    /* tagged ITEM_IGNORE_TAG */
	/* For how many polls in a row Connect has reported this version: replicas of Connect differ for a
	 * while, so a version below an applied one counts only from CATALOG_STEADY_POLLS on. */
	int steady_polls;
};
#define CATALOG_STEADY_POLLS 3

/* From memory only. ERR_NOT_FOUND texts are those of 1Password's operator ("no vaults found with identifier
 * "V"" …), and up to three names that are spelled much like it. *out_unknown: a list that the answer would
 * rest on was never read; ask catalog_resolve. */
err_t catalog_lookup(struct catalog *c, const struct item_path *path, struct resolution *out,
		     bool *out_unknown) NODISCARD;

/* A server that has just started shows no vaults for a while, so an empty list of them is ERR_UNAVAILABLE
 * here and in catalog_poll, and what was known stays.
 *
 * Reads the lists that it needs and that are missing, or older than max_age_ms where memory does not have the
 * path: a title that somebody has just made is found at once. Concurrent callers share one request and its
 * error; nobody waits longer than 30 s for another one's. */
err_t catalog_resolve(struct catalog *c, struct op_client *client, const struct item_path *path,
		      int64_t max_age_ms, struct cancel *cancel, struct resolution *out) NODISCARD;

/* A fetched item may be newer knowledge than the list: its version and whether it is ignored. One that is
 * older than what is known says nothing: another replica of Connect answered, and only a list takes a version
 * back. Titles come with the next list. Of an item that the list does not have (an archived one, by its id)
 * the version is kept until its vault's contentVersion moves; then it must be fetched again. */
void catalog_note_item(struct catalog *c, const struct item *item);

/* One poll: the vaults, and the lists of the known ones whose contentVersion moved, or of all with full
 * (every k-th poll: contentVersion is not trusted alone; it is taken before the list, so that a change in
 * between is seen next time). One thread polls.
 *
 * *out_moved: something may resolve differently than before the last poll that was fine, or a version is now
 * steady, so look at every path again. It is set on an error too, and then stays set: one vault that cannot
 * be read must not hide what moved in the others. What was known of that one stays, and a vault that is no
 * longer shown is forgotten only by a poll without errors. */
err_t catalog_poll(struct catalog *c, struct op_client *client, bool full, struct cancel *cancel,
		   bool *out_moved) NODISCARD;

/* The last poll could read the vaults: Connect answers and takes the token, even if the poll failed later. */
bool catalog_is_reached(struct catalog *c);

/* Forgets all: another token, to be set before. What was asked for before the call is dropped. */
void catalog_clear(struct catalog *c);

#endif
