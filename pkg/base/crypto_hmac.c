#include "base/crypto_openssl.h"

#include <openssl/hmac.h>

static const EVP_MD *digest_of(enum crypto_hash hash)
{
	switch (hash) {
	case CRYPTO_SHA1:
		return EVP_sha1();
	case CRYPTO_SHA256:
		return EVP_sha256();
	case CRYPTO_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

err_t crypto_hmac(enum crypto_hash hash, const struct secret *key, const void *p, size_t len,
		  uint8_t out[CRYPTO_HMAC_MAX], size_t *out_len)
{
	unsigned int written = 0;

	if (!HMAC(digest_of(hash), secret_bytes(key), (int)secret_len(key), p, len, out, &written))
		return crypto_fail(ERR_INTERNAL, "HMAC");
	*out_len = written;
	return NULL;
}
