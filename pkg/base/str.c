#include "base/str.h"

#include <string.h>
#include <strings.h>

bool streq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_has_suffix(const char *s, const char *suffix)
{
	const size_t len = strlen(s), suffix_len = strlen(suffix);

	return suffix_len <= len && memcmp(s + len - suffix_len, suffix, suffix_len) == 0;
}

bool str_empty(const char *s)
{
	return !s || *s == '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	const bool negative = *s == '-';
	int64_t n = 0;

	if (negative)
		s++;
	if (!is_digit(*s))
		return false;
	for (; is_digit(*s); s++) {
		const int64_t digit = *s - '0';

		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, negative ? -digit : digit, &n))
			return false;
	}
	if (*s != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool str_to_bool(const char *s, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"1", true}, {"t", true}, {"true", true}, {"0", false}, {"f", false}, {"false", false}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasecmp(s, words[i].word) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}
