#include "onepassword/fold.h"

#include <string.h>
#include <unicase.h>
#include <unistr.h>

#define DOTTED_I 0x130
#define DOTLESS_I 0x131
/* Bytes that are no UTF-8 stand behind all characters, each for itself. */
#define NO_CHARACTER 0x110000U
#define UTF8_MAX_LEN 4

static ucs4_t fold(ucs4_t c)
{
	return c == DOTTED_I || c == DOTLESS_I ? c : uc_tolower(uc_toupper(c));
}

/* The next character of *s, folded; steps over it. */
static ucs4_t fold_next(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	ucs4_t c;
	const int len = u8_mbtoucr(&c, p, strnlen(*s, UTF8_MAX_LEN));

	if (len < 0) {
		(*s)++;
		return NO_CHARACTER + *p;
	}
	*s += len;
	return fold(c);
}

bool fold_equal(const char *a, const char *b)
{
	while (*a && *b) {
		if (fold_next(&a) != fold_next(&b))
			return false;
	}
	return *a == *b;
}
