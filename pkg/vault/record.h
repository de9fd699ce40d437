#ifndef VAULT_RECORD_H
#define VAULT_RECORD_H

#include "vault/tx.h"

/* Internal to pkg/vault. The records that the store's manifest lists: servers, signers, principals,
 * tokens and certificates, sealed under the store key; vaults, sealed under their own. Each write makes the
 * next version. */

/* sealer NULL: the store key. ERR_NOT_FOUND when the manifest does not list it, ERR_PROTOCOL when the row is
 * not the one that the manifest lists. */
err_t record_read(struct tx *t, struct sealer *sealer, enum manifest_kind kind, const char *id,
		  struct secret **out) NODISCARD;
err_t record_write(struct tx *t, struct sealer *sealer, enum manifest_kind kind, const char *id,
		   const struct secret *plain) NODISCARD;
err_t record_has(struct tx *t, enum manifest_kind kind, const char *id, bool *out) NODISCARD;

/* The row and its entry in the manifest. */
err_t record_del(struct tx *t, enum manifest_kind kind, const char *id) NODISCARD;

const char *record_kind_name(enum manifest_kind kind); /* "token" */

#define RECORD_MAX ((size_t)1 << 20)

#endif
