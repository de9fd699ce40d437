#ifndef VAULT_ADMIN_H
#define VAULT_ADMIN_H

#include "vault/access.h"
#include "vault/items.h"
#include "vault/store.h"

/* What the holder of an administrator key does, or a person. Each call is one transaction that other
 * processes see at once. What somebody may do follows from the groups that he is in (admin_groups.h):
 * ERR_DENIED for what is for others, ERR_NOT_FOUND for what he does not even see. */
struct vault_admin;

/* ERR_DENIED when the key is not one of this store, or not a manager any more. */
err_t vault_admin_open(struct vault_store *s, const struct admin_key *key, struct vault_admin **out)
	NODISCARD;
void vault_admin_free(struct vault_admin *a); /* NULL is fine; before the store */
void vault_admin_freep(struct vault_admin **a);

/* Makes a new administrator key with the recovery key (as text): when the others are lost. */
err_t vault_admin_recover(struct vault_store *s, const char *recovery_key, const char *name,
			  struct admin_key *out) NODISCARD;

/* Names need not be unique, as in 1Password; they must not be empty. */
err_t vault_admin_create_vault(struct vault_admin *a, const char *name, char out_id[OBJECT_ID_SIZE])
	NODISCARD;
/* Those that the administrator's groups have keys for. */
err_t vault_admin_list_vaults(struct vault_admin *a, struct vault_infos *out) NODISCARD;

struct vault_grant {
	char vault_id[OBJECT_ID_SIZE];
	unsigned int rights; /* VAULT_READ, VAULT_WRITE */
};

struct vault_token {
	char id[OBJECT_ID_SIZE];
	char *name;
	char server_id[OBJECT_ID_SIZE];
	char creator_id[OBJECT_ID_SIZE]; /* of the administrator key */
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	int64_t revoked_ms; /* 0: it was not */
	struct vault_grant *grants;
	size_t n_grants;
};
void vault_token_release(struct vault_token *t); /* for CLEANUP */

/* The token's text, which exists nowhere else. ERR_INVALID without a grant, with a grant without rights or
 * given twice; ERR_NOT_FOUND for a vault that does not exist. */
err_t vault_admin_create_token(struct vault_admin *a, const char *name, int64_t expires_ms,
			       const struct vault_grant *grants, size_t n, char out_id[OBJECT_ID_SIZE],
			       struct secret **out_token) NODISCARD;

struct vault_tokens {
	struct vault_token *v;
	size_t n;
};
void vault_tokens_release(struct vault_tokens *l);
/* Oldest first, also those that were revoked or have expired. */
err_t vault_admin_list_tokens(struct vault_admin *a, struct vault_tokens *out) NODISCARD;

/* Marks the token and drops its keys in one transaction: the next request that carries it is refused.
 * Revoking again changes nothing. ERR_NOT_FOUND. */
err_t vault_admin_revoke_token(struct vault_admin *a, const char *token_id) NODISCARD;

#endif
