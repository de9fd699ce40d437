#include "vault/vault_tx.h"

#include "base/clock.h"
#include "vault/access_private.h"

#define HEAD_SELECT "SELECT version, data FROM item WHERE vault = ? AND id = ?"
#define HEAD_WRITE "INSERT OR REPLACE INTO item (vault, id, version, data) VALUES (?, ?, ?, ?)"
#define PART_SELECT "SELECT version, data FROM part WHERE vault = ? AND item = ? AND name = ?"
#define PART_DELETE "DELETE FROM part WHERE vault = ? AND item = ? AND name = ?"
#define PART_WRITE "INSERT OR REPLACE INTO part (vault, item, name, version, data) VALUES (?, ?, ?, ?, ?)"

static NODISCARD err_t open_vault(struct vault_tx *t, const struct access_vault *vault)
{
	if (vault->damaged)
		return err_new(ERR_PROTOCOL, "the token's key for vault %s is damaged", vault->id);
	if (!vault->key)
		return err_new(ERR_NOT_FOUND, "vault %s not found", vault->id);
	return vault_record_open(&t->tx, vault->id, vault->key, &t->vault);
}

err_t vault_tx_begin(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		     enum vault_right right, struct vault_tx *out)
{
	const struct access_vault *vault = access_find(a, vault_id);
	struct vault_tx t = {.access = a};

	if (!vault || !(vault->rights & right))
		return err_new(ERR_INTERNAL, "the token has no such right in vault %s", vault_id);
	TRY_(tx_begin_as(s, a, right == VAULT_WRITE, &t.tx));
	err_t e = open_vault(&t, vault);
	if (e) {
		vault_tx_end(&t);
		return e;
	}
	*out = t;
	return NULL;
}

void vault_tx_end(struct vault_tx *t)
{
	vault_record_release(&t->vault);
	tx_end(&t->tx);
}

err_t vault_tx_commit(struct vault_tx *t)
{
	t->vault.info.content_version++;
	t->vault.info.updated_ms = clock_wall_ms();
	TRY_(vault_record_save(&t->tx, &t->vault));
	return tx_commit(&t->tx);
}

static NODISCARD err_t not_newest(const char *what, const char *item_id)
{
	return err_new(ERR_PROTOCOL, "the %s of item %s are missing or not the newest ones", what, item_id);
}

err_t item_open_head(struct vault_tx *t, const char *item_id, int64_t version, const char *p, size_t len,
		     struct vault_item *out, struct item_tags *out_tags)
{
	const struct manifest_place place = vault_record_place(&t->tx, &t->vault);
	const struct seal_tag tag = seal_tag_of(p, len);
	const struct seal_name name = {t->vault.info.id, item_id, version, "title"};
	const struct manifest_entry *entry = NULL;
	CLEANUP(secret_freep) struct secret *plain = NULL;

	TRY_(manifest_find(&t->vault.manifest, &place, MANIFEST_ITEM, item_id, &entry));
	if (!entry || entry->version != version || !seal_tag_eq(&entry->tag, &tag))
		return not_newest("title and tags", item_id);
	TRY_(seal_get(t->vault.sealer, &name, p, len, &plain));
	object_id_set(out->id, item_id);
	object_id_set(out->vault_id, t->vault.info.id);
	out->version = version;
	return item_decode_head(plain, out, out_tags);
}

err_t item_load_head(struct vault_tx *t, const char *item_id, struct vault_item *out,
		     struct item_tags *out_tags)
{
	const struct manifest_place place = vault_record_place(&t->tx, &t->vault);
	const struct manifest_entry *entry = NULL;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;

	TRY_(manifest_find(&t->vault.manifest, &place, MANIFEST_ITEM, item_id, &entry));
	if (!entry)
		return err_new(ERR_NOT_FOUND, "item %s not found", item_id);
	TRY_(db_query(t->tx.db, HEAD_SELECT, DB_ARGS(db_str(t->vault.info.id), db_str(item_id)), &rows));
	TRY_(db_next(&rows, &has_row));
	if (!has_row)
		return not_newest("title and tags", item_id);
	db_col_blob(&rows, 1, &p, &len);
	return item_open_head(t, item_id, db_col_int(&rows, 0), p, len, out, out_tags);
}

err_t item_part_read(struct vault_tx *t, const char *item_id, const char *part, int64_t version,
		     const struct seal_tag *tag, struct secret **out)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	const struct seal_name name = {t->vault.info.id, item_id, version, part};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;

	TRY_(db_query(t->tx.db, PART_SELECT, DB_ARGS(db_str(t->vault.info.id), db_str(item_id), db_str(part)),
		      &rows));
	TRY_(db_next(&rows, &has_row));
	if (has_row)
		db_col_blob(&rows, 1, &p, &len);
	const struct seal_tag found = seal_tag_of(p, len);
	if (!has_row || db_col_int(&rows, 0) != version || !seal_tag_eq(&found, tag))
		return not_newest(part, item_id);
	return seal_get(t->vault.sealer, &name, p, len, out);
}

err_t item_load_fields(struct vault_tx *t, struct vault_item *item, struct item_tags *tags)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;

	TRY_(item_part_read(t, item->id, ITEM_PART_FIELDS, item->version, &tags->fields, &plain));
	return item_decode_fields(plain, item, tags);
}

err_t item_part_write(struct vault_tx *t, const char *item_id, const char *part, int64_t version,
		      const struct secret *plain, struct seal_tag *out_tag)
{
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name name = {t->vault.info.id, item_id, version, part};

	strbuf_init(&sealed, ITEM_PART_MAX + SEALER_OVERHEAD);
	TRY_(seal_put(t->vault.sealer, &name, plain, &sealed));
	TRY_(db_run(t->tx.db, PART_WRITE,
		    DB_ARGS(db_str(t->vault.info.id), db_str(item_id), db_str(part), db_int(version),
			    db_blob(sealed.p, sealed.len)),
		    NULL));
	*out_tag = seal_tag_of(sealed.p, sealed.len);
	return NULL;
}

err_t item_part_delete(struct vault_tx *t, const char *item_id, const char *part)
{
	return db_run(t->tx.db, PART_DELETE, DB_ARGS(db_str(t->vault.info.id), db_str(item_id), db_str(part)),
		      NULL);
}

err_t item_save(struct vault_tx *t, const struct vault_item *item, struct item_tags *tags)
{
	const struct manifest_place place = vault_record_place(&t->tx, &t->vault);
	const struct seal_name name = {t->vault.info.id, item->id, item->version, "title"};
	struct manifest_entry entry = {.kind = MANIFEST_ITEM, .version = item->version};
	CLEANUP(secret_freep) struct secret *fields = NULL;
	CLEANUP(secret_freep) struct secret *head = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};

	TRY_(item_encode_fields(item, tags, &fields));
	TRY_(item_part_write(t, item->id, ITEM_PART_FIELDS, item->version, fields, &tags->fields));
	TRY_(item_encode_head(item, tags, &head));
	strbuf_init(&sealed, ITEM_PART_MAX + SEALER_OVERHEAD);
	TRY_(seal_put(t->vault.sealer, &name, head, &sealed));
	TRY_(db_run(t->tx.db, HEAD_WRITE,
		    DB_ARGS(db_str(t->vault.info.id), db_str(item->id), db_int(item->version),
			    db_blob(sealed.p, sealed.len)),
		    NULL));
	object_id_set(entry.id, item->id);
	entry.tag = seal_tag_of(sealed.p, sealed.len);
	return manifest_put(&t->vault.manifest, &place, &entry);
}
