#include "connect/resolver.h"

#include "base/mem.h"
#include "connect/item_json.h"
#include "onepassword/fold.h"

#include <string.h>

struct title {
	char id[OBJECT_ID_SIZE];
	char *title;
};

struct titles {
	struct title *v;
	size_t n;
	bool are_all; /* none is missing because it is damaged */
};

static void titles_free(void *p)
{
	struct titles *t = p;

	for (size_t i = 0; i < t->n; i++)
		mem_free(t->v[i].title);
	mem_free(t->v);
	mem_free(t);
}

static void item_free(void *p)
{
	jsonx_free(p);
}

err_t resolver_init(struct resolver *r, struct call *c)
{
	*r = (struct resolver){.call = c, .titles = map_new(titles_free), .items = map_new(item_free)};
	err_t e = vault_list(c->connect->options.store, c->access, &r->vaults);
	r->has_all_vaults = !e;
	return call_without_damage(c, r->vaults.n > 0, e);
}

void resolver_release(struct resolver *r)
{
	vault_infos_release(&r->vaults);
	map_free(r->titles);
	map_free(r->items);
}

err_t resolver_count(struct resolver *r, size_t n)
{
	r->bytes += n;
	if (r->bytes > RESOLVER_BYTES_MAX)
		return err_new(ERR_TOO_LARGE,
			       "what one request asks for is larger than %zu MiB; ask for less",
			       RESOLVER_BYTES_MAX >> 20);
	return NULL;
}

/* The index of the vault; their number when there is none. */
static size_t find_vault_by_id(const struct resolver *r, const char *id)
{
	size_t i = 0;

	while (i < r->vaults.n && !streq(r->vaults.v[i].id, id))
		i++;
	return i;
}

static NODISCARD err_t find_vault(const struct resolver *r, const char *name, const char **out_id)
{
	const size_t by_id = find_vault_by_id(r, name);
	const struct vault_info *found = NULL;

	if (by_id < r->vaults.n) {
		*out_id = r->vaults.v[by_id].id;
		return NULL;
	}
	for (size_t i = 0; i < r->vaults.n; i++) {
		const struct vault_info *v = &r->vaults.v[i];

		if (!fold_equal(v->name, name))
			continue;
		if (found)
			return err_new(ERR_INVALID, "more than one vault has that name; use its id");
		found = v;
	}
	if (!found && !r->has_all_vaults)
		return err_new(ERR_PROTOCOL, "a vault is damaged, which may be the one");
	if (!found)
		return err_new(ERR_NOT_FOUND, "the token may read no vault of that name or id");
	*out_id = found->id;
	return NULL;
}

struct reading {
	struct resolver *resolver;
	struct titles *titles;
};

static NODISCARD err_t add_title(void *arg, const struct vault_item *item)
{
	const struct reading *reading = arg;
	struct titles *t = reading->titles;

	TRY_(resolver_count(reading->resolver, sizeof(*t->v) + strlen(item->title)));
	if ((t->n & (t->n - 1)) == 0)
		t->v = mem_grow(t->v, t->n ? 2 * t->n : 1, sizeof(*t->v));
	object_id_set(t->v[t->n].id, item->id);
	t->v[t->n++].title = mem_strdup(item->title);
	return NULL;
}

static NODISCARD err_t read_titles(struct resolver *r, const char *vault_id, struct titles **out)
{
	struct titles *t = MEM_NEW(struct titles);
	struct reading reading = {r, t};
	err_t e = vault_items_each(r->call->connect->options.store, r->call->access, vault_id, add_title,
				   &reading);

	t->are_all = !e;
	e = call_without_damage(r->call, true, e);
	if (e) {
		titles_free(t);
		return e;
	}
	map_set(r->titles, vault_id, t);
	*out = t;
	return NULL;
}

static NODISCARD err_t titles_of(struct resolver *r, const char *vault_id, const struct titles **out)
{
	struct titles *t = map_get(r->titles, vault_id);

	if (!t)
		TRY_(read_titles(r, vault_id, &t));
	*out = t;
	return NULL;
}

static NODISCARD err_t find_item(struct resolver *r, const char *vault_id, const char *name,
				 const char **out_id)
{
	const struct titles *t = NULL;
	const char *found = NULL;

	TRY_(titles_of(r, vault_id, &t));
	for (size_t i = 0; i < t->n; i++) {
		if (streq(t->v[i].id, name)) {
			*out_id = t->v[i].id;
			return NULL;
		}
	}
	for (size_t i = 0; i < t->n; i++) {
		if (!fold_equal(t->v[i].title, name))
			continue;
		if (found)
			return err_new(ERR_INVALID,
				       "more than one item of the vault has that title; use its id");
		found = t->v[i].id;
	}
	if (!found && !t->are_all)
		return err_new(ERR_PROTOCOL, "an item of the vault is damaged, which may be the one");
	if (!found)
		return err_new(ERR_NOT_FOUND, "the vault has no item of that title or id");
	*out_id = found;
	return NULL;
}

static NODISCARD err_t read_item(struct resolver *r, const char *vault_id, const char *item_id,
				 struct jsonx **out)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	CLEANUP(secret_freep) struct secret *text = secret_new(RESOLVER_BYTES_MAX);
	struct jsonw w;

	TRY_(vault_item_read(r->call->connect->options.store, r->call->access, vault_id, item_id, &item));
	jsonw_init_secret(&w, text);
	item_json_full(&w, &item, item.version);
	TRY_(jsonw_done(&w));
	TRY_(resolver_count(r, secret_len(text)));
	TRY_(jsonx_parse(secret_bytes(text), secret_len(text), out));
	call_note_read(r->call, vault_id, item_id);
	return NULL;
}

static NODISCARD err_t load(struct resolver *r, const char *vault_id, const char *item_id,
			    const struct jsonx **out)
{
	CLEANUP(mem_freep) char *key = mem_printf("%s/%s", vault_id, item_id);
	struct jsonx *item = map_get(r->items, key);

	if (!item) {
		TRY_(read_item(r, vault_id, item_id, &item));
		map_set(r->items, key, item);
	}
	*out = item;
	return NULL;
}

/* A title may look like an id: then the id comes first. */
static NODISCARD err_t load_by_id(struct resolver *r, const char *vault_id, const char *id,
				  const struct jsonx **out)
{
	CLEANUP(err_freep) err_t e = NULL;

	if (!object_id_is_valid(id))
		return NULL;
	e = load(r, vault_id, id, out);
	return err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

err_t resolver_item(struct resolver *r, const struct op_reference *ref, const struct jsonx **out)
{
	const char *vault_id = NULL, *item_id = NULL;

	*out = NULL;
	TRY_(find_vault(r, ref->vault, &vault_id));
	TRY_(load_by_id(r, vault_id, ref->item, out));
	if (*out)
		return NULL;
	TRY_(find_item(r, vault_id, ref->item, &item_id));
	return load(r, vault_id, item_id, out);
}
