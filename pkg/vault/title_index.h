#ifndef VAULT_TITLE_INDEX_H
#define VAULT_TITLE_INDEX_H

#include "vault/vault_tx.h"

/* Internal to pkg/vault. Finds items by their whole title without opening each: beside the pages of a vault's
 * manifest that are kept in memory (page_cache.h) there is a hash of each title, keyed by a random number of
 * this process. So no title is kept, and none can be guessed from the hashes without the memory that has the
 * keys of the vaults as well. */

/* The ids of those whose title is most likely this one, sorted: whoever opens them compares. *out_damage: the
 * first error of items that can't be read, which are left out. */
err_t title_index_find(struct vault_tx *t, const char *title, struct strv *out_ids, err_t *out_damage)
	NODISCARD;

#endif
