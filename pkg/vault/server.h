#ifndef VAULT_SERVER_H
#define VAULT_SERVER_H

#include "vault/admin_server.h"
#include "vault/store_private.h"

/* Internal to pkg/vault. The records that make a store usable: the store key under the key of each
 * credentials file, the servers, and the key that signs tokens. */
#define SIGNER_DER_MAX 1024

struct vault_store *store_alloc(const char *data_dir); /* no connections, no key */

/* ERR_DENIED when the store knows no such credentials, or they do not open it. */
err_t unlock_read(struct db *d, const struct credentials *c, struct secret **out_store_key) NODISCARD;
err_t unlock_write(struct db *d, const struct credentials *c, const struct secret *store_key) NODISCARD;

err_t unlock_del(struct db *d, const char *key_id) NODISCARD;

err_t server_read(struct tx *t, const char *id, struct vault_server *out) NODISCARD;
err_t server_list(struct tx *t, struct vault_servers *out) NODISCARD; /* by id */
err_t server_write(struct tx *t, const struct vault_server *s) NODISCARD;
bool server_has_vault(const struct vault_server *s, const char *vault_id);
/* Whether a group, which has global permission or not, manages it: a server's own list overrides that. */
bool server_is_managed_by(const struct vault_server *s, const char *group_id, bool is_global);

err_t signer_make(const char *id, struct signer *out) NODISCARD; /* out->public_der is initialised */
err_t signer_read(struct tx *t, const char *id, struct signer *out) NODISCARD;
err_t signer_write(struct tx *t, const struct signer *s) NODISCARD;

#endif
