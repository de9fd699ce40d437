#include "vault/page_cache.h"

#include "base/mem.h"
#include "base/test.h"

#include <stdio.h>

static const struct page_name first = {"scope", 3, 7, {{1}}};

static void unref(struct shared_page **p)
{
	shared_page_unref(*p);
}

static void cache_freep(struct page_cache **c)
{
	page_cache_free(*c);
}

static void add(struct page_cache *c, const struct page_name *name, size_t n)
{
	shared_page_unref(page_cache_add(c, name, mem_calloc(n + 1, sizeof(struct manifest_entry)), n));
}

static bool has(struct page_cache *c, const struct page_name *name)
{
	CLEANUP(unref) struct shared_page *p = page_cache_get(c, name);

	return p != NULL;
}

TEST(page_cache, gives_a_page_under_its_whole_name_only)
{
	CLEANUP(cache_freep) struct page_cache *c = page_cache_new();
	struct page_name other = first;

	CHECK(!has(c, &first));
	add(c, &first, 2);
	CLEANUP(unref) struct shared_page *p = page_cache_get(c, &first);
	CHECK(p);
	CHECK_INT(p->n, 2);
	other.scope = "epocs";
	CHECK(!has(c, &other));
	other = first;
	other.number = 4;
	CHECK(!has(c, &other));
	other = first;
	other.sequence = 6;
	CHECK(!has(c, &other));
	other = first;
	other.tag.bytes[0] = 2;
	CHECK(!has(c, &other));
}

TEST(page_cache, a_newer_page_takes_the_place_of_the_one_before)
{
	CLEANUP(cache_freep) struct page_cache *c = page_cache_new();
	struct page_name newer = first;

	newer.sequence = 8;
	add(c, &first, 1);
	CLEANUP(unref) struct shared_page *in_use = page_cache_get(c, &first);
	add(c, &newer, 1);
	CHECK(has(c, &newer));
	CHECK(!has(c, &first));
	CHECK_INT(in_use->sequence, 7);
}

TEST(page_cache, has_a_ceiling)
{
	const size_t large = (size_t)1 << 14;
	CLEANUP(cache_freep) struct page_cache *c = page_cache_new();
	size_t kept = 0;

	for (size_t i = 0; i < 2 * MANIFEST_PAGES; i++) {
		const struct page_name name = {i < MANIFEST_PAGES ? "a" : "b", i % MANIFEST_PAGES, 1, {{0}}};

		add(c, &name, large);
	}
	for (size_t i = 0; i < 2 * MANIFEST_PAGES; i++) {
		const struct page_name name = {i < MANIFEST_PAGES ? "a" : "b", i % MANIFEST_PAGES, 1, {{0}}};

		kept += has(c, &name);
	}
	CHECK(kept > 0);
	CHECK(kept <= 8);
	const struct page_name huge = {"huge", 0, 1, {{0}}};
	add(c, &huge, ((size_t)1 << 17) + 1);
	CHECK(!has(c, &huge));
}
