#ifndef VAULT_PAGE_CACHE_H
#define VAULT_PAGE_CACHE_H

#include "base/ref.h"
#include "vault/manifest.h"

/* Internal to pkg/vault. Pages of manifests in memory, shared by threads and transactions. A page is named by
 * what its root says of it, sequence and tag, so what is found was authentic once and is what the root means
 * now. It holds ids, versions and tags, nothing that was sealed for its content. Bounded: a page that comes
 * takes the place of another. */
struct page_cache;

struct page_name {
	const char *scope;
	size_t number;
	int64_t sequence;
	struct seal_tag tag;
};

/* Immutable, but for title_hashes, which come once (title_index.h). */
struct shared_page {
	struct ref ref;
	char scope[OBJECT_ID_SIZE];
	size_t number;
	int64_t sequence;
	struct seal_tag tag;
	struct manifest_entry *v;
	size_t n;
	_Atomic(uint64_t *) title_hashes; /* one for each entry; NULL: nobody needed them yet */
};

struct page_cache *page_cache_new(void);
void page_cache_free(struct page_cache *c); /* NULL is fine */

/* NULL when it is not there; else to be given back with shared_page_unref. */
struct shared_page *page_cache_get(struct page_cache *c, const struct page_name *name);

/* Takes the n entries of v, and keeps them for others if they fit. */
struct shared_page *page_cache_add(struct page_cache *c, const struct page_name *name,
				   struct manifest_entry *v, size_t n);

void shared_page_unref(struct shared_page *p); /* NULL is fine */

#endif
