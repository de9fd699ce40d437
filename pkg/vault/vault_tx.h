#ifndef VAULT_VAULT_TX_H
#define VAULT_VAULT_TX_H

#include "vault/item_record.h"
#include "vault/vault_record.h"

/* Internal to pkg/vault. A transaction in one vault with the right of a token, and the items in it. */
struct vault_tx {
	struct tx tx;
	struct vault_record vault;
	const struct vault_access *access; /* borrowed */
};

/* With VAULT_WRITE in rights it is a writing transaction. */
err_t vault_tx_begin(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		     enum vault_right right, struct vault_tx *out) NODISCARD;
void vault_tx_end(struct vault_tx *t); /* for CLEANUP */

/* The vault's content moved: writes its record and commits. */
err_t vault_tx_commit(struct vault_tx *t) NODISCARD;

/* What lists show, from one row of the table: checked against the manifest. */
err_t item_open_head(struct vault_tx *t, const char *item_id, int64_t version, const char *p, size_t len,
		     struct vault_item *out, struct item_tags *out_tags) NODISCARD;

/* ERR_NOT_FOUND when the manifest does not list it. */
err_t item_load_head(struct vault_tx *t, const char *item_id, struct vault_item *out,
		     struct item_tags *out_tags) NODISCARD;
err_t item_load_fields(struct vault_tx *t, struct vault_item *item, struct item_tags *tags) NODISCARD;

/* Seals fields and head as version item->version and lists it in the manifest. */
err_t item_save(struct vault_tx *t, const struct vault_item *item, struct item_tags *tags) NODISCARD;

/* A part of an item other than its fields: the content of a file. */
err_t item_part_write(struct vault_tx *t, const char *item_id, const char *part, int64_t version,
		      const struct secret *plain, struct seal_tag *out_tag) NODISCARD;
err_t item_part_read(struct vault_tx *t, const char *item_id, const char *part, int64_t version,
		     const struct seal_tag *tag, struct secret **out) NODISCARD;

err_t item_part_delete(struct vault_tx *t, const char *item_id, const char *part) NODISCARD;

/* A file of the item, new or in place of the one of that name, which keeps its id; the item is then to be
 * saved with its version. */
err_t item_file_put(struct vault_tx *t, struct vault_item *item, struct item_tags *tags, const char *name,
		    const void *p, size_t len, char out_file_id[OBJECT_ID_SIZE]) NODISCARD;

#define ITEM_PART_FIELDS "fields"

#endif
