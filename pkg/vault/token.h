#ifndef VAULT_TOKEN_H
#define VAULT_TOKEN_H

#include "base/crypto.h"
#include "vault/admin.h"
#include "vault/tx.h"

/* Internal to pkg/vault. What the database keeps of an access token: never its secret, only the public half
 * of the key pair and the digest that come from it. */
#define TOKEN_GRANTS_MAX 1024

struct token_record {
	struct vault_token info;
	uint8_t public_key[CRYPTO_PUBLIC_LEN];
	uint8_t digest[CRYPTO_SHA256_LEN]; /* SHA-256 of the secret */
};
void token_record_release(struct token_record *t); /* for CLEANUP */

err_t token_read(struct tx *t, const char *id, struct token_record *out) NODISCARD;
err_t token_write(struct tx *t, const struct token_record *token) NODISCARD;

/* Makes the secret into key pair and digest. */
err_t token_derive(const struct secret *secret, struct secret **out_private, struct token_record *token)
	NODISCARD;

#endif
