#include "vault/record.h"

#define SELECT "SELECT version, data FROM record WHERE kind = ? AND id = ?"
#define WRITE "INSERT OR REPLACE INTO record (kind, id, version, data) VALUES (?, ?, ?, ?)"
#define DELETE "DELETE FROM record WHERE kind = ? AND id = ?"

const char *record_kind_name(enum manifest_kind kind)
{
	switch (kind) {
	case MANIFEST_SERVER:
		return "server";
	case MANIFEST_SIGNER:
		return "signer";
	case MANIFEST_PRINCIPAL:
		return "principal";
	case MANIFEST_TOKEN:
		return "token";
	case MANIFEST_VAULT:
		return "vault";
	case MANIFEST_CERTIFICATE:
		return "certificate";
	case MANIFEST_ITEM:
	default:
		return "item";
	}
}

static struct seal_name name_of(enum manifest_kind kind, const char *id, int64_t version)
{
	return (struct seal_name){kind == MANIFEST_VAULT ? id : SEAL_STORE, id, version,
				  record_kind_name(kind)};
}

err_t record_read(struct tx *t, struct sealer *sealer, enum manifest_kind kind, const char *id,
		  struct secret **out)
{
	const struct manifest_place place = tx_place(t);
	const struct manifest_entry *entry = NULL;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;

	TRY_(manifest_find(&t->manifest, &place, kind, id, &entry));
	if (!entry)
		return err_new(ERR_NOT_FOUND, "%s %s not found", record_kind_name(kind), id);
	TRY_(db_query(t->db, SELECT, DB_ARGS(db_int(kind), db_str(id)), &rows));
	TRY_(db_next(&rows, &has_row));
	if (has_row)
		db_col_blob(&rows, 1, &p, &len);
	const struct seal_tag tag = seal_tag_of(p, len);
	if (!has_row || db_col_int(&rows, 0) != entry->version || !seal_tag_eq(&tag, &entry->tag))
		return err_new(ERR_PROTOCOL, "the record of %s %s is missing or is not the newest one",
			       record_kind_name(kind), id);
	const struct seal_name name = name_of(kind, id, entry->version);
	return seal_get(sealer ? sealer : t->sealer, &name, p, len, out);
}

err_t record_write(struct tx *t, struct sealer *sealer, enum manifest_kind kind, const char *id,
		   const struct secret *plain)
{
	const struct manifest_place place = tx_place(t);
	const struct manifest_entry *before = NULL;
	struct manifest_entry entry = {.kind = kind, .version = 1};
	CLEANUP(strbuf_release) struct strbuf sealed = {0};

	TRY_(manifest_find(&t->manifest, &place, kind, id, &before));
	if (before)
		entry.version = before->version + 1;
	strbuf_init(&sealed, RECORD_MAX + SEALER_OVERHEAD);
	const struct seal_name name = name_of(kind, id, entry.version);
	TRY_(seal_put(sealer ? sealer : t->sealer, &name, plain, &sealed));
	TRY_(db_run(t->db, WRITE,
		    DB_ARGS(db_int(kind), db_str(id), db_int(entry.version), db_blob(sealed.p, sealed.len)),
		    NULL));
	object_id_set(entry.id, id);
	entry.tag = seal_tag_of(sealed.p, sealed.len);
	return manifest_put(&t->manifest, &place, &entry);
}

err_t record_has(struct tx *t, enum manifest_kind kind, const char *id, bool *out)
{
	const struct manifest_place place = tx_place(t);
	const struct manifest_entry *entry = NULL;

	TRY_(manifest_find(&t->manifest, &place, kind, id, &entry));
	*out = entry != NULL;
	return NULL;
}

err_t record_del(struct tx *t, enum manifest_kind kind, const char *id)
{
	const struct manifest_place place = tx_place(t);

	TRY_(db_run(t->db, DELETE, DB_ARGS(db_int(kind), db_str(id)), NULL));
	return manifest_del(&t->manifest, &place, kind, id);
}
