#include "base/crypto.h"
#include "base/mem.h"

#include <string.h>

/* Both alphabets of RFC 4648. The standard one is padded here, the one for URLs is not. */
enum form { STANDARD, URL };

static char digit_of(enum form form, uint32_t value)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	if (value < 62)
		return digits[value];
	if (value == 62)
		return form == URL ? '-' : '+';
	return form == URL ? '_' : '/';
}

static int value_of(enum form form, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == digit_of(form, 62))
		return 62;
	return c == digit_of(form, 63) ? 63 : -1;
}

/* Up to three bytes to four digits, padding included; how many are meant without padding. */
static size_t encode_group(enum form form, const uint8_t *p, size_t len, char out[4])
{
	const uint32_t bits =
		(uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) | (len > 2 ? p[2] : 0);

	for (size_t i = 0; i < 4; i++)
		out[i] = i <= len ? digit_of(form, bits >> (18 - 6 * i) & 63) : '=';
	return form == URL ? len + 1 : 4;
}

/* Two to four digits without padding to one to three bytes; false for foreign digits, or when bits are left
 * over, so that each byte string has one encoding. */
static bool decode_group(enum form form, const char *p, size_t len, uint8_t out[3])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const int value = i < len ? value_of(form, p[i]) : 0;

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	return len == 4 || (bits & (len == 3 ? 0xff : 0xffff)) == 0;
}

/* out has room for len / 4 * 3 + 3 bytes. */
static bool decode(enum form form, const char *p, size_t len, uint8_t *out, size_t *out_len)
{
	size_t n = 0;

	if (form == STANDARD && len % 4 != 0)
		return false;
	if (form == STANDARD && len > 0 && p[len - 1] == '=')
		len -= p[len - 2] == '=' ? 2 : 1;
	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		const size_t digits = len - i < 4 ? len - i : 4;

		if (!decode_group(form, p + i, digits, out + n))
			return false;
		n += digits - 1;
	}
	*out_len = n;
	return true;
}

static NODISCARD err_t add_decoded(enum form form, struct secret *out, const char *p, size_t len)
{
	const size_t size = len / 4 * 3 + 3;
	CLEANUP(mem_freep) uint8_t *bytes = mem_alloc(size);
	size_t n = 0;
	err_t e = NULL;

	if (decode(form, p, len, bytes, &n))
		e = secret_add(out, bytes, n);
	else
		e = err_new(ERR_INVALID, "not %s", form == URL ? "base64url" : "base64");
	secret_wipe(bytes, size);
	return e;
}

err_t secret_add_base64(struct secret *out, const void *p, size_t len)
{
	const uint8_t *bytes = p;
	char group[4];
	err_t e = NULL;

	for (size_t i = 0; i < len && !e; i += 3) {
		const size_t n = encode_group(STANDARD, bytes + i, len - i < 3 ? len - i : 3, group);

		e = secret_add(out, group, n);
	}
	secret_wipe(group, sizeof(group));
	return e;
}

err_t secret_add_base64_decoded(struct secret *out, const char *p, size_t len)
{
	return add_decoded(STANDARD, out, p, len);
}

void crypto_base64url(const void *p, size_t len, struct strbuf *out)
{
	const uint8_t *bytes = p;
	char group[4];

	for (size_t i = 0; i < len; i += 3) {
		const size_t n = encode_group(URL, bytes + i, len - i < 3 ? len - i : 3, group);

		strbuf_add(out, group, n);
	}
}

err_t crypto_base64url_decode(const char *s, size_t len, struct secret *out)
{
	return add_decoded(URL, out, s, len);
}
