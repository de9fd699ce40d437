#include "operator/secretdata.h"

#include "base/map.h"
#include "base/mem.h"
#include "onepassword/keyname.h"

struct builder {
	struct secretdata *out;
	struct map *places; /* key → index + 1 */
	bool allow_empty;
};

static struct secretdata_entry *find(const struct builder *b, const char *key)
{
	const size_t place = (size_t)(uintptr_t)map_get(b->places, key);

	return place ? &b->out->v[place - 1] : NULL;
}

/* A later source replaces an earlier one, but a file takes only a free key, and among URLs a primary one
 * stays. */
static bool yields(const struct secretdata_entry *there, const struct secretdata_entry *e)
{
	if (e->from == SECRETDATA_FILE)
		return false;
	if (there->from == SECRETDATA_URL && e->from == SECRETDATA_URL)
		return e->primary || !there->primary;
	return true;
}

static void add(struct builder *b, const char *label, struct secretdata_entry e)
{
	char *key CLEANUP(mem_freep) = keyname_for_label(label);
	struct secretdata_entry *there;

	if (str_empty(key) || (e.len == 0 && !b->allow_empty))
		return;
	there = find(b, key);
	if (there) {
		if (yields(there, &e)) {
			e.key = there->key;
			*there = e;
		}
		return;
	}
	e.key = TAKE(key);
	b->out->v = mem_grow(b->out->v, b->out->n + 1, sizeof(*b->out->v));
	b->out->v[b->out->n++] = e;
	map_set(b->places, e.key,
		(void *)(uintptr_t)b->out->n); /* NOLINT(performance-no-int-to-ptr): an index */
}

static void add_urls(struct builder *b, const struct item *item)
{
	for (size_t i = 0; i < item->n_urls; i++)
		add(b, item->urls[i].label,
		    (struct secretdata_entry){.p = item->urls[i].href,
					      .len = strlen(item->urls[i].href),
					      .from = SECRETDATA_URL,
					      .primary = item->urls[i].primary});
}

static void add_secret(struct builder *b, const char *label, const struct secret *value,
		       struct secretdata_entry e)
{
	secret_view(value, &e.p, &e.len);
	add(b, label, e);
}

static err_t check_size(const struct secretdata *d)
{
	size_t total = 0;

	for (size_t i = 0; i < d->n; i++)
		total += d->v[i].len; /* keys do not count there */
	if (total > SECRETDATA_MAX)
		return err_new(ERR_INVALID,
			       "the item's values are %zu bytes together, a Secret holds at most %u", total,
			       SECRETDATA_MAX);
	return NULL;
}

err_t secretdata_build(const struct item *item, bool allow_empty, struct secretdata *out)
{
	struct secretdata d = {0};
	struct map *places CLEANUP(map_freep) = map_new(NULL);
	struct builder b = {.out = &d, .places = places, .allow_empty = allow_empty};
	err_t e;

	add_urls(&b, item);
	for (size_t i = 0; i < item->n_fields; i++)
		add_secret(&b, item->fields[i].label, item->fields[i].value,
			   (struct secretdata_entry){.from = SECRETDATA_FIELD});
	for (size_t i = 0; i < item->n_files; i++)
		if (item->files[i].content)
			add_secret(&b, item->files[i].name, item->files[i].content,
				   (struct secretdata_entry){.from = SECRETDATA_FILE});
	e = check_size(&d);
	if (e) {
		secretdata_release(&d);
		return e;
	}
	*out = d;
	return NULL;
}

void secretdata_release(struct secretdata *d)
{
	for (size_t i = 0; i < d->n; i++)
		mem_free(d->v[i].key);
	mem_free(d->v);
	*d = (struct secretdata){0};
}

static bool has_key(const struct secretdata *d, const char *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (streq(d->v[i].key, key))
			return true;
	return false;
}

void secretdata_changes_release(struct secretdata_changes *c)
{
	strv_release(&c->added);
	strv_release(&c->changed);
	strv_release(&c->removed);
}

bool secretdata_changes_any(const struct secretdata_changes *c)
{
	return c->added.n > 0 || c->changed.n > 0 || c->removed.n > 0;
}

static err_t compare_entry(const struct secretdata_entry *e, const struct jsonx *live_data,
			   struct secretdata_changes *out)
{
	struct secret *want CLEANUP(secret_freep) = secret_new(2 * SECRETDATA_MAX);
	const char *live;
	size_t len;

	TRY_(secret_add_base64(want, e->p, e->len));
	if (!jsonx_strn(jsonx_get(live_data, e->key), &live, &len))
		strv_add(&out->added, e->key);
	else if (len != secret_len(want) || !secret_bytes_eq(live, secret_bytes(want), len))
		strv_add(&out->changed, e->key);
	return NULL;
}

err_t secretdata_compare(const struct secretdata *d, const struct jsonx *live_data, const struct strv *owned,
			 struct secretdata_changes *out)
{
	for (size_t i = 0; i < d->n; i++)
		TRY_(compare_entry(&d->v[i], live_data, out));
	for (size_t i = 0; i < owned->n; i++)
		if (!has_key(d, owned->v[i]) && jsonx_get(live_data, owned->v[i]))
			strv_add(&out->removed, owned->v[i]);
	return NULL;
}

void secretdata_write(const struct secretdata *d, struct jsonw *w)
{
	jsonw_object(w);
	for (size_t i = 0; i < d->n; i++) {
		jsonw_key(w, d->v[i].key);
		jsonw_base64(w, d->v[i].p, d->v[i].len);
	}
	jsonw_end_object(w);
}
