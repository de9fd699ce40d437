#include "vault/passphrase.h"

#include "base/crypto.h"
#include "base/rand.h"
#include "base/str.h"

#include <argon2.h>

#define MEMORY_KIB 32768
#define PASSES 2
#define LANES 1

/* What a damaged record may ask for at most. */
#define MEMORY_KIB_MAX (1U << 20)
#define PASSES_MAX 64

struct passphrase_cost passphrase_cost_new(void)
{
	struct passphrase_cost cost = {.memory_kib = MEMORY_KIB, .passes = PASSES};

	rand_bytes(cost.salt, sizeof(cost.salt));
	return cost;
}

static size_t count_characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80; /* all but what continues a character */
	return n;
}

err_t passphrase_check(const char *text, size_t len)
{
	if (len > PASSPHRASE_BYTES_MAX || !str_is_utf8(text, len))
		return err_new(ERR_INVALID, "a passphrase has at most %d bytes of UTF-8",
			       PASSPHRASE_BYTES_MAX);
	if (count_characters(text, len) < PASSPHRASE_CHARACTERS_MIN)
		return err_new(ERR_INVALID, "a passphrase has at least %d characters",
			       PASSPHRASE_CHARACTERS_MIN);
	return NULL;
}

err_t passphrase_key(const char *text, size_t len, const struct passphrase_cost *cost, struct secret **out)
{
	uint8_t key[CRYPTO_KEY_LEN];

	if (cost->memory_kib == 0 || cost->memory_kib > MEMORY_KIB_MAX || cost->passes == 0 ||
	    cost->passes > PASSES_MAX)
		return err_new(ERR_PROTOCOL, "the cost of a passphrase is damaged");
	const int status = argon2id_hash_raw(cost->passes, cost->memory_kib, LANES, text, len, cost->salt,
					     sizeof(cost->salt), key, sizeof(key));
	if (status != ARGON2_OK)
		return err_new(status == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_UNAVAILABLE : ERR_INTERNAL,
			       "argon2: %s", argon2_error_message(status));
	*out = secret_from(key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return NULL;
}
