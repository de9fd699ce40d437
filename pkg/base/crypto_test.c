#include "base/crypto.h"
#include "base/hex_test.h"
#include "base/test.h"

#include <string.h>

TEST(crypto, sha256)
{
	uint8_t got[CRYPTO_SHA256_LEN], want[CRYPTO_SHA256_LEN];

	(void)from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want);
	crypto_sha256("abc", 3, got);
	CHECK_INT(memcmp(got, want, sizeof(got)), 0);
	(void)from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", want);
	crypto_sha256("", 0, got);
	CHECK_INT(memcmp(got, want, sizeof(got)), 0);
}

TEST(crypto, new_keys_differ)
{
	CLEANUP(secret_freep) struct secret *a = crypto_key_new();
	CLEANUP(secret_freep) struct secret *b = crypto_key_new();

	CHECK_INT(secret_len(a), CRYPTO_KEY_LEN);
	CHECK(!secret_eq(a, b));
}

/* RFC 5869 A.3, and one vector with info that another implementation computed. */
TEST(crypto, hkdf_agrees_with_vectors)
{
	static const struct {
		const char *key, *info, *want;
	} cases[] = {
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "",
		 "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "vault|item|7|title",
		 "e69bce1eb3fe4f7f97de31e02e7dc4700e98bdacf51c87530819c1d85a77f397"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t bytes[64];
		CLEANUP(secret_freep) struct secret *key = secret_from(bytes, from_hex(cases[i].key, bytes));
		CLEANUP(secret_freep)
		struct secret *want = secret_from(bytes, from_hex(cases[i].want, bytes));
		CLEANUP(secret_freep) struct secret *got = NULL;

		CHECK_OK(crypto_hkdf(key, cases[i].info, secret_len(want), &got));
		CHECK(secret_eq(got, want));
	}
}

TEST(crypto, hkdf_separates_uses)
{
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	CLEANUP(secret_freep) struct secret *a = NULL, *b = NULL, *c = NULL;

	CHECK_OK(crypto_hkdf(key, "a", 32, &a));
	CHECK_OK(crypto_hkdf(key, "b", 32, &b));
	CHECK(!secret_eq(a, b));
	CHECK_ERR(crypto_hkdf(key, "a", 0, &c), ERR_INTERNAL);
	CHECK_ERR(crypto_hkdf(key, "a", 100000, &c), ERR_INTERNAL);
	CHECK(!c);
	CHECK_INT(err_live(), 0);
}
