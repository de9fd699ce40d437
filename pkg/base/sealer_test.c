#include "base/sealer.h"

#include "base/crypto.h"
#include "base/test.h"

#include <string.h>

#define NAME "store|abc|7|title"
#define TEXT "a title that nobody may read"

static struct sealer *sealer_of(const struct secret *root)
{
	struct sealer *s = NULL;

	CHECK_OK(sealer_new(root, &s));
	return s;
}

TEST(sealer, opens_what_it_sealed_also_after_other_records)
{
	CLEANUP(secret_freep) struct secret *root = crypto_key_new();
	CLEANUP(sealer_freep) struct sealer *s = sealer_of(root);

	for (int i = 0; i < 3; i++) {
		CLEANUP(strbuf_release) struct strbuf a = {0}, b = {0};
		CLEANUP(secret_freep) struct secret *first = NULL;
		CLEANUP(secret_freep) struct secret *second = NULL;

		strbuf_init(&a, 1024);
		strbuf_init(&b, 1024);
		CHECK_OK(sealer_seal(s, NAME, TEXT, strlen(TEXT), &a));
		CHECK_OK(sealer_seal(s, "other", "", 0, &b));
		CHECK_INT(a.len, strlen(TEXT) + SEALER_OVERHEAD);
		CHECK_OK(sealer_open(s, NAME, a.p, a.len, &first));
		CHECK_OK(sealer_open(s, "other", b.p, b.len, &second));
		CHECK_STR(secret_bytes(first), TEXT);
		CHECK_INT(secret_len(second), 0);
	}
}

TEST(sealer, makes_the_bytes_that_hkdf_and_seal_make)
{
	CLEANUP(secret_freep) struct secret *root = crypto_key_new();
	CLEANUP(sealer_freep) struct sealer *s = sealer_of(root);
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(secret_freep) struct secret *back = NULL;
	CLEANUP(strbuf_release) struct strbuf mine = {0}, theirs = {0};

	strbuf_init(&mine, 1024);
	strbuf_init(&theirs, 1024);
	CHECK_OK(crypto_hkdf(root, NAME, CRYPTO_KEY_LEN, &key));
	CHECK_OK(sealer_seal(s, NAME, TEXT, strlen(TEXT), &mine));
	CHECK_OK(crypto_open(key, NAME, strlen(NAME), mine.p, mine.len, &plain));
	CHECK_STR(secret_bytes(plain), TEXT);
	CHECK_OK(crypto_seal(key, NAME, strlen(NAME), TEXT, strlen(TEXT), &theirs));
	CHECK_OK(sealer_open(s, NAME, theirs.p, theirs.len, &back));
	CHECK_STR(secret_bytes(back), TEXT);
}

TEST(sealer, refuses_every_changed_byte_another_name_and_another_root)
{
	CLEANUP(secret_freep) struct secret *root = crypto_key_new();
	CLEANUP(secret_freep) struct secret *other_root = crypto_key_new();
	CLEANUP(sealer_freep) struct sealer *s = sealer_of(root);
	CLEANUP(sealer_freep) struct sealer *other = sealer_of(other_root);
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	struct secret *out = NULL;

	strbuf_init(&sealed, 1024);
	CHECK_OK(sealer_seal(s, NAME, TEXT, strlen(TEXT), &sealed));
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.p[i] = (char)(sealed.p[i] ^ 1);
		CHECK_ERR(sealer_open(s, NAME, sealed.p, sealed.len, &out), ERR_DENIED);
		sealed.p[i] = (char)(sealed.p[i] ^ 1);
	}
	CHECK_ERR(sealer_open(s, NAME, sealed.p, sealed.len - 1, &out), ERR_DENIED);
	CHECK_ERR(sealer_open(s, NAME, sealed.p, 3, &out), ERR_DENIED);
	CHECK_ERR(sealer_open(s, NAME "x", sealed.p, sealed.len, &out), ERR_DENIED);
	CHECK_ERR(sealer_open(other, NAME, sealed.p, sealed.len, &out), ERR_DENIED);
	CHECK(!out);
}

TEST(sealer, refuses_a_root_of_another_length)
{
	CLEANUP(secret_freep) struct secret *root = secret_from("short", 5);
	struct sealer *s = NULL;

	CHECK_ERR(sealer_new(root, &s), ERR_INTERNAL);
	CHECK_INT(err_live(), 0);
}
