#ifndef VAULT_USAGE_CHAIN_H
#define VAULT_USAGE_CHAIN_H

#include "base/crypto.h"
#include "vault/codec.h"

/* Internal to pkg/vault. What the store's head knows of the usage log: each row holds the digest of the row
 * before it, and the head holds where the log begins and ends. So a row that was changed, taken away, put
 * back or cut off at either end does not fit. */
struct usage_chain {
	int64_t first, next;               /* numbers; equal: no rows */
	uint8_t before[CRYPTO_SHA256_LEN]; /* digest that the first row holds */
	uint8_t last[CRYPTO_SHA256_LEN];   /* digest of the newest row */
};

void usage_chain_init(struct usage_chain *c);
void usage_chain_encode(const struct usage_chain *c, struct codec_writer *w);
void usage_chain_decode(struct codec_reader *r, struct usage_chain *out);

#endif
