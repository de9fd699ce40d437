#ifndef ONEPASSWORD_ITEMFETCH_H
#define ONEPASSWORD_ITEMFETCH_H

#include "onepassword/client.h"

/* Items with the content of their files, where several threads that want the same one at the same time share
 * one request: whoever comes while it is under way waits for its end and gets the same item or error, or
 * ERR_CONFLICT after ITEMFETCH_WAIT_MS, so that an item that hangs does not hold many threads. Nothing is
 * kept: who comes later asks anew, and an item is freed by its last user. Thread-safe. */
#define ITEMFETCH_WAIT_MS 3000
struct itemfetch;
struct itemfetch *itemfetch_new(void);
void itemfetch_free(struct itemfetch *f); /* no call may be running; NULL is fine */

struct itemfetch_want {
	struct op_client *client;
	const char *vault_id, *item_id;
	int64_t version; /* at least that one; a request that brings an older one is not shared */
	bool anew;       /* not by a request that began before */
	struct cancel *cancel;
};

/* Immutable, and freed by its last user. */
struct fetched;
err_t itemfetch_get(struct itemfetch *f, const struct itemfetch_want *want, struct fetched **out) NODISCARD;
const struct item *fetched_item(const struct fetched *f);
void fetched_unrefp(struct fetched **f); /* for CLEANUP; NULL is fine */

/* How many wait for a request that another thread makes. */
size_t itemfetch_waiting(struct itemfetch *f);

#endif
