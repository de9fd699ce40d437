#include "vault/keytext.h"

#include "base/crypto.h"

#include <string.h>

#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"
#define GROUP 4
#define PAPER_MAX 128

void keytext_write(struct jsonw *w, const char *name, const struct secret *key)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, PAPER_MAX);
	crypto_base64url(secret_bytes(key), secret_len(key), &text);
	jsonw_kstr(w, name, text.p);
	secret_wipe(text.p, text.len);
}

err_t keytext_parse(const char *text, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *key = secret_new(CRYPTO_KEY_LEN);
	CLEANUP(err_freep) err_t e = text ? crypto_base64url_decode(text, strlen(text), key) : NULL;

	if (e || secret_len(key) != CRYPTO_KEY_LEN)
		return err_new(ERR_INVALID, "not a key of %d bytes in base64url", CRYPTO_KEY_LEN);
	*out = TAKE(key);
	return NULL;
}

err_t keytext_format_paper(const struct secret *key, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(PAPER_MAX);
	const char *bytes = secret_bytes(key);
	const size_t n_bits = secret_len(key) * 8;
	size_t n = 0;

	for (size_t bit = 0; bit < n_bits; bit += 5) {
		unsigned int five = 0;

		for (size_t i = bit; i < bit + 5; i++) {
			const unsigned int byte = i < n_bits ? (uint8_t)bytes[i / 8] : 0;
			five = five << 1 | (byte >> (7 - i % 8) & 1U);
		}
		if (n > 0 && n % GROUP == 0)
			TRY_(secret_add(text, "-", 1));
		TRY_(secret_add(text, &BASE32[five], 1));
		n++;
	}
	*out = TAKE(text);
	return NULL;
}

/* 0 to 31, or -1. */
static int value_of(char c)
{
	const char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	const char *at = lower ? strchr(BASE32, lower) : NULL;

	return at ? (int)(at - BASE32) : -1;
}

err_t keytext_parse_paper(const char *text, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *key = secret_new(CRYPTO_KEY_LEN);
	CLEANUP(err_freep) err_t e = NULL;
	unsigned int bits = 0;
	int n_bits = 0;
	bool is_valid = true;

	for (const char *p = text; *p && is_valid && !e; p++) {
		if (strchr("- \t\r\n", *p))
			continue;
		const int value = value_of(*p);

		is_valid = value >= 0;
		bits = (bits << 5 | ((unsigned int)value & 31U)) & 0xfffU;
		n_bits += 5;
		if (is_valid && n_bits >= 8) {
			const char byte = (char)(bits >> (n_bits - 8) & 0xffU);

			n_bits -= 8;
			e = secret_add(key, &byte, 1);
		}
	}
	if (e || !is_valid || secret_len(key) != CRYPTO_KEY_LEN || (bits & ((1U << n_bits) - 1)) != 0)
		return err_new(ERR_INVALID, "not a recovery key: it has 52 letters a-z and digits 2-7");
	*out = TAKE(key);
	return NULL;
}

err_t keytext_format_pair(const char *id, const struct secret *key, struct secret **out)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, PAPER_MAX);
	strbuf_addf(&text, "%s.", id);
	crypto_base64url(secret_bytes(key), secret_len(key), &text);
	TRY_(strbuf_check(&text, "key"));
	*out = secret_from(text.p, text.len);
	secret_wipe(text.p, text.len);
	return NULL;
}

err_t keytext_parse_pair(const char *text, char out_id[OBJECT_ID_SIZE], struct secret **out)
{
	char id[OBJECT_ID_SIZE] = "";

	if (strlen(text) <= OBJECT_ID_LEN || text[OBJECT_ID_LEN] != '.')
		return err_new(ERR_INVALID, "is not written ID.SECRET");
	memcpy(id, text, OBJECT_ID_LEN);
	if (!object_id_is_valid(id))
		return err_new(ERR_INVALID, "is not written ID.SECRET");
	TRY_(keytext_parse(text + OBJECT_ID_SIZE, out));
	object_id_set(out_id, id);
	return NULL;
}
