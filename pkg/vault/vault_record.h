#ifndef VAULT_VAULT_RECORD_H
#define VAULT_VAULT_RECORD_H

#include "vault/items.h"
#include "vault/record.h"

/* Internal to pkg/vault. A vault within one transaction: its record, opened with its key, and the manifest of
 * its items, whose root is part of the record. */
struct vault_record {
	struct sealer *sealer; /* of VK */
	int64_t generation;    /* of VK */
	struct vault_info info;
	struct manifest manifest;
};
void vault_record_release(struct vault_record *v); /* for CLEANUP */

/* ERR_NOT_FOUND when there is no such vault. */
err_t vault_record_open(struct tx *t, const char *vault_id, const struct secret *key,
			struct vault_record *out) NODISCARD;

/* A new one, not yet written. */
err_t vault_record_make(const char *name, const struct secret *key, struct vault_record *out) NODISCARD;

/* Writes changed pages of the manifest and the record. */
err_t vault_record_save(struct tx *t, struct vault_record *v) NODISCARD;

struct manifest_place vault_record_place(const struct tx *t, const struct vault_record *v);

#endif
