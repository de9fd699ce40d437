#ifndef CONNECT_RESOLVER_H
#define CONNECT_RESOLVER_H

#include "base/map.h"
#include "connect/call.h"
#include "onepassword/reference.h"

/* Items that secret references name, among those that the token of a call may read: each list and each item
 * is read once, and the usage log gets one row for each item. */
struct resolver {
	struct call *call;
	struct vault_infos vaults;
	bool has_all_vaults; /* none is missing because it is damaged */
	struct map *titles;  /* vault's id → struct titles */
	struct map *items;   /* "vault/item" → struct jsonx */
	size_t bytes;        /* of all that was read for the request */
};

#define RESOLVER_BYTES_MAX ((size_t)32 << 20)

err_t resolver_init(struct resolver *r, struct call *c) NODISCARD; /* after call_authenticate */
void resolver_release(struct resolver *r);                         /* for CLEANUP */

/* n more bytes are read or answered. ERR_TOO_LARGE over RESOLVER_BYTES_MAX. */
err_t resolver_count(struct resolver *r, size_t n) NODISCARD;

/* By ids, or by names in any case of letters. Borrowed. ERR_NOT_FOUND and ERR_INVALID are about the
 * reference; ERR_TOO_LARGE: as of resolver_count; ERR_PROTOCOL: what is stored is
 * damaged. */
err_t resolver_item(struct resolver *r, const struct op_reference *ref, const struct jsonx **out) NODISCARD;

#endif
