#include "yaml/scalar.h"
#include "base/str.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer rows of digits are strings. */
#define NUMBER_LEN_MAX 64
#define SPELLINGS_MAX 12

struct word {
	enum scalar_type type;
	const char *json;
	const char *spellings[SPELLINGS_MAX];
};

static const struct word words[] = {
	{SCALAR_NULL, "null", {"", "~", "null", "Null", "NULL"}},
	{SCALAR_BOOL, "true", {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}},
	{SCALAR_BOOL, "false", {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"}},
	{SCALAR_NOT_FINITE,
	 "",
	 {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"}},
	{SCALAR_NOT_FINITE, "", {".nan", ".NaN", ".NAN"}},
};

static const struct word *find_word(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		for (const char *const *s = words[i].spellings; *s; s++) {
			if (strlen(*s) == len && memcmp(*s, text, len) == 0)
				return &words[i];
		}
	}
	return NULL;
}

/* The digits alone; false for what cannot be a number. */
static bool copy_number(const char *text, size_t len, char out[NUMBER_LEN_MAX + 1])
{
	const bool may_have_underscores = *text != '.';
	size_t n = 0;

	if (!strchr("+-.0123456789", *text))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '_' && may_have_underscores)
			continue;
		if (n == NUMBER_LEN_MAX || text[i] == '\0')
			return false;
		out[n++] = text[i];
	}
	out[n] = '\0';
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : INT32_MAX;
}

/* The base that a prefix names, moved past it. */
static int take_base(const char **s)
{
	static const struct {
		const char letters[3];
		int base;
	} bases[] = {{"xX", 16}, {"oO", 8}, {"bB", 2}};

	if ((*s)[0] != '0' || (*s)[1] == '\0')
		return 10;
	for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
		if (strchr(bases[i].letters, (*s)[1])) {
			*s += 2;
			return bases[i].base;
		}
	}
	*s += 1;
	return 8;
}

static bool parse_int(const char *s, int64_t *out)
{
	const bool negative = *s == '-';
	int64_t n = 0;
	int base;

	if (*s == '-' || *s == '+')
		s++;
	base = take_base(&s);
	if (*s == '\0')
		return false;
	for (; *s; s++) {
		const int digit = digit_of(*s);

		if (digit >= base || __builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, negative ? -digit : digit, &n))
			return false;
	}
	*out = n;
	return true;
}

static const char *skip_digits(const char *s)
{
	return s + strspn(s, "0123456789");
}

/* Digits with at most one point and maybe an exponent: strtod alone would also take hex and names. */
static bool is_decimal(const char *s)
{
	const char *whole = s + (*s == '-' || *s == '+');
	const char *point = skip_digits(whole), *end = point;

	if (*point == '.')
		end = skip_digits(point + 1);
	if (end - whole == (*point == '.'))
		return false;
	if (*end == 'e' || *end == 'E') {
		const char *exponent = end + 1 + (end[1] == '-' || end[1] == '+');

		end = skip_digits(exponent);
		if (end == exponent)
			return false;
	}
	return *end == '\0';
}

enum scalar_type scalar_resolve(const char *text, size_t len, char json[SCALAR_JSON_SIZE])
{
	const struct word *word = find_word(text, len);
	char number[NUMBER_LEN_MAX + 1];
	int64_t whole;
	double real;

	if (word) {
		(void)snprintf(json, SCALAR_JSON_SIZE, "%s", word->json);
		return word->type;
	}
	if (!copy_number(text, len, number))
		return SCALAR_STR;
	if (parse_int(number, &whole)) {
		(void)snprintf(json, SCALAR_JSON_SIZE, "%" PRId64, whole);
		return SCALAR_INT;
	}
	if (!is_decimal(number))
		return SCALAR_STR;
	real = strtod(number, NULL);
	if (!isfinite(real))
		return SCALAR_STR;
	double_format(real, json);
	return SCALAR_FLOAT;
}
