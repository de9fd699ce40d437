#include "base/crypto_sshkey.h"

#include "base/crypto_openssl.h"
#include "base/str.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

/* PROTOCOL.key of OpenSSH: a magic, "none" for cipher and key derivation, the public key, and the private one
 * between two equal numbers and a padding of 1, 2, 3… */
#define MAGIC "openssh-key-v1"
#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"
#define LINE 70
#define BLOCK 8
#define PEM_MAX 65536
#define NUMBER_MAX 4096
#define ED25519_LEN 32

static void bio_freep(BIO **b)
{
	BIO_free(*b);
}

static void bn_freep(BIGNUM **n)
{
	BN_clear_free(*n);
}

static NODISCARD err_t add_u32(struct secret *out, size_t v)
{
	const uint8_t bytes[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	return secret_add(out, bytes, sizeof(bytes));
}

static NODISCARD err_t add_string(struct secret *out, const void *p, size_t len)
{
	TRY_(add_u32(out, len));
	return secret_add(out, p, len);
}

static NODISCARD err_t add_text(struct secret *out, const char *s)
{
	return add_string(out, s, strlen(s));
}

/* A number of the key, as ssh has them: with a zero before a first byte that would make it negative. */
static NODISCARD err_t add_number(struct secret *out, EVP_PKEY *key, const char *name)
{
	CLEANUP(bn_freep) BIGNUM *n = NULL;
	uint8_t bytes[NUMBER_MAX + 1] = {0};
	int len;
	err_t e;

	if (EVP_PKEY_get_bn_param(key, name, &n) != 1 || BN_num_bytes(n) > NUMBER_MAX)
		return crypto_fail(ERR_INVALID, "reading the private key");
	len = BN_bn2bin(n, bytes + 1);
	if (len > 0 && bytes[1] & 0x80)
		e = add_string(out, bytes, (size_t)len + 1);
	else
		e = add_string(out, bytes + 1, (size_t)len);
	secret_wipe(bytes, sizeof(bytes));
	return e;
}

/* --- the two kinds of key --- */

static NODISCARD err_t write_rsa(EVP_PKEY *key, struct secret *public, struct secret *private)
{
	static const char *const of_public[] = {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N};
	static const char *const of_private[] = {
		OSSL_PKEY_PARAM_RSA_N,       OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D,       OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2};

	TRY_(add_text(public, "ssh-rsa"));
	for (size_t i = 0; i < ARRAY_LEN(of_public); i++)
		TRY_(add_number(public, key, of_public[i]));
	TRY_(add_text(private, "ssh-rsa"));
	for (size_t i = 0; i < ARRAY_LEN(of_private); i++)
		TRY_(add_number(private, key, of_private[i]));
	return NULL;
}

static NODISCARD err_t write_ed25519(EVP_PKEY *key, struct secret *public, struct secret *private)
{
	uint8_t pair[2 * ED25519_LEN];
	size_t seed_len = ED25519_LEN, public_len = ED25519_LEN;
	err_t e = NULL;

	if (EVP_PKEY_get_raw_private_key(key, pair, &seed_len) != 1 ||
	    EVP_PKEY_get_raw_public_key(key, pair + ED25519_LEN, &public_len) != 1)
		return crypto_fail(ERR_INVALID, "reading the private key");
	TRY_(add_text(public, "ssh-ed25519"));
	TRY_(add_string(public, pair + ED25519_LEN, ED25519_LEN));
	TRY_(secret_add(private, secret_bytes(public), secret_len(public)));
	e = add_string(private, pair, sizeof(pair));
	secret_wipe(pair, sizeof(pair));
	return e;
}

/* --- the envelope --- */

/* The two numbers only tell whether it was decrypted rightly: any will do, here the key's last bytes. */
static NODISCARD err_t write_private(const struct secret *public, const struct secret *key,
				     struct secret *out)
{
	const char *number = secret_bytes(public) + secret_len(public) - 4;

	TRY_(secret_add(out, number, 4));
	TRY_(secret_add(out, number, 4));
	TRY_(secret_add(out, secret_bytes(key), secret_len(key)));
	TRY_(add_text(out, ""));
	for (uint8_t pad = 1; secret_len(out) % BLOCK != 0; pad++)
		TRY_(secret_add(out, &pad, 1));
	return NULL;
}

static NODISCARD err_t write_envelope(const struct secret *public, const struct secret *private,
				      struct secret *out)
{
	TRY_(secret_add(out, MAGIC, sizeof(MAGIC)));
	TRY_(add_text(out, "none"));
	TRY_(add_text(out, "none"));
	TRY_(add_text(out, ""));
	TRY_(add_u32(out, 1));
	TRY_(add_string(out, secret_bytes(public), secret_len(public)));
	return add_string(out, secret_bytes(private), secret_len(private));
}

static NODISCARD err_t write_pem(const struct secret *envelope, struct secret *out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(PEM_MAX);

	TRY_(secret_add_base64(text, secret_bytes(envelope), secret_len(envelope)));
	TRY_(secret_add(out, BEGIN, sizeof(BEGIN) - 1));
	for (size_t at = 0; at < secret_len(text); at += LINE) {
		const size_t left = secret_len(text) - at;

		TRY_(secret_add(out, secret_bytes(text) + at, left < LINE ? left : LINE));
		TRY_(secret_add(out, "\n", 1));
	}
	return secret_add(out, END, sizeof(END) - 1);
}

static NODISCARD err_t convert(EVP_PKEY *key, struct secret *out)
{
	CLEANUP(secret_freep) struct secret *public = secret_new(PEM_MAX);
	CLEANUP(secret_freep) struct secret *fields = secret_new(PEM_MAX);
	CLEANUP(secret_freep) struct secret *private = secret_new(PEM_MAX);
	CLEANUP(secret_freep) struct secret *envelope = secret_new(PEM_MAX);

	if (EVP_PKEY_is_a(key, "RSA"))
		TRY_(write_rsa(key, public, fields));
	else if (EVP_PKEY_is_a(key, "ED25519"))
		TRY_(write_ed25519(key, public, fields));
	else
		return err_new(ERR_INVALID, "the private key is neither Ed25519 nor RSA");
	TRY_(write_private(public, fields, private));
	TRY_(write_envelope(public, private, envelope));
	return write_pem(envelope, out);
}

/* Nobody is asked for a passphrase. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's signature */
static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

err_t crypto_sshkey_openssh(const char *pem, size_t len, struct secret *out)
{
	CLEANUP(bio_freep) BIO *bio = NULL;
	CLEANUP(crypto_pkey_freep) EVP_PKEY *key = NULL;

	if (len >= sizeof(BEGIN) - 1 && memcmp(pem, BEGIN, sizeof(BEGIN) - 1) == 0)
		return secret_add(out, pem, len);
	if (len > PEM_MAX)
		return err_new(ERR_INVALID, "a private key has at most %d bytes", PEM_MAX);
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (!key)
		return crypto_fail(ERR_INVALID, "reading it as a private key in PEM without a passphrase");
	return convert(key, out);
}
