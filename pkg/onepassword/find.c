#include "base/mem.h"
#include "base/near.h"
#include "onepassword/catalog_state.h"
#include "onepassword/fold.h"
#include "onepassword/shown.h"

#include <string.h>

static void id_copy(char out[27], const char *id)
{
	memcpy(out, id, 27);
}

const struct opvault *known_vault(const struct catalog *c, const char *id)
{
	for (size_t i = 0; i < c->vaults.n; i++) {
		if (streq(c->vaults.v[i].id, id))
			return &c->vaults.v[i];
	}
	return NULL;
}

/* The oldest of that title; the vaults are sorted by id, which breaks ties. */
static const struct opvault *titled_vault(const struct catalog *c, const char *title)
{
	const struct opvault *best = NULL;

	for (size_t i = 0; i < c->vaults.n; i++) {
		const struct opvault *v = &c->vaults.v[i];

		if (fold_equal(v->name, title) && (!best || v->created_ms < best->created_ms))
			best = v;
	}
	return best;
}

bool is_vanished(const struct catalog *c, const struct vault_items *l)
{
	return l->content_version != NO_CONTENT_VERSION && !known_vault(c, l->vault_id);
}

static const struct known_item *known_item(const struct item_index *items, const char *name)
{
	const struct known_item *by_id = onepassword_is_id(name) ? item_index_find(items, name) : NULL;

	return by_id ? by_id : item_index_find_title(items, name);
}

static void find_item(const struct vault_items *l, const char *name, struct finding *out)
{
	const struct known_item *item;
	const struct unlisted_item *unlisted;

	if (!l || !l->items) {
		out->outcome = OUTCOME_ITEMS_UNREAD;
		return;
	}
	out->items_read_at_ns = l->read_at_ns;
	item = known_item(l->items, name);
	unlisted = onepassword_is_id(name) ? unlisted_find(l->unlisted, name) : NULL;
	if (item) {
		out->outcome = OUTCOME_FOUND;
		id_copy(out->at.item_id, item->id);
		out->at.version = item->version;
		out->at.ignored = item->ignored;
		out->at.steady_polls = (int)(l->polls - item->since);
	} else if (unlisted && unlisted->version > 0) {
		out->outcome = OUTCOME_FOUND;
		id_copy(out->at.item_id, name);
		out->at.version = unlisted->version;
		out->at.ignored = unlisted->ignored;
		out->at.steady_polls = (int)(l->polls - unlisted->since);
	} else if (onepassword_is_id(name)) {
		out->outcome = OUTCOME_UNLISTED;
		id_copy(out->at.item_id, name);
	} else {
		out->outcome = OUTCOME_NO_ITEM;
	}
}

void find_path(const struct catalog *c, const struct item_path *path, struct finding *out)
{
	const struct opvault *vault = titled_vault(c, path->vault);
	const struct vault_items *l;

	*out = (struct finding){
		.vaults_read_at_ns = c->vaults_read_at_ns,
		.items_read_at_ns = NEVER_NS,
	};
	if (c->vaults_read_at_ns == NEVER_NS) {
		out->outcome = OUTCOME_VAULTS_UNREAD;
		return;
	}
	if (!vault)
		vault = known_vault(c, path->vault);
	if (!vault && !onepassword_is_id(path->vault)) {
		out->outcome = OUTCOME_NO_VAULT;
		return;
	}
	id_copy(out->at.vault_id, vault ? vault->id : path->vault);
	out->by_id_alone = !vault;
	l = map_get(c->items, out->at.vault_id);
	if (l && is_vanished(c, l))
		out->outcome = OUTCOME_NO_VAULT;
	else
		find_item(l, path->item, out);
}

/* Borrowed from the catalog. */
static void add_near_vaults(const struct catalog *c, struct near *near)
{
	for (size_t i = 0; i < c->vaults.n; i++)
		near_add(near, c->vaults.v[i].name);
}

static void add_near_items(const struct catalog *c, const char *vault_id, struct near *near)
{
	const struct vault_items *l = map_get(c->items, vault_id);

	for (size_t i = 0; l && l->items && i < l->items->n; i++)
		near_add(near, item_index_title(l->items, &l->items->v[i]));
}

/* Two letters that have changed places, also in a short name. */
static size_t near_enough(const char *name)
{
	const size_t half = strlen(name) / 2, swapped = half < 2 ? half : 2, limit = near_limit(name);

	return limit > swapped ? limit : swapped;
}

#define NEAR_SHOWN 3

/* " (near: "a", "b")", or nothing: names that the token may read, and that are spelled much like it. */
static char *near_names(struct catalog *c, const struct finding *f, const struct item_path *path)
{
	const char *like = f->outcome == OUTCOME_NO_VAULT ? path->vault : path->item;
	struct near near = {.like = like, .max = NEAR_SHOWN, .limit = near_enough(like)};
	struct strbuf text = {0};

	strbuf_init(&text, (NEAR_SHOWN + 1) * SHOWN_MAX);
	SYNC_SCOPE(&c->mutex);
	if (f->outcome == OUTCOME_NO_VAULT)
		add_near_vaults(c, &near);
	else
		add_near_items(c, f->at.vault_id, &near);
	for (size_t i = 0; i < near.n; i++) {
		strbuf_adds(&text, i == 0 ? " (near: \"" : ", \"");
		str_add_printable(&text, near.v[i].name, SHOWN_MAX);
		strbuf_adds(&text, i + 1 == near.n ? "\")" : "\"");
	}
	return strbuf_take(&text);
}

err_t finding_error(struct catalog *c, const struct finding *f, const struct item_path *path)
{
	if (f->outcome != OUTCOME_NO_VAULT && f->outcome != OUTCOME_NO_ITEM)
		return NULL;
	CLEANUP(mem_freep) char *vault = shown_dup(path->vault);
	CLEANUP(mem_freep) char *item = shown_dup(path->item);
	CLEANUP(mem_freep) char *near = near_names(c, f, path);

	if (f->outcome == OUTCOME_NO_VAULT)
		return err_new(
			ERR_NOT_FOUND,
			"failed to 'getVaultID' for vaultNameOrID='%s': no vaults found with identifier "
			"\"%s\"%s",
			vault, vault, near);
	return err_new(ERR_NOT_FOUND,
		       "failed to get item for vaultID='%s' and itemNameOrID='%s': no items found with "
		       "identifier \"%s\" in vault \"%s\"%s",
		       f->at.vault_id, item, item, f->at.vault_id, near);
}
