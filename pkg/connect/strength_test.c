#include "connect/strength.h"

#include "base/test.h"
#include "connect/recipe.h"

#include <string.h>

static int64_t bits_of(const char *text)
{
	CLEANUP(secret_freep) struct secret *password = secret_from_str(text);

	return strength_bits(password);
}

TEST(strength, names_grow_with_what_is_to_be_guessed)
{
	static const struct {
		const char *password, *name;
	} cases[] = {
		{"", "TERRIBLE"},
		{"1234", "TERRIBLE"},
		{"aaaaaaaaaaaaaaaa", "TERRIBLE"},
		{"abcdefghijklmnop", "TERRIBLE"},
		{"hunter2", "TERRIBLE"},
		{"Password1!", "WEAK"},
		{"kfqzmw", "WEAK"},
		{"kfqzmwr", "FAIR"},
		{"kfqzmwrxpv", "GOOD"},
		{"kFq9mwRxpv2", "VERY_GOOD"},
		{"kFq9mw-RxTv2fB", "EXCELLENT"},
		{"kFq9mw-RxTv2fBy*Lm8d", "FANTASTIC"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(strength_name(bits_of(cases[i].password)), cases[i].name);
}

TEST(strength, never_counts_more_than_the_alphabet_has)
{
	CHECK_INT(bits_of("1"), 3);               /* log2(10) = 3.32 */
	CHECK_INT(bits_of("k"), 4);               /* log2(26) = 4.70 */
	CHECK(bits_of("kfqzmwrxpv") <= 47);       /* 10 * log2(26) */
	CHECK(bits_of("\xc3\xa4\xc3\xb6") <= 24); /* two letters of two bytes */
}

TEST(strength, of_generated_values_is_the_best)
{
	struct recipe r = {0};

	CHECK_OK(recipe_parse(NULL, &r));
	for (size_t i = 0; i < 100; i++) {
		CLEANUP(secret_freep) struct secret *value = NULL;

		CHECK_OK(recipe_generate(&r, &value));
		CHECK_STR(strength_name(strength_bits(value)), "FANTASTIC");
	}
}
