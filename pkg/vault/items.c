#include "vault/items.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/access_private.h"
#include "vault/item_history.h"
#include "vault/title_index.h"
#include "vault/vault_tx.h"

#define HEADS_SELECT "SELECT id, version, data FROM item WHERE vault = ? ORDER BY id"
#define HEAD_DELETE "DELETE FROM item WHERE vault = ? AND id = ?"
#define PARTS_DELETE "DELETE FROM part WHERE vault = ? AND item = ?"

/* *out_damage: the first one that was met. */
static NODISCARD err_t each_row(struct vault_tx *t, const struct db_rows *rows, vault_item_fn fn, void *arg,
				err_t *out_damage)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags;
	const char *id = db_col_str(rows, 0), *p = NULL;
	size_t len = 0;

	CLEANUP(err_freep) err_t e = NULL;

	db_col_blob(rows, 2, &p, &len);
	if (object_id_is_valid(id))
		e = item_open_head(t, id, db_col_int(rows, 1), p, len, &item, &tags);
	else
		e = err_new(ERR_PROTOCOL, "vault %s has an item without an id", t->vault.info.id);
	if (err_is(e, ERR_PROTOCOL)) {
		if (!*out_damage)
			*out_damage = TAKE(e);
		return NULL;
	}
	TRY_(TAKE(e));
	/* cppcheck-suppress returnDanglingLifetime ; an error holds no item */
	return fn(arg, &item);
}

static NODISCARD err_t each(struct vault_tx *t, vault_item_fn fn, void *arg)
{
	const char *vault_id = t->vault.info.id;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	CLEANUP(err_freep) err_t damage = NULL;
	bool has_row = false;
	size_t n = 0, listed = 0;

	TRY_(db_query(t->tx.db, HEADS_SELECT, DB_ARGS(db_str(vault_id)), &rows));
	TRY_(db_next(&rows, &has_row));
	for (; has_row; n++) {
		TRY_(each_row(t, &rows, fn, arg, &damage));
		TRY_(db_next(&rows, &has_row));
	}
	if (damage)
		return TAKE(damage);
	const struct manifest_place place = vault_record_place(&t->tx, &t->vault);
	TRY_(manifest_count(&t->vault.manifest, &place, MANIFEST_ITEM, &listed));
	if (n != listed)
		return err_new(ERR_PROTOCOL, "vault %s has %zu items, not the %zu of its manifest", vault_id,
			       n, listed);
	return NULL;
}

static NODISCARD err_t give_if_titled(struct vault_tx *t, const char *item_id, const char *title,
				      vault_item_fn fn, void *arg)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags;

	TRY_(item_load_head(t, item_id, &item, &tags));
	return streq(item.title, title) ? fn(arg, &item) : NULL;
}

static NODISCARD err_t each_titled(struct vault_tx *t, const char *title, vault_item_fn fn, void *arg)
{
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(err_freep) err_t damage = NULL;

	TRY_(title_index_find(t, title, &ids, &damage));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(err_freep) err_t e = give_if_titled(t, ids.v[i], title, fn, arg);

		if (e && !err_is(e, ERR_PROTOCOL))
			return TAKE(e);
		if (e && !damage)
			damage = TAKE(e);
	}
	return TAKE(damage);
}

err_t vault_items_find(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		       const char *title, vault_item_fn fn, void *arg, int64_t *out_version)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_READ, &t));
	*out_version = t.vault.info.content_version;
	return title ? each_titled(&t, title, fn, arg) : each(&t, fn, arg);
}

err_t vault_items_each(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		       vault_item_fn fn, void *arg)
{
	int64_t version = 0;

	return vault_items_find(s, a, vault_id, NULL, fn, arg, &version);
}

err_t vault_item_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		      const char *item_id, struct vault_item *out)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags;

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_READ, &t));
	TRY_(item_load_head(&t, item_id, &item, &tags));
	TRY_(item_load_fields(&t, &item, &tags));
	*out = item;
	item = (struct vault_item){0};
	return NULL;
}

static void set_editor(struct vault_item *item, const struct vault_access *a)
{
	mem_free(item->last_edited_by);
	item->last_edited_by = mem_strdup(vault_access_token_id(a));
}

static NODISCARD err_t check_version(const struct vault_item *item, int64_t wanted)
{
	if (wanted && wanted != item->version)
		return err_new(ERR_CONFLICT, "item %s has another version", item->id);
	return NULL;
}

static NODISCARD err_t begin_new(struct vault_store *s, const struct vault_access *a, const char *vault_id,
				 struct vault_tx *t, struct vault_item *item)
{
	TRY_(vault_tx_begin(s, a, vault_id, VAULT_WRITE, t));
	if (t->vault.info.n_items >= VAULT_ITEMS_MAX)
		return err_new(ERR_TOO_LARGE, "a vault has at most %d items", VAULT_ITEMS_MAX);
	t->vault.info.n_items++;
	rand_id(item->id);
	object_id_set(item->vault_id, vault_id);
	item->version = 1;
	item->created_ms = item->updated_ms = clock_wall_ms();
	set_editor(item, a);
	return NULL;
}

err_t vault_item_create(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			struct vault_item *item)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	struct item_tags tags = {0};

	TRY_(begin_new(s, a, vault_id, &t, item));
	TRY_(item_save(&t, item, &tags));
	return vault_tx_commit(&t);
}

err_t vault_document_create(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			    const char *file_name, const void *p, size_t len, struct vault_item *item)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	struct item_tags tags = {0};
	char file_id[OBJECT_ID_SIZE];

	TRY_(begin_new(s, a, vault_id, &t, item));
	TRY_(item_file_put(&t, item, &tags, file_name, p, len, file_id));
	TRY_(item_save(&t, item, &tags));
	return vault_tx_commit(&t);
}

/* Files are not part of what a client replaces. */
static void keep_files(struct vault_item *item, struct vault_item *before)
{
	item->files = TAKE(before->files);
	item->n_files = before->n_files;
	before->n_files = 0;
}

err_t vault_item_replace(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			 const char *item_id, int64_t if_version, struct vault_item *item)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item before = {0};
	struct item_tags tags = {0};

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_WRITE, &t));
	TRY_(item_load_head(&t, item_id, &before, &tags));
	TRY_(check_version(&before, if_version));
	TRY_(item_load_fields(&t, &before, &tags));
	object_id_set(item->id, item_id);
	object_id_set(item->vault_id, vault_id);
	item->version = before.version + 1;
	item->created_ms = before.created_ms;
	item->updated_ms = clock_wall_ms();
	set_editor(item, a);
	keep_files(item, &before);
	item_history_keep(item, &before);
	TRY_(item_save(&t, item, &tags));
	return vault_tx_commit(&t);
}

err_t vault_item_delete(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			const char *item_id, int64_t if_version)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item before = {0};
	struct item_tags tags;

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_WRITE, &t));
	TRY_(item_load_head(&t, item_id, &before, &tags));
	TRY_(check_version(&before, if_version));
	const struct manifest_place place = vault_record_place(&t.tx, &t.vault);
	TRY_(manifest_del(&t.vault.manifest, &place, MANIFEST_ITEM, item_id));
	TRY_(db_run(t.tx.db, HEAD_DELETE, DB_ARGS(db_str(vault_id), db_str(item_id)), NULL));
	TRY_(db_run(t.tx.db, PARTS_DELETE, DB_ARGS(db_str(vault_id), db_str(item_id)), NULL));
	t.vault.info.n_items--;
	return vault_tx_commit(&t);
}
