#ifndef BASE_CRYPTO_OPENSSL_H
#define BASE_CRYPTO_OPENSSL_H

/* What the crypto_*.c files share; no other file includes it. */

#include "base/crypto.h"
#include <openssl/evp.h>

/* Fails with what OpenSSL could not do, and empties its error queue. */
err_t crypto_fail(enum err_kind kind, const char *what) NODISCARD;

err_t crypto_hkdf_bytes(const void *key, size_t key_len, const void *info, size_t info_len, size_t len,
			struct secret **out) NODISCARD;

void crypto_pkey_freep(EVP_PKEY **key);
void crypto_pkey_ctx_freep(EVP_PKEY_CTX **ctx);
void crypto_md_ctx_freep(EVP_MD_CTX **ctx);

#endif
