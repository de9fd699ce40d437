#ifndef ONEPASSWORD_UNLISTED_H
#define ONEPASSWORD_UNLISTED_H

#include "base/def.h"

/* Items of a vault that its list does not have (archived ones), by id, as far as somebody asked for them.
 * What is known of them holds until the vault's contentVersion moves: nobody reports their versions. */
struct unlisted;

/* Over it an item is not remembered, so each look asks for it: ids come from users' paths. */
#define UNLISTED_MAX 1000

struct unlisted_item {
	int64_t version; /* 0: not fetched yet */
	bool ignored;
	uint32_t since; /* the poll after which the version was known first */
};

struct unlisted *unlisted_new(void);
void unlisted_free(struct unlisted *u);

/* Somebody is about to fetch it. Only what was announced is remembered: an answer that was under way while
 * the vault moved is none to keep. */
void unlisted_expect(struct unlisted *u, const char *id);
struct unlisted_item *unlisted_find(const struct unlisted *u, const char *id); /* NULL if absent */

/* Forgets all. True when something was known. */
bool unlisted_clear(struct unlisted *u);

#endif
