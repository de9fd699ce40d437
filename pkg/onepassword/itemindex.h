#ifndef ONEPASSWORD_ITEMINDEX_H
#define ONEPASSWORD_ITEMINDEX_H

#include "onepassword/client.h"

/* The items of a vault as its list gave them, small and sorted: a vault may have many thousand. Only versions
 * change afterwards. */
struct known_item {
	char id[27];
	bool ignored;
	uint32_t title; /* where it begins in the index's titles */
	int64_t version;
	int64_t created_ms;
	uint32_t since; /* the poll after which the version was reported first */
};

struct item_index {
	struct known_item *v; /* by id */
	size_t n;
	uint32_t *by_title; /* numbers of items by title, then the oldest first, then by id */
	char *titles;
};

/* Of two items with the same id the newer version counts. */
struct item_index *item_index_new(const struct op_items *items);
void item_index_free(struct item_index *ix);

struct known_item *item_index_find(const struct item_index *ix, const char *id); /* NULL if absent */

/* Of several items with that exact title the oldest, of these the one with the smallest id; NULL if absent.
 */
const struct known_item *item_index_find_title(const struct item_index *ix, const char *title);

const char *item_index_title(const struct item_index *ix, const struct known_item *i); /* borrowed */

/* Takes over since which poll the versions in old (may be NULL) are known; a version that old did not have is
 * known since now. True when the two differ in anything. */
bool item_index_carry(struct item_index *ix, const struct item_index *old, uint32_t now);

#endif
