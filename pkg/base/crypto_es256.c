#include "base/crypto.h"

#include "base/crypto_openssl.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <string.h>

#define NUMBER_LEN (CRYPTO_ES256_SIG_LEN / 2)
/* A sequence of two integers of at most 33 bytes each. */
#define DER_SIG_MAX 80

static void sig_freep(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

static bool is_p256(const EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 && streq(group, "prime256v1");
}

err_t crypto_es256_new(struct secret **out_private_der, struct strbuf *out_public_der)
{
	CLEANUP(crypto_pkey_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t *private_der = NULL, *public_der = NULL;
	const int private_len = key ? i2d_PrivateKey(key, &private_der) : -1;
	const int public_len = key ? i2d_PUBKEY(key, &public_der) : -1;
	err_t e = NULL;

	if (private_len > 0 && public_len > 0) {
		strbuf_add(out_public_der, public_der, (size_t)public_len);
		e = strbuf_check(out_public_der, "public key");
	} else {
		e = crypto_fail(ERR_INTERNAL, "P-256 key");
	}
	if (!e)
		*out_private_der = secret_from(private_der, (size_t)private_len);
	OPENSSL_clear_free(private_der, private_len > 0 ? (size_t)private_len : 0);
	OPENSSL_free(public_der);
	return e;
}

/* From the ASN.1 form of OpenSSL to r || s. */
static bool to_raw(const uint8_t *der, size_t len, uint8_t out[CRYPTO_ES256_SIG_LEN])
{
	CLEANUP(sig_freep) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	return sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, NUMBER_LEN) == NUMBER_LEN &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + NUMBER_LEN, NUMBER_LEN) == NUMBER_LEN;
}

static int to_der(const uint8_t raw[CRYPTO_ES256_SIG_LEN], uint8_t out[DER_SIG_MAX])
{
	CLEANUP(sig_freep) ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, NUMBER_LEN, NULL);
	BIGNUM *s = BN_bin2bn(raw + NUMBER_LEN, NUMBER_LEN, NULL);

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return -1;
	}
	return i2d_ECDSA_SIG(sig, &out);
}

err_t crypto_es256_sign(const struct secret *private_der, const void *p, size_t len,
			uint8_t out[CRYPTO_ES256_SIG_LEN])
{
	const uint8_t *der = (const uint8_t *)secret_bytes(private_der);
	CLEANUP(crypto_pkey_freep)
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)secret_len(private_der));
	CLEANUP(crypto_md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[DER_SIG_MAX];
	size_t signature_len = sizeof(signature);

	if (!key || !is_p256(key))
		return crypto_fail(ERR_INVALID, "parsing the P-256 private key");
	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, signature, &signature_len, p, len) != 1 ||
	    !to_raw(signature, signature_len, out))
		return crypto_fail(ERR_INTERNAL, "ES256 signing");
	return NULL;
}

err_t crypto_es256_verify(const void *public_der, size_t der_len, const void *p, size_t len,
			  const uint8_t sig[CRYPTO_ES256_SIG_LEN])
{
	const uint8_t *der = public_der;
	CLEANUP(crypto_pkey_freep) EVP_PKEY *key = d2i_PUBKEY(NULL, &der, (long)der_len);
	CLEANUP(crypto_md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[DER_SIG_MAX];
	const int signature_len = to_der(sig, signature);

	if (!key || !is_p256(key))
		return crypto_fail(ERR_INVALID, "parsing the P-256 public key");
	if (!ctx || signature_len <= 0 || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) != 1)
		return crypto_fail(ERR_INTERNAL, "ES256 verification");
	if (EVP_DigestVerify(ctx, signature, (size_t)signature_len, p, len) != 1)
		return crypto_fail(ERR_DENIED, "verification of the signature");
	return NULL;
}
