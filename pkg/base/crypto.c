#include "base/crypto.h"

#include "base/crypto_openssl.h"
#include "base/rand.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Far more than any use has; OpenSSL's own limit is 255 blocks. */
#define HKDF_MAX 1024

err_t crypto_fail(enum err_kind kind, const char *what)
{
	/* Not OpenSSL's text: it may quote what it was given. */
	ERR_clear_error();
	return err_new(kind, "%s failed", what);
}

void crypto_pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

void crypto_pkey_ctx_freep(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

void crypto_md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* Fetched once: finding a method by its name costs more than a short digest. */
static EVP_MD *sha256;

static void fetch_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void crypto_sha256(const void *p, size_t len, uint8_t out[CRYPTO_SHA256_LEN])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, fetch_sha256);
	if (!sha256 || EVP_Digest(p, len, out, NULL, sha256, NULL) != 1)
		abort();
}

struct secret *crypto_key_new(void)
{
	uint8_t bytes[CRYPTO_KEY_LEN];

	rand_bytes(bytes, sizeof(bytes));
	struct secret *key = secret_from(bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return key;
}

static void kdf_freep(EVP_KDF **kdf)
{
	EVP_KDF_free(*kdf);
}

static void kdf_ctx_freep(EVP_KDF_CTX **ctx)
{
	EVP_KDF_CTX_free(*ctx);
}

static OSSL_PARAM bytes_param(const char *name, const void *p, size_t len)
{
	/* OpenSSL's parameters are not const, also where it only reads. */
	const union {
		const void *ours;
		void *theirs;
	} bytes = {.ours = p};

	return OSSL_PARAM_construct_octet_string(name, bytes.theirs, len);
}

err_t crypto_hkdf_bytes(const void *key, size_t key_len, const void *info, size_t info_len, size_t len,
			struct secret **out)
{
	CLEANUP(kdf_freep) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	CLEANUP(kdf_ctx_freep) EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		bytes_param(OSSL_KDF_PARAM_KEY, key, key_len),
		bytes_param(OSSL_KDF_PARAM_INFO, info, info_len),
		OSSL_PARAM_construct_end(),
	};
	uint8_t derived[HKDF_MAX];

	if (len == 0 || len > sizeof(derived))
		return err_new(ERR_INTERNAL, "HKDF to %zu bytes, not 1 to %d", len, HKDF_MAX);
	if (!ctx || EVP_KDF_derive(ctx, derived, len, params) != 1)
		return crypto_fail(ERR_INTERNAL, "HKDF");
	*out = secret_from(derived, len);
	secret_wipe(derived, len);
	return NULL;
}

err_t crypto_hkdf(const struct secret *key, const char *info, size_t len, struct secret **out)
{
	return crypto_hkdf_bytes(secret_bytes(key), secret_len(key), info, strlen(info), len, out);
}
