#include "base/crypto.h"
#include "base/hex_test.h"
#include "base/test.h"

#include <openssl/ec.h>
#include <openssl/x509.h>
#include <string.h>

/* RFC 7515 A.3: the public key as a SubjectPublicKeyInfo, what is signed, and the signature. */
#define SPKI_HEAD "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define RFC_SIGNED                                                                                           \
	"eyJhbGciOiJFUzI1NiJ9."                                                                              \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"               \
	"Ijp0cnVlfQ"
#define RFC_SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

static struct secret *rfc_public_key(void)
{
	uint8_t head[64];
	const size_t len = from_hex(SPKI_HEAD, head);
	struct secret *der = secret_new(200);

	CHECK_OK(secret_add(der, head, len));
	CHECK_OK(crypto_base64url_decode(RFC_X, strlen(RFC_X), der));
	CHECK_OK(crypto_base64url_decode(RFC_Y, strlen(RFC_Y), der));
	return der;
}

static NODISCARD err_t verify(const struct secret *der, const char *text, const void *signature)
{
	return crypto_es256_verify(secret_bytes(der), secret_len(der), text, strlen(text), signature);
}

TEST(crypto_es256, verifies_the_example_of_rfc7515)
{
	CLEANUP(secret_freep) struct secret *der = rfc_public_key();
	CLEANUP(secret_freep) struct secret *signature = secret_new(CRYPTO_ES256_SIG_LEN);

	CHECK_OK(crypto_base64url_decode(RFC_SIGNATURE, strlen(RFC_SIGNATURE), signature));
	CHECK_INT(secret_len(signature), CRYPTO_ES256_SIG_LEN);
	CHECK_OK(verify(der, RFC_SIGNED, secret_bytes(signature)));
	CHECK_ERR(verify(der, RFC_SIGNED "x", secret_bytes(signature)), ERR_DENIED);
}

TEST(crypto_es256, what_is_signed_verifies_and_nothing_else)
{
	CLEANUP(secret_freep) struct secret *private_der = NULL, *other_private = NULL;
	CLEANUP(strbuf_release) struct strbuf public_der, other_public;
	uint8_t signature[CRYPTO_ES256_SIG_LEN];

	strbuf_init(&public_der, 200);
	strbuf_init(&other_public, 200);
	CHECK_OK(crypto_es256_new(&private_der, &public_der));
	CHECK_OK(crypto_es256_new(&other_private, &other_public));
	/* Often enough for numbers with leading zeros, which must be padded. */
	for (int i = 0; i < 500; i++) {
		CHECK_OK(crypto_es256_sign(private_der, &i, sizeof(i), signature));
		CHECK_OK(crypto_es256_verify(public_der.p, public_der.len, &i, sizeof(i), signature));
	}
	CHECK_OK(crypto_es256_sign(private_der, "text", 4, signature));
	CHECK_ERR(crypto_es256_verify(other_public.p, other_public.len, "text", 4, signature), ERR_DENIED);
	for (size_t i = 0; i < sizeof(signature); i++) {
		signature[i] ^= 1;
		CHECK_ERR(crypto_es256_verify(public_der.p, public_der.len, "text", 4, signature),
			  ERR_DENIED);
		signature[i] ^= 1;
	}
	memset(signature, 0, sizeof(signature));
	CHECK_ERR(crypto_es256_verify(public_der.p, public_der.len, "text", 4, signature), ERR_DENIED);
	memset(signature, 0xff, sizeof(signature));
	CHECK_ERR(crypto_es256_verify(public_der.p, public_der.len, "text", 4, signature), ERR_DENIED);
}

static void check_refused(EVP_PKEY *key)
{
	uint8_t signature[CRYPTO_ES256_SIG_LEN] = {0}, *public_der = NULL, *private_der = NULL;
	const int public_len = i2d_PUBKEY(key, &public_der), private_len = i2d_PrivateKey(key, &private_der);

	CHECK(public_len > 0 && private_len > 0);
	CLEANUP(secret_freep) struct secret *der = secret_from(private_der, (size_t)private_len);
	CHECK_ERR(crypto_es256_verify(public_der, (size_t)public_len, "x", 1, signature), ERR_INVALID);
	CHECK_ERR(crypto_es256_sign(der, "x", 1, signature), ERR_INVALID);
	OPENSSL_free(public_der);
	OPENSSL_free(private_der);
	EVP_PKEY_free(key);
}

TEST(crypto_es256, refuses_keys_of_other_kinds)
{
	CLEANUP(secret_freep) struct secret *garbage = secret_from_str("not a key");
	uint8_t signature[CRYPTO_ES256_SIG_LEN] = {0};

	check_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	check_refused(EVP_EC_gen("P-384"));
	check_refused(EVP_EC_gen("secp256k1"));
	CHECK_ERR(crypto_es256_verify("not a key", 9, "x", 1, signature), ERR_INVALID);
	CHECK_ERR(crypto_es256_verify(NULL, 0, "x", 1, signature), ERR_INVALID);
	CHECK_ERR(crypto_es256_sign(garbage, "x", 1, signature), ERR_INVALID);
}

TEST(crypto_es256, keeps_to_the_ceiling)
{
	CLEANUP(secret_freep) struct secret *private_der = NULL;
	CLEANUP(strbuf_release) struct strbuf small;

	strbuf_init(&small, 10);
	CHECK_ERR(crypto_es256_new(&private_der, &small), ERR_TOO_LARGE);
	CHECK(!private_der);
	CHECK_INT(err_live(), 0);
}
