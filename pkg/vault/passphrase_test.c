#include "vault/passphrase.h"

#include "base/test.h"

#include <string.h>

static err_t check(const char *text)
{
	return passphrase_check(text, strlen(text));
}

static void check_refused(const char *text, const char *why)
{
	CLEANUP(err_freep) err_t e = check(text);

	CHECK(err_is(e, ERR_INVALID));
	CHECK_MSG(strstr(err_text(e), why), "%s", err_text(e));
}

TEST(passphrase, has_15_characters_of_any_kind_or_more)
{
	char long_text[PASSPHRASE_BYTES_MAX + 2];

	CHECK_OK(check("correct horse battery"));
	CHECK_OK(check("               "));
	CHECK_OK(check("äöüäöüäöüäöüäöü"));
	check_refused("äöüäöüäöü14byt", "at least 15 characters");
	check_refused("\xff\xfe and more than fifteen", "UTF-8");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	check_refused(long_text, "at most 1024 bytes");
}

/* As OpenSSL's argon2id has it, which this program does not use. */
TEST(passphrase, its_key_is_what_argon2id_gives)
{
	static const uint8_t want[] = {0xca, 0xb7, 0x46, 0xb4, 0x62, 0x19, 0x93, 0xfd, 0xc9, 0x1e, 0xc5,
				       0x07, 0x87, 0x98, 0x0b, 0x41, 0x4a, 0x90, 0xa6, 0x92, 0xf0, 0xbc,
				       0x68, 0xdf, 0xe1, 0x9f, 0x9c, 0x25, 0xb3, 0xcb, 0xa9, 0xec};
	struct passphrase_cost cost = {.memory_kib = 256, .passes = 2};
	CLEANUP(secret_freep) struct secret *key = NULL;

	memcpy(cost.salt, "somesaltsomesalt", sizeof(cost.salt));
	CHECK_OK(passphrase_key("password", 8, &cost, &key));
	CHECK_INT(secret_len(key), sizeof(want));
	CHECK(memcmp(secret_bytes(key), want, sizeof(want)) == 0);
}

TEST(passphrase, costs_what_owasp_asks_for_and_has_a_salt_of_its_own)
{
	const struct passphrase_cost a = passphrase_cost_new(), b = passphrase_cost_new();

	CHECK(a.memory_kib >= 19456 && a.passes >= 2);
	CHECK(memcmp(a.salt, b.salt, sizeof(a.salt)) != 0);
}

TEST(passphrase, a_damaged_cost_takes_neither_memory_nor_time)
{
	static const struct passphrase_cost costs[] = {
		{.memory_kib = UINT32_MAX, .passes = 1},
		{.memory_kib = 64, .passes = UINT32_MAX},
		{.memory_kib = 0, .passes = 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(costs); i++) {
		struct secret *key = NULL;
		CLEANUP(err_freep) err_t e = passphrase_key("password", 8, &costs[i], &key);

		CHECK(err_is(e, ERR_PROTOCOL));
	}
}
