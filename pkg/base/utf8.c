#include "base/utf8.h"

#include "base/str.h"

#include <string.h>

/* The form that a first byte announces; the smallest code point tells overlong forms. */
static size_t form_of(uint8_t first, uint32_t *bits, uint32_t *smallest)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t smallest;
	} forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if ((first & forms[i].mask) == forms[i].lead) {
			*bits = (uint32_t)first & (uint8_t)~forms[i].mask;
			*smallest = forms[i].smallest;
			return i + 1;
		}
	}
	return 0;
}

size_t utf8_decode(const char *p, size_t len, uint32_t *out_code)
{
	uint32_t code = 0, smallest = 0;
	const size_t n = len > 0 ? form_of((uint8_t)p[0], &code, &smallest) : 0;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		const uint8_t byte = (uint8_t)p[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte & 0x3f);
	}
	if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*out_code = code;
	return n;
}

bool utf8_is_control(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c},
		{0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

size_t utf8_cut(const char *p, size_t len, size_t max)
{
	if (len <= max)
		return len;
	/* A character has at most three bytes after its first one; more of them is no UTF-8 and cut anywhere.
	 */
	for (size_t back = 0; back <= 3 && back <= max; back++) {
		if (((uint8_t)p[max - back] & 0xc0) != 0x80)
			return max - back;
	}
	return max;
}

bool str_is_utf8(const char *p, size_t len)
{
	uint32_t code = 0;

	for (size_t i = 0; i < len;) {
		const size_t n = utf8_decode(p + i, len - i, &code);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

void str_add_printable(struct strbuf *out, const char *s, size_t max)
{
	const size_t len = s ? strlen(s) : 0;
	uint32_t code = 0;

	for (size_t i = 0, added = 0; i < len;) {
		const size_t n = utf8_decode(s + i, len - i, &code);
		const bool shown = n > 0 && !utf8_is_control(code);
		const size_t width = shown ? n : 1;

		if (added + width > max)
			return;
		strbuf_add(out, shown ? s + i : "?", width);
		added += width;
		i += n > 0 ? n : 1;
	}
}
