#include "base/sealer.h"

#include "base/crypto_openssl.h"
#include "base/mem.h"
#include "base/rand.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

#define NONCE_LEN 12
#define TAG_LEN SEALER_TAG_LEN

struct sealer {
	EVP_MAC_CTX *expand; /* HMAC keyed with HKDF's pseudo-random key */
	EVP_CIPHER_CTX *ctx;
};

/* Fetched once for the process: finding a method by its name costs more than sealing a short record. */
static struct {
	pthread_once_t once;
	EVP_CIPHER *cipher;
	EVP_MAC_CTX *hmac; /* without a key; to be copied */
} methods = {.once = PTHREAD_ONCE_INIT};

static void fetch_methods(void)
{
	static const uint8_t no_key[CRYPTO_KEY_LEN] = {0};
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	methods.cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	methods.hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac);
	if (methods.hmac && EVP_MAC_init(methods.hmac, no_key, sizeof(no_key), params) != 1) {
		EVP_MAC_CTX_free(methods.hmac);
		methods.hmac = NULL;
	}
}

/* RFC 5869 2.2 with no salt, which is a key of zeros. */
static bool hkdf_extract(EVP_MAC_CTX *hmac, const struct secret *root, uint8_t out[CRYPTO_KEY_LEN])
{
	static const uint8_t salt[CRYPTO_KEY_LEN] = {0};
	size_t n = 0;

	return EVP_MAC_init(hmac, salt, sizeof(salt), NULL) == 1 &&
	       EVP_MAC_update(hmac, (const uint8_t *)secret_bytes(root), secret_len(root)) == 1 &&
	       EVP_MAC_final(hmac, out, &n, CRYPTO_KEY_LEN) == 1;
}

static bool prepare(struct sealer *s, const struct secret *root)
{
	uint8_t prk[CRYPTO_KEY_LEN];

	(void)pthread_once(&methods.once, fetch_methods);
	if (!methods.cipher || !methods.hmac)
		return false;
	s->ctx = EVP_CIPHER_CTX_new();
	s->expand = EVP_MAC_CTX_dup(methods.hmac);
	if (!s->expand || !s->ctx || !hkdf_extract(s->expand, root, prk))
		return false;
	/* With the cipher set once, what follows changes keys only. */
	const bool ok = EVP_MAC_init(s->expand, prk, sizeof(prk), NULL) == 1 &&
			EVP_CipherInit_ex2(s->ctx, methods.cipher, NULL, NULL, 1, NULL) == 1;
	secret_wipe(prk, sizeof(prk));
	return ok;
}

err_t sealer_new(const struct secret *root, struct sealer **out)
{
	if (secret_len(root) != CRYPTO_KEY_LEN)
		return err_new(ERR_INTERNAL, "root key of %zu bytes, not %d", secret_len(root),
			       CRYPTO_KEY_LEN);
	CLEANUP(sealer_freep) struct sealer *s = MEM_NEW(struct sealer);
	if (!prepare(s, root))
		return crypto_fail(ERR_INTERNAL, "HMAC and AES-GCM");
	*out = TAKE(s);
	return NULL;
}

void sealer_free(struct sealer *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	EVP_MAC_CTX_free(s->expand);
	mem_free(s);
}

void sealer_freep(struct sealer **s)
{
	sealer_free(*s);
	*s = NULL;
}

/* RFC 5869 2.3; one block is a whole key. */
static NODISCARD err_t hkdf_expand(struct sealer *s, const char *name, uint8_t out[CRYPTO_KEY_LEN])
{
	static const uint8_t first_block = 1;
	size_t n = 0;

	if (EVP_MAC_init(s->expand, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(s->expand, (const uint8_t *)name, strlen(name)) != 1 ||
	    EVP_MAC_update(s->expand, &first_block, 1) != 1 ||
	    EVP_MAC_final(s->expand, out, &n, CRYPTO_KEY_LEN) != 1)
		return crypto_fail(ERR_INTERNAL, "HKDF");
	return NULL;
}

static NODISCARD err_t check_sizes(const char *name, size_t len)
{
	if (strlen(name) > INT_MAX || len > INT_MAX - SEALER_OVERHEAD)
		return err_new(ERR_TOO_LARGE, "more bytes than AES-GCM takes at once");
	return NULL;
}

err_t sealer_seal(struct sealer *s, const char *name, const void *p, size_t len, struct strbuf *out)
{
	uint8_t key[CRYPTO_KEY_LEN];
	int n = 0;

	TRY_(check_sizes(name, len));
	TRY_(hkdf_expand(s, name, key));
	CLEANUP(mem_freep) uint8_t *sealed = mem_alloc(len + SEALER_OVERHEAD);
	uint8_t *nonce = sealed, *text = sealed + NONCE_LEN, *tag = text + len;
	rand_bytes(nonce, NONCE_LEN);
	const bool ok = EVP_EncryptInit_ex2(s->ctx, NULL, key, nonce, NULL) == 1 &&
			EVP_EncryptUpdate(s->ctx, NULL, &n, (const uint8_t *)name, (int)strlen(name)) == 1 &&
			(len == 0 || EVP_EncryptUpdate(s->ctx, text, &n, p, (int)len) == 1) &&
			EVP_EncryptFinal_ex(s->ctx, tag, &n) == 1 &&
			EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1;
	secret_wipe(key, sizeof(key));
	if (!ok)
		return crypto_fail(ERR_INTERNAL, "AES-GCM");
	strbuf_add(out, sealed, len + SEALER_OVERHEAD);
	return strbuf_check(out, "sealed record");
}

err_t sealer_open(struct sealer *s, const char *name, const void *p, size_t len, struct secret **out)
{
	uint8_t key[CRYPTO_KEY_LEN], tag[TAG_LEN];
	int n = 0;

	TRY_(check_sizes(name, len));
	if (len < SEALER_OVERHEAD)
		return err_new(ERR_DENIED, "sealed record is too short");
	TRY_(hkdf_expand(s, name, key));
	const uint8_t *nonce = p, *text = nonce + NONCE_LEN;
	const size_t text_len = len - SEALER_OVERHEAD;
	CLEANUP(mem_freep) uint8_t *plain = mem_alloc(text_len + 1);
	memcpy(tag, text + text_len, TAG_LEN);
	const bool is_ready =
		EVP_DecryptInit_ex2(s->ctx, NULL, key, nonce, NULL) == 1 &&
		EVP_DecryptUpdate(s->ctx, NULL, &n, (const uint8_t *)name, (int)strlen(name)) == 1 &&
		(text_len == 0 || EVP_DecryptUpdate(s->ctx, plain, &n, text, (int)text_len) == 1) &&
		EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1;
	secret_wipe(key, sizeof(key));
	const bool is_genuine = is_ready && EVP_DecryptFinal_ex(s->ctx, plain + text_len, &n) == 1;
	if (is_genuine)
		*out = secret_from(plain, text_len);
	secret_wipe(plain, text_len);
	if (!is_ready)
		return crypto_fail(ERR_INTERNAL, "AES-GCM");
	return is_genuine ? NULL : crypto_fail(ERR_DENIED, "authentication of a sealed record");
}
