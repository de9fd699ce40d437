#include "vault/manifest.h"

#include "base/mem.h"
#include "vault/page_cache.h"

#include <stdio.h>
#include <string.h>

#define FORM 1
/* More than any page has: MANIFEST_ENTRIES_MAX entries in one page would be refused long before. */
#define PAGE_MAX ((size_t)64 << 20)

#define PAGE_SELECT "SELECT sequence, data FROM page WHERE scope = ? AND number = ?"
#define PAGE_WRITE "INSERT OR REPLACE INTO page (scope, number, sequence, data) VALUES (?, ?, ?, ?)"

void manifest_release(struct manifest *m)
{
	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		if (m->pages[i].shared)
			shared_page_unref(m->pages[i].shared);
		else
			mem_free(m->pages[i].v);
	}
	*m = (struct manifest){0};
}

void manifest_encode_root(const struct manifest *m, struct codec_writer *w)
{
	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		codec_put_int(w, m->pages[i].sequence);
		codec_put_bytes(w, m->pages[i].tag.bytes, sizeof(m->pages[i].tag.bytes));
	}
}

void manifest_decode_root(struct codec_reader *r, struct manifest *m)
{
	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		m->pages[i].sequence = codec_get_int(r);
		codec_get_exact(r, m->pages[i].tag.bytes, sizeof(m->pages[i].tag.bytes));
	}
}

/* Ids are random, so a short sum spreads them well enough. */
static size_t page_of(const char *id)
{
	unsigned int sum = 0;

	for (const char *p = id; *p; p++)
		sum = sum * 31 + (unsigned char)*p;
	return sum % MANIFEST_PAGES;
}

static int compare(const struct manifest_entry *e, enum manifest_kind kind, const char *id)
{
	if (e->kind != kind)
		return e->kind < kind ? -1 : 1;
	return strcmp(e->id, id);
}

/* Where the entry is, or where it belongs. */
static size_t position(const struct manifest_page *page, enum manifest_kind kind, const char *id,
		       bool *out_found)
{
	size_t low = 0, high = page->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(&page->v[middle], kind, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out_found = low < page->n && compare(&page->v[low], kind, id) == 0;
	return low;
}

static NODISCARD err_t decode_page(const struct secret *plain, struct manifest_page *page)
{
	struct codec_reader r = codec_reader_of(plain);

	r.bad = codec_get_int(&r) != FORM;
	const size_t n = codec_get_count(&r);
	page->v = mem_calloc(n + 1, sizeof(*page->v));
	page->cap = n + 1;
	for (page->n = 0; page->n < n && !r.bad; page->n++) {
		struct manifest_entry *e = &page->v[page->n];

		e->kind = (enum manifest_kind)codec_get_int(&r);
		codec_get_id(&r, e->id);
		e->version = codec_get_int(&r);
		codec_get_exact(&r, e->tag.bytes, sizeof(e->tag.bytes));
	}
	return codec_reader_done(&r, "page of a manifest");
}

static NODISCARD err_t read_page(const struct manifest_place *at, size_t number, struct manifest_page *page)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;
	char id[24];

	(void)snprintf(id, sizeof(id), "%zu", number);
	TRY_(db_query(at->db, PAGE_SELECT, DB_ARGS(db_str(at->scope), db_int((int64_t)number)), &rows));
	TRY_(db_next(&rows, &has_row));
	if (has_row)
		db_col_blob(&rows, 1, &p, &len);
	const struct seal_tag tag = seal_tag_of(p, len);
	if (!has_row || db_col_int(&rows, 0) != page->sequence || !seal_tag_eq(&tag, &page->tag))
		return err_new(ERR_PROTOCOL,
			       "page %zu of the manifest of %s is missing or is not the newest one", number,
			       at->scope);
	const struct seal_name name = {at->scope, id, page->sequence, "page"};
	TRY_(seal_get(at->sealer, &name, p, len, &plain));
	return decode_page(plain, page);
}

static NODISCARD err_t read_shared(const struct manifest_place *at, size_t number, struct manifest_page *page)
{
	const struct page_name name = {at->scope, number, page->sequence, page->tag};

	page->shared = page_cache_get(at->cache, &name);
	if (!page->shared) {
		TRY_(read_page(at, number, page));
		page->shared = page_cache_add(at->cache, &name, page->v, page->n);
	}
	page->v = page->shared->v;
	page->n = page->cap = page->shared->n;
	return NULL;
}

static NODISCARD err_t load(struct manifest *m, const struct manifest_place *at, size_t number)
{
	struct manifest_page *page = &m->pages[number];

	if (page->loaded)
		return NULL;
	if (page->sequence > 0)
		TRY_(at->cache ? read_shared(at, number, page) : read_page(at, number, page));
	page->loaded = true;
	return NULL;
}

/* Before it is changed. */
static void make_own(struct manifest_page *page)
{
	if (!page->shared)
		return;
	page->v = mem_dup(page->v, page->n * sizeof(*page->v));
	shared_page_unref(TAKE(page->shared));
}

err_t manifest_load(struct manifest *m, const struct manifest_place *at, size_t number,
		    const struct manifest_page **out)
{
	TRY_(load(m, at, number));
	*out = &m->pages[number];
	return NULL;
}

err_t manifest_find(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		    const char *id, const struct manifest_entry **out)
{
	const size_t number = page_of(id);
	bool found = false;

	TRY_(load(m, at, number));
	const size_t i = position(&m->pages[number], kind, id, &found);
	*out = found ? &m->pages[number].v[i] : NULL;
	return NULL;
}

err_t manifest_put(struct manifest *m, const struct manifest_place *at, const struct manifest_entry *entry)
{
	struct manifest_page *page = &m->pages[page_of(entry->id)];
	bool found = false;

	TRY_(load(m, at, page_of(entry->id)));
	const size_t i = position(page, entry->kind, entry->id, &found);
	make_own(page);
	if (!found) {
		if (page->n == MANIFEST_ENTRIES_MAX / MANIFEST_PAGES)
			return err_new(ERR_TOO_LARGE, "more than %zu objects in one place",
				       MANIFEST_ENTRIES_MAX);
		if (page->n == page->cap) {
			page->cap = page->cap ? page->cap * 2 : 8;
			page->v = mem_grow(page->v, page->cap, sizeof(*page->v));
		}
		memmove(page->v + i + 1, page->v + i, (page->n - i) * sizeof(*page->v));
		page->n++;
	}
	page->v[i] = *entry;
	page->dirty = true;
	return NULL;
}

err_t manifest_del(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		   const char *id)
{
	struct manifest_page *page = &m->pages[page_of(id)];
	bool found = false;

	TRY_(load(m, at, page_of(id)));
	const size_t i = position(page, kind, id, &found);
	if (!found)
		return NULL;
	make_own(page);
	memmove(page->v + i, page->v + i + 1, (page->n - i - 1) * sizeof(*page->v));
	page->n--;
	page->dirty = true;
	return NULL;
}

err_t manifest_count(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		     size_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		TRY_(load(m, at, i));
		for (size_t k = 0; k < m->pages[i].n; k++)
			n += m->pages[i].v[k].kind == kind;
	}
	*out = n;
	return NULL;
}

err_t manifest_ids(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		   struct strv *out)
{
	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		TRY_(load(m, at, i));
		for (size_t k = 0; k < m->pages[i].n; k++) {
			if (m->pages[i].v[k].kind == kind)
				strv_add(out, m->pages[i].v[k].id);
		}
	}
	strv_sort(out);
	return NULL;
}

static NODISCARD err_t encode_page(const struct manifest_page *page, struct secret **out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};

	codec_writer_init(&w, PAGE_MAX);
	codec_put_int(&w, FORM);
	codec_put_int(&w, (int64_t)page->n);
	for (size_t i = 0; i < page->n; i++) {
		const struct manifest_entry *e = &page->v[i];

		codec_put_int(&w, e->kind);
		codec_put_str(&w, e->id);
		codec_put_int(&w, e->version);
		codec_put_bytes(&w, e->tag.bytes, sizeof(e->tag.bytes));
	}
	return codec_writer_take(&w, out);
}

static NODISCARD err_t write_page(const struct manifest_place *at, size_t number, struct manifest_page *page)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	char id[24];

	(void)snprintf(id, sizeof(id), "%zu", number);
	strbuf_init(&sealed, PAGE_MAX + SEALER_OVERHEAD);
	TRY_(encode_page(page, &plain));
	const struct seal_name name = {at->scope, id, page->sequence + 1, "page"};
	TRY_(seal_put(at->sealer, &name, plain, &sealed));
	TRY_(db_run(at->db, PAGE_WRITE,
		    DB_ARGS(db_str(at->scope), db_int((int64_t)number), db_int(page->sequence + 1),
			    db_blob(sealed.p, sealed.len)),
		    NULL));
	page->sequence++;
	page->tag = seal_tag_of(sealed.p, sealed.len);
	page->dirty = false;
	return NULL;
}

err_t manifest_flush(struct manifest *m, const struct manifest_place *at)
{
	for (size_t i = 0; i < MANIFEST_PAGES; i++) {
		if (m->pages[i].dirty)
			TRY_(write_page(at, i, &m->pages[i]));
	}
	return NULL;
}
