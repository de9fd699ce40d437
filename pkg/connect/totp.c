#include "connect/totp.h"

#include "base/mem.h"
#include "http/router.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define KEY_MAX 1024
#define URI "otpauth://totp/"
#define PERIOD_MAX 86400

void totp_release(struct totp *t)
{
	secret_free(t->key);
}

/* RFC 4648 base32 in any case, as people copy it: with blanks, dashes, and padding or without. */
static bool decode_base32(const char *text, struct secret *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	int n = 0;

	for (; *text; text++) {
		const char *at = strchr(alphabet, toupper((unsigned char)*text));
		uint8_t byte;

		if (*text == ' ' || *text == '-' || *text == '=')
			continue;
		if (!at)
			return false;
		bits = (bits << 5 | (uint32_t)(at - alphabet)) & 0xfffff;
		n += 5;
		if (n < 8)
			continue;
		n -= 8;
		byte = (uint8_t)(bits >> n);
		CLEANUP(err_freep) err_t e = secret_add(out, &byte, 1);
		if (e)
			return false;
	}
	return secret_len(out) > 0;
}

static bool parse_number(const char *query, const char *name, int64_t otherwise, int64_t max, int64_t *out)
{
	CLEANUP(mem_freep) char *text = router_query(query, name);

	*out = otherwise;
	return str_empty(text) || str_to_int(text, 1, max, out);
}

static bool parse_hash(const char *query, enum crypto_hash *out)
{
	static const char *const names[] = {
		[CRYPTO_SHA1] = "SHA1", [CRYPTO_SHA256] = "SHA256", [CRYPTO_SHA512] = "SHA512"};
	CLEANUP(mem_freep) char *text = router_query(query, "algorithm");

	*out = CRYPTO_SHA1;
	for (size_t i = 0; !str_empty(text) && i < ARRAY_LEN(names); i++) {
		*out = (enum crypto_hash)i;
		if (strcasecmp(text, names[i]) == 0)
			return true;
	}
	return str_empty(text);
}

static bool parse_uri(const char *uri, struct totp *t)
{
	const char *question = strchr(uri, '?');
	const char *query = question ? question + 1 : "";
	CLEANUP(mem_freep) char *secret = router_query(query, "secret");
	int64_t digits = 0;
	bool fine = secret && decode_base32(secret, t->key) && parse_hash(query, &t->hash) &&
		    parse_number(query, "digits", 6, 8, &digits) &&
		    parse_number(query, "period", 30, PERIOD_MAX, &t->period);

	if (secret)
		secret_wipe(secret, strlen(secret));
	t->digits = (int)digits;
	return fine && t->digits >= 6;
}

bool totp_parse(const struct secret *value, struct totp *out)
{
	CLEANUP(totp_release)
	struct totp t = {.key = secret_new(KEY_MAX), .hash = CRYPTO_SHA1, .digits = 6, .period = 30};
	const char *text = secret_bytes(value);

	if (secret_len(value) == 0 || strlen(text) != secret_len(value))
		return false;
	if (strncasecmp(text, URI, sizeof(URI) - 1) == 0 ? !parse_uri(text, &t) : !decode_base32(text, t.key))
		return false;
	*out = t;
	t.key = NULL;
	return true;
}

/* RFC 4226 5.3: four bytes of the HMAC of the counter, at a place that its last byte names. */
err_t totp_code(const struct totp *t, int64_t unix_s, char out[TOTP_CODE_SIZE])
{
	uint8_t counter[8], mac[CRYPTO_HMAC_MAX];
	uint64_t steps = (uint64_t)(unix_s / t->period);
	uint32_t number;
	size_t len = 0, at;

	for (size_t i = sizeof(counter); i-- > 0; steps >>= 8)
		counter[i] = (uint8_t)steps;
	TRY_(crypto_hmac(t->hash, t->key, counter, sizeof(counter), mac, &len));
	at = mac[len - 1] & 0x0f;
	number = ((uint32_t)(mac[at] & 0x7f) << 24) | ((uint32_t)mac[at + 1] << 16) |
		 ((uint32_t)mac[at + 2] << 8) | mac[at + 3];
	out[t->digits] = '\0';
	for (int i = t->digits; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	return NULL;
}
