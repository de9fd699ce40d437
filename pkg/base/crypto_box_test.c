#include "base/crypto.h"
#include "base/hex_test.h"
#include "base/test.h"

#include <string.h>

static struct secret *key_from_hex(const char *hex)
{
	uint8_t bytes[CRYPTO_KEY_LEN];

	return secret_from(bytes, from_hex(hex, bytes));
}

/* RFC 7748 6.1. */
TEST(crypto_box, public_key_agrees_with_the_vector)
{
	CLEANUP(secret_freep)
	struct secret *bob = key_from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	uint8_t got[CRYPTO_PUBLIC_LEN], want[CRYPTO_PUBLIC_LEN];

	(void)from_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", want);
	CHECK_OK(crypto_box_public(bob, got));
	CHECK_INT(memcmp(got, want, sizeof(got)), 0);
}

/* Made by another implementation of the same scheme: what is stored must open for ever. */
TEST(crypto_box, opens_a_box_of_another_implementation)
{
	CLEANUP(secret_freep)
	struct secret *bob = key_from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	CLEANUP(secret_freep) struct secret *got = NULL;
	uint8_t box[128];
	const size_t len =
		from_hex("e7fe34cc788ec96d99514d2d2be9ab7866852bd2b6f66bc0bbb6734981565d7e"
			 "000102030405060708090a0bfbedad3d7995daab0edd04e201bedec44f7e3ea381ef6b48d9",
			 box);

	CHECK_OK(crypto_box_open(bob, "vault|gen 3", strlen("vault|gen 3"), box, len, &got));
	CHECK_STR(secret_bytes(got), "vault key");
}

TEST(crypto_box, any_changed_byte_is_noticed)
{
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();
	CLEANUP(secret_freep) struct secret *other = crypto_key_new();
	CLEANUP(secret_freep) struct secret *got = NULL;
	CLEANUP(strbuf_release) struct strbuf box;
	uint8_t public_key[CRYPTO_PUBLIC_LEN];

	strbuf_init(&box, 1000);
	CHECK_OK(crypto_box_public(private_key, public_key));
	CHECK_OK(crypto_box_seal(public_key, "aad", 3, "key", 3, &box));
	for (size_t i = 0; i < box.len; i++) {
		/* X25519 ignores the highest bit of a public key, our key derivation does not. */
		box.p[i] = (char)(box.p[i] ^ 0x80);
		CHECK_ERR(crypto_box_open(private_key, "aad", 3, box.p, box.len, &got), ERR_DENIED);
		box.p[i] = (char)(box.p[i] ^ 0x80);
	}
	for (size_t len = 0; len < box.len; len++)
		CHECK_ERR(crypto_box_open(private_key, "aad", 3, box.p, len, &got), ERR_DENIED);
	CHECK_ERR(crypto_box_open(private_key, "AAD", 3, box.p, box.len, &got), ERR_DENIED);
	CHECK_ERR(crypto_box_open(other, "aad", 3, box.p, box.len, &got), ERR_DENIED);
	CHECK(!got);
	CHECK_OK(crypto_box_open(private_key, "aad", 3, box.p, box.len, &got));
	CHECK_STR(secret_bytes(got), "key");
}

TEST(crypto_box, each_box_has_its_own_key)
{
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();
	CLEANUP(strbuf_release) struct strbuf a, b;
	uint8_t public_key[CRYPTO_PUBLIC_LEN];

	strbuf_init(&a, 1000);
	strbuf_init(&b, 1000);
	CHECK_OK(crypto_box_public(private_key, public_key));
	CHECK_OK(crypto_box_seal(public_key, NULL, 0, "key", 3, &a));
	CHECK_OK(crypto_box_seal(public_key, NULL, 0, "key", 3, &b));
	CHECK(memcmp(a.p, b.p, CRYPTO_PUBLIC_LEN) != 0);
}

/* With the public key zero everybody can compute the shared secret. */
TEST(crypto_box, refuses_weak_and_malformed_keys)
{
	const uint8_t zero[CRYPTO_PUBLIC_LEN] = {0};
	uint8_t box[100] = {0}, out[CRYPTO_PUBLIC_LEN];
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();
	CLEANUP(secret_freep) struct secret *short_key = secret_from_str("short");
	CLEANUP(secret_freep) struct secret *got = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed;

	strbuf_init(&sealed, 1000);
	CHECK_ERR(crypto_box_seal(zero, NULL, 0, "key", 3, &sealed), ERR_DENIED);
	CHECK_ERR(crypto_box_open(private_key, NULL, 0, box, sizeof(box), &got), ERR_DENIED);
	CHECK_ERR(crypto_box_public(short_key, out), ERR_INTERNAL);
	CHECK_ERR(crypto_box_open(short_key, NULL, 0, box, sizeof(box), &got), ERR_INTERNAL);
	CHECK_INT(sealed.len, 0);
	CHECK_INT(err_live(), 0);
}
