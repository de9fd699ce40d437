#ifndef VAULT_ACCESS_PRIVATE_H
#define VAULT_ACCESS_PRIVATE_H

#include "vault/access.h"
#include "vault/tx.h"

/* Internal to pkg/vault. */

struct access_vault {
	char id[OBJECT_ID_SIZE];
	unsigned int rights;
	struct secret *key; /* VK; NULL when the vault is gone */
	bool damaged;       /* the wrap of VK does not open */
};

struct vault_access {
	struct ref ref;
	char token_id[OBJECT_ID_SIZE];
	char *token_name;
	int64_t expires_ms;
	struct seal_tag tag; /* of the token's record: another one means that it was changed */
	struct access_vault *vaults;
	size_t n_vaults;
	int64_t opened_ns;
};

/* ERR_DENIED unless the token's record is the one that the access was opened with, and it has not expired. */
err_t access_check_live(const struct vault_access *a, struct tx *t) NODISCARD;

const struct access_vault *access_find(const struct vault_access *a, const char *vault_id); /* NULL if none */

#endif
