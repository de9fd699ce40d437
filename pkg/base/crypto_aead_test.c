#include "base/crypto.h"
#include "base/hex_test.h"
#include "base/test.h"

#include <string.h>

#define NONCE_LEN 12
#define TAG_LEN 16

/* Test case 16 of the GCM specification, in the layout of crypto_seal. */
TEST(crypto_aead, opens_a_published_vector)
{
	uint8_t bytes[128], aad[32], sealed[128];
	CLEANUP(secret_freep)
	struct secret *key = secret_from(
		bytes, from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", bytes));
	CLEANUP(secret_freep)
	struct secret *want = secret_from(
		bytes, from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
				"956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
				bytes));
	const size_t aad_len = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	const size_t len =
		from_hex("cafebabefacedbaddecaf888"
			 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590d"
			 "bb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
			 "76fc6ece0f4e1768cddf8853bb2d551b",
			 sealed);
	CLEANUP(secret_freep) struct secret *got = NULL;

	CHECK_OK(crypto_open(key, aad, aad_len, sealed, len, &got));
	CHECK(secret_eq(got, want));
}

TEST(crypto_aead, what_is_sealed_opens)
{
	static const size_t lengths[] = {0, 1, 15, 16, 17, 1000, 100000};
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	static char text[100000];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		for (size_t aad_len = 0; aad_len <= 20; aad_len += 20) {
			CLEANUP(strbuf_release) struct strbuf sealed;
			CLEANUP(secret_freep) struct secret *got = NULL;

			strbuf_init(&sealed, sizeof(text) + 100);
			strbuf_adds(&sealed, "v1:");
			CHECK_OK(
				crypto_seal(key, "vault-id|item-id|ver", aad_len, text, lengths[i], &sealed));
			CHECK_INT(sealed.len, 3 + NONCE_LEN + lengths[i] + TAG_LEN);
			CHECK_OK(crypto_open(key, "vault-id|item-id|ver", aad_len, sealed.p + 3,
					     sealed.len - 3, &got));
			CHECK_INT(secret_len(got), lengths[i]);
			CHECK_INT(memcmp(secret_bytes(got), text, lengths[i]), 0);
		}
	}
}

TEST(crypto_aead, any_changed_byte_is_noticed)
{
	static const char aad[] = "vault|item|3", text[] = "the sealed text";
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	CLEANUP(secret_freep) struct secret *other = crypto_key_new();
	CLEANUP(strbuf_release) struct strbuf sealed;
	CLEANUP(secret_freep) struct secret *got = NULL;
	char changed_aad[sizeof(aad)];

	strbuf_init(&sealed, 1000);
	CHECK_OK(crypto_seal(key, aad, strlen(aad), text, strlen(text), &sealed));
	/* Nonce, text and tag. */
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.p[i] ^= 1;
		CHECK_ERR(crypto_open(key, aad, strlen(aad), sealed.p, sealed.len, &got), ERR_DENIED);
		sealed.p[i] ^= 1;
	}
	for (size_t i = 0; i < strlen(aad); i++) {
		memcpy(changed_aad, aad, sizeof(aad));
		changed_aad[i] ^= 1;
		CHECK_ERR(crypto_open(key, changed_aad, strlen(aad), sealed.p, sealed.len, &got), ERR_DENIED);
	}
	for (size_t len = 0; len < sealed.len; len++)
		CHECK_ERR(crypto_open(key, aad, strlen(aad), sealed.p, len, &got), ERR_DENIED);
	CHECK_ERR(crypto_open(key, aad, 0, sealed.p, sealed.len, &got), ERR_DENIED);
	CHECK_ERR(crypto_open(other, aad, strlen(aad), sealed.p, sealed.len, &got), ERR_DENIED);
	CHECK(!got);
	CHECK_OK(crypto_open(key, aad, strlen(aad), sealed.p, sealed.len, &got));
	CHECK_STR(secret_bytes(got), text);
}

TEST(crypto_aead, the_same_text_never_looks_the_same)
{
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	CLEANUP(strbuf_release) struct strbuf a, b;

	strbuf_init(&a, 100);
	strbuf_init(&b, 100);
	CHECK_OK(crypto_seal(key, NULL, 0, "text", 4, &a));
	CHECK_OK(crypto_seal(key, NULL, 0, "text", 4, &b));
	CHECK(memcmp(a.p, b.p, NONCE_LEN) != 0);
	CHECK(memcmp(a.p + NONCE_LEN, b.p + NONCE_LEN, 4) != 0);
}

TEST(crypto_aead, refuses_wrong_keys_and_full_buffers)
{
	CLEANUP(secret_freep) struct secret *short_key = secret_from_str("too short");
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	CLEANUP(secret_freep) struct secret *got = NULL;
	CLEANUP(strbuf_release) struct strbuf small;
	char bytes[64] = "";

	strbuf_init(&small, 10);
	CHECK_ERR(crypto_seal(short_key, NULL, 0, "x", 1, &small), ERR_INTERNAL);
	CHECK_ERR(crypto_open(short_key, NULL, 0, bytes, sizeof(bytes), &got), ERR_INTERNAL);
	CHECK_ERR(crypto_seal(key, NULL, 0, "x", 1, &small), ERR_TOO_LARGE);
	CHECK_ERR(crypto_open(key, NULL, 0, bytes, SIZE_MAX, &got), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
}
