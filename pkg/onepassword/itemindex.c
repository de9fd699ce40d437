#include "onepassword/itemindex.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *item_index_title(const struct item_index *ix, const struct known_item *i)
{
	return ix->titles + i->title;
}

static int by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_id(const void *a, const void *b)
{
	const struct known_item *x = a, *y = b;
	const int order = strcmp(x->id, y->id);

	/* Of the same id the newest first, then the first of the list. */
	if (order != 0)
		return order;
	return x->version != y->version ? by_number(y->version, x->version) : by_number(x->title, y->title);
}

static int by_title(const void *a, const void *b, void *arg)
{
	const struct item_index *ix = arg;
	const struct known_item *x = &ix->v[*(const uint32_t *)a], *y = &ix->v[*(const uint32_t *)b];
	const int order = strcmp(item_index_title(ix, x), item_index_title(ix, y));

	if (order != 0)
		return order;
	return x->created_ms != y->created_ms ? by_number(x->created_ms, y->created_ms)
					      : strcmp(x->id, y->id);
}

static void drop_doubles(struct item_index *ix)
{
	size_t n = 0;

	for (size_t i = 0; i < ix->n; i++) {
		if (n == 0 || !streq(ix->v[n - 1].id, ix->v[i].id))
			ix->v[n++] = ix->v[i];
	}
	ix->n = n;
}

struct item_index *item_index_new(const struct op_items *items)
{
	struct item_index *ix = MEM_NEW(struct item_index);
	size_t titles_len = 0, at = 0;

	for (size_t i = 0; i < items->n; i++)
		titles_len += strlen(items->v[i].title) + 1;
	ix->titles = mem_alloc(titles_len);
	ix->v = mem_calloc(items->n, sizeof(*ix->v));
	for (size_t i = 0; i < items->n; i++) {
		const struct item_summary *s = &items->v[i];
		const size_t len = strlen(s->title) + 1;
		struct known_item *k = &ix->v[i];

		memcpy(k->id, s->id, sizeof(k->id));
		memcpy(ix->titles + at, s->title, len);
		/* Titles come from one list, which is bounded by OP_LIST_MAX. */
		k->title = (uint32_t)at;
		k->ignored = s->ignored;
		k->version = s->version;
		k->created_ms = s->created_ms;
		at += len;
	}
	ix->n = items->n;
	qsort(ix->v, ix->n, sizeof(*ix->v), by_id);
	drop_doubles(ix);
	ix->by_title = mem_calloc(ix->n, sizeof(*ix->by_title));
	for (size_t i = 0; i < ix->n; i++)
		ix->by_title[i] = (uint32_t)i;
	qsort_r(ix->by_title, ix->n, sizeof(*ix->by_title), by_title, ix);
	return ix;
}

void item_index_free(struct item_index *ix)
{
	if (!ix)
		return;
	mem_free(ix->v);
	mem_free(ix->by_title);
	mem_free(ix->titles);
	mem_free(ix);
}

struct known_item *item_index_find(const struct item_index *ix, const char *id)
{
	size_t low = 0, high = ix->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(id, ix->v[middle].id);

		if (order == 0)
			return &ix->v[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct known_item *item_index_find_title(const struct item_index *ix, const char *title)
{
	size_t low = 0, high = ix->n;

	/* The first one that is not before the title: of equal ones the oldest. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(item_index_title(ix, &ix->v[ix->by_title[middle]]), title) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == ix->n)
		return NULL;
	const struct known_item *found = &ix->v[ix->by_title[low]];
	return streq(item_index_title(ix, found), title) ? found : NULL;
}

static bool is_same(const struct item_index *ix, const struct known_item *i, const struct item_index *old,
		    const struct known_item *before)
{
	return i->version == before->version && i->created_ms == before->created_ms &&
	       i->ignored == before->ignored && streq(item_index_title(ix, i), item_index_title(old, before));
}

bool item_index_carry(struct item_index *ix, const struct item_index *old, uint32_t now)
{
	bool differ = !old || old->n != ix->n;

	for (size_t i = 0, j = 0; i < ix->n; i++) {
		struct known_item *k = &ix->v[i];

		/* Both are sorted by id. */
		while (old && j < old->n && strcmp(old->v[j].id, k->id) < 0)
			j++;
		const struct known_item *before =
			old && j < old->n && streq(old->v[j].id, k->id) ? &old->v[j] : NULL;
		k->since = before && before->version == k->version ? before->since : now;
		if (!before || !is_same(ix, k, old, before))
			differ = true;
	}
	return differ;
}
