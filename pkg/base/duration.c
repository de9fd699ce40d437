#include "base/str.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Nanoseconds of the unit at *s, 0 if there is none; moves *s past it. */
static int64_t parse_unit(const char **s)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {{"ns", 1},         {"us", 1000},    {"\u00b5s", 1000}, /* micro sign */
		     {"\u03bcs", 1000},                                     /* Greek mu */
		     {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};
	const size_t len = strcspn(*s, "0123456789.");

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strlen(units[i].name) == len && strncmp(*s, units[i].name, len) == 0) {
			*s += len;
			return units[i].ns;
		}
	}
	return 0;
}

/* One number with its unit, as in "1.5h". */
static bool parse_part(const char **s, int64_t *out_ns)
{
	int64_t whole = 0, fraction = 0, scale = 1;
	bool digits = false;

	for (; is_digit(**s); (*s)++, digits = true) {
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, **s - '0', &whole))
			return false;
	}
	if (**s == '.') {
		for ((*s)++; is_digit(**s); (*s)++, digits = true) {
			/* An hour has 13 digits of nanoseconds; what follows changes nothing. */
			if (scale < INT64_C(1000000000000000)) {
				fraction = fraction * 10 + (**s - '0');
				scale *= 10;
			}
		}
	}
	const int64_t unit = digits ? parse_unit(s) : 0;
	if (unit == 0 || __builtin_mul_overflow(whole, unit, &whole))
		return false;
	const __int128 fraction_ns = (__int128)fraction * unit / scale;
	return !__builtin_add_overflow(whole, (int64_t)fraction_ns, out_ns);
}

bool str_to_duration_ns(const char *s, int64_t *out)
{
	const bool negative = *s == '-';
	int64_t sum = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (streq(s, "0")) {
		*out = 0;
		return true;
	}
	if (*s == '\0')
		return false;
	while (*s != '\0') {
		int64_t part = 0;

		if (!parse_part(&s, &part) || __builtin_add_overflow(sum, part, &sum))
			return false;
	}
	*out = negative ? -sum : sum;
	return true;
}
