#ifndef VAULT_ADMIN_PRIVATE_H
#define VAULT_ADMIN_PRIVATE_H

#include "vault/admin.h"
#include "vault/admin_keys.h"
#include "vault/token.h"
#include "vault/vault_record.h"

/* Internal to pkg/vault. */

#define NAME_MAX_BYTES 256

struct vault_admin {
	struct vault_store *store;
	char id[OBJECT_ID_SIZE]; /* of the administrator key */
	char *name;
	enum admin_role role;
	struct secret *managers; /* private key of the group; NULL for an auditor */
};

/* A writing transaction: ERR_DENIED for an auditor. */
err_t admin_begin_write(const struct vault_admin *a, struct tx *out) NODISCARD;

err_t admin_check_name(const char *what, const char *name) NODISCARD;

/* ERR_NOT_FOUND when there is no such vault. */
err_t admin_open_vault(struct vault_admin *a, struct tx *t, const char *vault_id, struct secret **out_key,
		       struct vault_record *out) NODISCARD;

/* Seals the key of a vault to a token. */
err_t admin_seal_vault(struct vault_admin *a, struct tx *t, const struct token_record *token,
		       const char *vault_id) NODISCARD;

/* Takes a vault away from a token, where it has it. The caller commits. */
err_t admin_drop_grant(struct tx *t, struct token_record *token, const char *vault_id) NODISCARD;

/* Marks it and drops its keys. The caller commits. */
err_t admin_revoke(struct tx *t, struct token_record *token) NODISCARD;

/* ERR_NOT_FOUND without such a server, ERR_INVALID when the vault is none of its vaults. */
err_t admin_check_server_vault(struct tx *t, const char *server_id, const char *vault_id) NODISCARD;

struct token_order {
	const char *server_id; /* NULL: the store's own */
	const char *name;
	int64_t expires_ms;
	const struct vault_grant *grants;
	size_t n;
};
/* Makes the token within t and commits it. */
err_t admin_issue_token(struct vault_admin *a, struct tx *t, const struct token_order *order,
			char out_id[OBJECT_ID_SIZE], struct secret **out_token) NODISCARD;

#endif
