#include "base/crypto.h"

#include "base/crypto_openssl.h"

#include <string.h>

/* A box is the ephemeral public key, then what crypto_seal makes. */
#define LABEL "crypto_box X25519 AES-256-GCM"

static EVP_PKEY *private_of(const struct secret *key)
{
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, (const uint8_t *)secret_bytes(key),
					    secret_len(key));
}

err_t crypto_box_public(const struct secret *private_key, uint8_t out[CRYPTO_PUBLIC_LEN])
{
	CLEANUP(crypto_pkey_freep) EVP_PKEY *key = private_of(private_key);
	size_t len = CRYPTO_PUBLIC_LEN;

	if (!key || EVP_PKEY_get_raw_public_key(key, out, &len) != 1)
		return crypto_fail(ERR_INTERNAL, "X25519 public key");
	return NULL;
}

/* X25519 of the two keys. OpenSSL refuses public keys for which every private key gives the same. */
static NODISCARD err_t agree(const struct secret *private_key, const uint8_t public_key[CRYPTO_PUBLIC_LEN],
			     uint8_t out[CRYPTO_KEY_LEN])
{
	CLEANUP(crypto_pkey_freep) EVP_PKEY *mine = private_of(private_key);
	CLEANUP(crypto_pkey_freep)
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, CRYPTO_PUBLIC_LEN);
	CLEANUP(crypto_pkey_ctx_freep) EVP_PKEY_CTX *ctx = mine ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	size_t len = CRYPTO_KEY_LEN;

	if (!ctx || !theirs || EVP_PKEY_derive_init(ctx) != 1)
		return crypto_fail(ERR_INTERNAL, "X25519");
	if (EVP_PKEY_derive_set_peer(ctx, theirs) != 1 || EVP_PKEY_derive(ctx, out, &len) != 1)
		return crypto_fail(ERR_DENIED, "X25519 with this public key");
	return NULL;
}

/* The key of one box, bound to both public keys. */
static NODISCARD err_t box_key(const struct secret *private_key, const uint8_t peer[CRYPTO_PUBLIC_LEN],
			       const uint8_t ephemeral[CRYPTO_PUBLIC_LEN],
			       const uint8_t recipient[CRYPTO_PUBLIC_LEN], struct secret **out)
{
	uint8_t shared[CRYPTO_KEY_LEN];
	uint8_t info[sizeof(LABEL) + (size_t)2 * CRYPTO_PUBLIC_LEN];

	TRY_(agree(private_key, peer, shared));
	memcpy(info, LABEL, sizeof(LABEL));
	memcpy(info + sizeof(LABEL), ephemeral, CRYPTO_PUBLIC_LEN);
	memcpy(info + sizeof(LABEL) + CRYPTO_PUBLIC_LEN, recipient, CRYPTO_PUBLIC_LEN);
	err_t e = crypto_hkdf_bytes(shared, sizeof(shared), info, sizeof(info), CRYPTO_KEY_LEN, out);
	secret_wipe(shared, sizeof(shared));
	return e;
}

err_t crypto_box_seal(const uint8_t public_key[CRYPTO_PUBLIC_LEN], const void *aad, size_t aad_len,
		      const void *p, size_t len, struct strbuf *out)
{
	CLEANUP(secret_freep) struct secret *ephemeral = crypto_key_new();
	CLEANUP(secret_freep) struct secret *key = NULL;
	uint8_t ephemeral_public[CRYPTO_PUBLIC_LEN];

	TRY_(crypto_box_public(ephemeral, ephemeral_public));
	TRY_(box_key(ephemeral, public_key, ephemeral_public, public_key, &key));
	strbuf_add(out, ephemeral_public, sizeof(ephemeral_public));
	return crypto_seal(key, aad, aad_len, p, len, out);
}

err_t crypto_box_open(const struct secret *private_key, const void *aad, size_t aad_len, const void *p,
		      size_t len, struct secret **out)
{
	const uint8_t *box = p;
	uint8_t recipient[CRYPTO_PUBLIC_LEN];
	CLEANUP(secret_freep) struct secret *key = NULL;

	if (len < CRYPTO_PUBLIC_LEN)
		return err_new(ERR_DENIED, "sealed box is too short");
	TRY_(crypto_box_public(private_key, recipient));
	TRY_(box_key(private_key, box, box, recipient, &key));
	return crypto_open(key, aad, aad_len, box + CRYPTO_PUBLIC_LEN, len - CRYPTO_PUBLIC_LEN, out);
}
