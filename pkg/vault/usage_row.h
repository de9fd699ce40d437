#ifndef VAULT_USAGE_ROW_H
#define VAULT_USAGE_ROW_H

#include "vault/tx.h"
#include "vault/usage.h"

/* Internal to pkg/vault. Rows of the usage log within a transaction. */
#define USAGE_ROW_MAX 16384

/* Appends as the next row; the caller commits. */
err_t usage_row_append(struct tx *t, struct usage_row *row) NODISCARD;

/* Opens one, and gives the digest that it holds of the row before and its own; both may be NULL. */
err_t usage_row_open(struct tx *t, int64_t number, const char *p, size_t len, struct usage_row *out,
		     uint8_t out_before[CRYPTO_SHA256_LEN], uint8_t out_digest[CRYPTO_SHA256_LEN]) NODISCARD;

/* Stands for one that does not open: its number, the result DAMAGED, and nothing else. */
void usage_row_init_damaged(struct usage_row *r, int64_t number);

/* Remembers the row as the last use of its token. */
err_t usage_row_note_use(struct tx *t, const struct usage_row *row) NODISCARD;
err_t usage_last_read(struct tx *t, const char *token_id, struct usage_last *out, bool *out_found) NODISCARD;

#endif
