#include "onepassword/fold.h"

#include "base/str.h"

#include <string.h>

/* The next byte of *s, folded; steps over it. */
static char fold_next(const char **s)
{
	static const struct {
		const char *from;
		char to;
	} folds[] = {{"\xC5\xBF", 's'}, {"\xE2\x84\xAA", 'k'}}; /* U+017F, U+212A */

	for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
		if (str_has_prefix(*s, folds[i].from)) {
			*s += strlen(folds[i].from);
			return folds[i].to;
		}
	}
	const char c = *(*s)++;
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool fold_equal(const char *a, const char *b)
{
	while (*a && *b) {
		if (fold_next(&a) != fold_next(&b))
			return false;
	}
	return *a == *b;
}
