#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/secret.h"
#include "base/str.h"

/* All cryptography of the project, on OpenSSL's EVP. Keys are 32 random bytes in a struct secret. */

#define CRYPTO_KEY_LEN 32
#define CRYPTO_SHA256_LEN 32

void crypto_sha256(const void *p, size_t len, uint8_t out[CRYPTO_SHA256_LEN]);
struct secret *crypto_key_new(void);

/* HMAC (RFC 2104). SHA-1 is for one-time codes, which are defined with it. */
enum crypto_hash { CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_SHA512 };
#define CRYPTO_HMAC_MAX 64
err_t crypto_hmac(enum crypto_hash hash, const struct secret *key, const void *p, size_t len,
		  uint8_t out[CRYPTO_HMAC_MAX], size_t *out_len) NODISCARD;

/* HKDF-SHA256 (RFC 5869) without salt; info separates the uses of one key. */
err_t crypto_hkdf(const struct secret *key, const char *info, size_t len, struct secret **out) NODISCARD;

/* AES-256-GCM with a random 12-byte nonce: nonce || ciphertext || 16-byte tag. aad is authenticated, not
 * stored. open fails with ERR_DENIED when key, aad or bytes are not the ones of seal. */
err_t crypto_seal(const struct secret *key, const void *aad, size_t aad_len, const void *p, size_t len,
		  struct strbuf *out) NODISCARD;
err_t crypto_open(const struct secret *key, const void *aad, size_t aad_len, const void *p, size_t len,
		  struct secret **out) NODISCARD;

/* X25519 sealed box: anyone with the 32-byte public key seals, the private key's holder opens. An ephemeral
 * key pair, HKDF-SHA256 over (ephemeral public, recipient public), AES-256-GCM. */
#define CRYPTO_PUBLIC_LEN 32
err_t crypto_box_public(const struct secret *private_key, uint8_t out[CRYPTO_PUBLIC_LEN]) NODISCARD;
err_t crypto_box_seal(const uint8_t public_key[CRYPTO_PUBLIC_LEN], const void *aad, size_t aad_len,
		      const void *p, size_t len, struct strbuf *out) NODISCARD;
err_t crypto_box_open(const struct secret *private_key, const void *aad, size_t aad_len, const void *p,
		      size_t len, struct secret **out) NODISCARD;

/* ES256 (RFC 7518 3.4): P-256 keys as DER, signatures as the 64 bytes r || s. verify: ERR_DENIED on mismatch.
 */
#define CRYPTO_ES256_SIG_LEN 64
err_t crypto_es256_new(struct secret **out_private_der, struct strbuf *out_public_der) NODISCARD;
err_t crypto_es256_sign(const struct secret *private_der, const void *p, size_t len,
			uint8_t out[CRYPTO_ES256_SIG_LEN]) NODISCARD;
err_t crypto_es256_verify(const void *public_der, size_t der_len, const void *p, size_t len,
			  const uint8_t sig[CRYPTO_ES256_SIG_LEN]) NODISCARD;

/* A self-signed P-256 certificate for the given DNS names and addresses, valid for a year; PEM. */
err_t crypto_self_signed(const struct strv *hosts, struct secret **out_key_pem, struct strbuf *out_cert_pem)
	NODISCARD;

/* base64url without padding (RFC 7515). decode: ERR_INVALID on anything else. */
void crypto_base64url(const void *p, size_t len, struct strbuf *out);
err_t crypto_base64url_decode(const char *s, size_t len, struct secret *out) NODISCARD;

#endif
