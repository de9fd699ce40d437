#include "vault/title_index.h"

#include "base/mem.h"
#include "vault/page_cache.h"
#include "vault/store_private.h"

#include <string.h>

/* Hashes of a page's titles: those of the page, or our own when it is not for keeping. */
struct page_hashes {
	const uint64_t *v;
	uint64_t *own; /* NULL: the page has them */
};

static void page_hashes_release(struct page_hashes *h)
{
	mem_free(h->own);
}

static uint64_t hash_of(const struct vault_tx *t, const char *title)
{
	return siphash(&t->tx.store->title_key, title, strlen(title));
}

static NODISCARD err_t read_title(struct vault_tx *t, const char *item_id, uint64_t *out)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags;

	TRY_(item_load_head(t, item_id, &item, &tags));
	*out = hash_of(t, item.title);
	return NULL;
}

/* Who comes second throws its own away. */
static void publish(struct shared_page *page, struct page_hashes *h)
{
	uint64_t *none = NULL;

	if (atomic_compare_exchange_strong(&page->title_hashes, &none, h->own))
		h->own = NULL;
	else
		h->v = none;
}

static NODISCARD err_t read_titles(struct vault_tx *t, const struct manifest_page *page,
				   struct page_hashes *out, err_t *out_damage)
{
	bool whole = true;

	out->v = out->own = mem_calloc(page->n + 1, sizeof(*out->own));
	for (size_t i = 0; i < page->n; i++) {
		CLEANUP(err_freep) err_t e = read_title(t, page->v[i].id, &out->own[i]);

		if (e && !err_is(e, ERR_PROTOCOL))
			return TAKE(e);
		whole = whole && !e;
		if (e && !*out_damage)
			*out_damage = TAKE(e);
	}
	if (whole && page->shared)
		publish(page->shared, out);
	return NULL;
}

static NODISCARD err_t hashes_of(struct vault_tx *t, const struct manifest_page *page,
				 struct page_hashes *out, err_t *out_damage)
{
	out->v = page->shared ? atomic_load(&page->shared->title_hashes) : NULL;
	return out->v ? NULL : read_titles(t, page, out, out_damage);
}

static NODISCARD err_t find_in_page(struct vault_tx *t, size_t number, uint64_t wanted, struct strv *out_ids,
				    err_t *out_damage)
{
	const struct manifest_place place = vault_record_place(&t->tx, &t->vault);
	CLEANUP(page_hashes_release) struct page_hashes hashes = {0};
	const struct manifest_page *page = NULL;

	TRY_(manifest_load(&t->vault.manifest, &place, number, &page));
	TRY_(hashes_of(t, page, &hashes, out_damage));
	for (size_t i = 0; i < page->n; i++) {
		if (hashes.v[i] == wanted)
			strv_add(out_ids, page->v[i].id);
	}
	return NULL;
}

err_t title_index_find(struct vault_tx *t, const char *title, struct strv *out_ids, err_t *out_damage)
{
	const uint64_t wanted = hash_of(t, title);

	for (size_t i = 0; i < MANIFEST_PAGES; i++)
		TRY_(find_in_page(t, i, wanted, out_ids, out_damage));
	strv_sort(out_ids);
	return NULL;
}
