#include "base/crypto.h"

#include "base/crypto_openssl.h"
#include "base/mem.h"
#include "base/rand.h"

#include <limits.h>
#include <string.h>

#define NONCE_LEN 12
#define TAG_LEN 16

static void cipher_ctx_freep(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static NODISCARD err_t check_sizes(const struct secret *key, size_t aad_len, size_t len)
{
	if (secret_len(key) != CRYPTO_KEY_LEN)
		return err_new(ERR_INTERNAL, "key of %zu bytes, not %d", secret_len(key), CRYPTO_KEY_LEN);
	if (aad_len > INT_MAX || len > INT_MAX - NONCE_LEN - TAG_LEN)
		return err_new(ERR_TOO_LARGE, "more bytes than AES-GCM takes at once");
	return NULL;
}

static const uint8_t *key_bytes(const struct secret *key)
{
	return (const uint8_t *)secret_bytes(key);
}

err_t crypto_seal(const struct secret *key, const void *aad, size_t aad_len, const void *p, size_t len,
		  struct strbuf *out)
{
	TRY_(check_sizes(key, aad_len, len));
	const size_t sealed_len = NONCE_LEN + len + TAG_LEN;
	CLEANUP(mem_freep) uint8_t *sealed = mem_alloc(sealed_len);
	uint8_t *nonce = sealed, *text = sealed + NONCE_LEN, *tag = text + len;
	CLEANUP(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	rand_bytes(nonce, NONCE_LEN);
	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key_bytes(key), nonce) != 1 ||
	    (aad_len > 0 && EVP_EncryptUpdate(ctx, NULL, &n, aad, (int)aad_len) != 1) ||
	    (len > 0 && EVP_EncryptUpdate(ctx, text, &n, p, (int)len) != 1) ||
	    EVP_EncryptFinal_ex(ctx, tag, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) != 1)
		return crypto_fail(ERR_INTERNAL, "AES-GCM");
	strbuf_add(out, sealed, sealed_len);
	return strbuf_check(out, "sealed text");
}

err_t crypto_open(const struct secret *key, const void *aad, size_t aad_len, const void *p, size_t len,
		  struct secret **out)
{
	TRY_(check_sizes(key, aad_len, len));
	if (len < NONCE_LEN + TAG_LEN)
		return err_new(ERR_DENIED, "sealed text is too short");
	const uint8_t *nonce = p, *text = nonce + NONCE_LEN;
	const size_t text_len = len - NONCE_LEN - TAG_LEN;
	uint8_t tag[TAG_LEN];
	CLEANUP(mem_freep) uint8_t *plain = mem_alloc(text_len);
	CLEANUP(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	memcpy(tag, text + text_len, TAG_LEN);
	const bool is_ready =
		ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key_bytes(key), nonce) == 1 &&
		(aad_len == 0 || EVP_DecryptUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1) &&
		(text_len == 0 || EVP_DecryptUpdate(ctx, plain, &n, text, (int)text_len) == 1) &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1;
	const bool is_genuine = is_ready && EVP_DecryptFinal_ex(ctx, plain + text_len, &n) == 1;
	if (is_genuine)
		*out = secret_from(plain, text_len);
	secret_wipe(plain, text_len);
	if (!is_ready)
		return crypto_fail(ERR_INTERNAL, "AES-GCM");
	return is_genuine ? NULL : crypto_fail(ERR_DENIED, "authentication of sealed text");
}
