#include "connect/strength.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define FRACTION 1000              /* counted in thousandths of a bit */
#define COMMON_COST (8 * FRACTION) /* one of some hundred words */
#define STEP_COST FRACTION

enum kind { KIND_DIGIT = 1, KIND_LOWER = 2, KIND_UPPER = 4, KIND_SYMBOL = 8, KIND_OTHER = 16 };

static const char *const common[] = {
	"password", "passw0rd", "p@ssword", "p@ssw0rd", "passwort", "qwerty",  "qwertz", "azerty",
	"letmein",  "welcome",  "changeme", "default",  "iloveyou", "dragon",  "monkey", "football",
	"baseball", "sunshine", "princess", "trustno1", "superman", "hunter2", "secret", "admin",
	"login",    "master",   "root",     "guest",    "test",     "toor",
};

static enum kind kind_of(unsigned char c)
{
	if (c >= 0x80)
		return KIND_OTHER;
	if (isdigit(c))
		return KIND_DIGIT;
	if (islower(c))
		return KIND_LOWER;
	return isupper(c) ? KIND_UPPER : KIND_SYMBOL;
}

/* The logarithm to base 2, from between two powers of it on a straight line: never too much. */
static int64_t log_of(int64_t n)
{
	int64_t bits = 0;

	while (n >> (bits + 1) > 0)
		bits++;
	return bits * FRACTION + (n - ((int64_t)1 << bits)) * FRACTION / ((int64_t)1 << bits);
}

static int64_t cost_of_one(const char *p, size_t len)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < len; i++)
		kinds |= kind_of((unsigned char)p[i]);
	return log_of((kinds & KIND_DIGIT ? 10 : 0) + (kinds & KIND_LOWER ? 26 : 0) +
		      (kinds & KIND_UPPER ? 26 : 0) + (kinds & KIND_SYMBOL ? 33 : 0) +
		      (kinds & KIND_OTHER ? 64 : 0) + (kinds == 0));
}

/* Bytes of the common word that it begins with. */
static size_t common_prefix(const char *p)
{
	for (size_t i = 0; i < ARRAY_LEN(common); i++) {
		const size_t len = strlen(common[i]);

		if (strncasecmp(p, common[i], len) == 0)
			return len;
	}
	return 0;
}

int64_t strength_bits(const struct secret *password)
{
	const char *p = secret_bytes(password);
	const size_t len = secret_len(password);
	const int64_t one = cost_of_one(p, len);
	const size_t known = common_prefix(p);
	int64_t total = known > 0 ? COMMON_COST : 0;

	for (size_t i = known; i < len; i++) {
		const int step = i > 0 ? p[i] - p[i - 1] : INT8_MAX;

		total += step >= -1 && step <= 1 && one > STEP_COST ? STEP_COST : one;
	}
	return total / FRACTION;
}

const char *strength_name(int64_t bits)
{
	static const struct {
		int64_t below;
		const char *name;
	} names[] = {
		{20, "TERRIBLE"},
		{30, "WEAK"},
		{40, "FAIR"},
		{60, "GOOD"},
		{80, "VERY_GOOD"},
		{100, "EXCELLENT"},
		{INT64_MAX, "FANTASTIC"},
	};
	size_t i = 0;

	while (bits >= names[i].below)
		i++;
	return names[i].name;
}
