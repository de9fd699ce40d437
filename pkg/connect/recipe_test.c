#include "connect/recipe.h"

#include "base/test.h"

#include <string.h>

static struct secret *generate(const char *json)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	struct recipe r = {0};
	struct secret *out = NULL;

	if (json)
		CHECK_OK(jsonx_parse(json, strlen(json), &doc));
	CHECK_OK(recipe_parse(doc, &r));
	CHECK_OK(recipe_generate(&r, &out));
	return out;
}

TEST(recipe, by_default_gives_32_characters_of_all_sets)
{
	CLEANUP(secret_freep) struct secret *a = generate(NULL);
	CLEANUP(secret_freep) struct secret *b = generate("{}");

	CHECK_INT(secret_len(a), 32);
	CHECK(strpbrk(secret_bytes(a), "0123456789"));
	CHECK(strpbrk(secret_bytes(a), "!#%)*+,-.:=>?@]^_}~"));
	CHECK_INT(secret_len(b), 32);
	CHECK(!secret_eq(a, b));
}

TEST(recipe, keeps_to_length_sets_and_exclusions)
{
	static const struct {
		const char *json, *allowed;
		size_t length;
	} cases[] = {
		{"{\"length\":1,\"characterSets\":[\"DIGITS\"]}", "0123456789", 1},
		{"{\"length\":64,\"characterSets\":[\"digits\"],\"excludeCharacters\":\"0123456\"}", "789",
		 64},
		{"{\"length\":5,\"characterSets\":[\"DIGITS\",\"DIGITS\"]}", "0123456789", 5},
		{"{\"length\":20,\"characterSets\":[\"LETTERS\"],\"excludeCharacters\":"
		 "\"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx\"}",
		 "yz", 20},
		{"{\"length\":2,\"characterSets\":[]}",
		 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%)*+,-.:=>?@]^_}~", 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(secret_freep) struct secret *out = generate(cases[i].json);

		CHECK_INT(secret_len(out), cases[i].length);
		CHECK_INT(strspn(secret_bytes(out), cases[i].allowed), cases[i].length);
	}
}

TEST(recipe, has_every_set_when_there_is_room)
{
	for (int i = 0; i < 200; i++) {
		CLEANUP(secret_freep)
		struct secret *out =
			generate("{\"length\":3,\"characterSets\":[\"LETTERS\",\"DIGITS\",\"SYMBOLS\"]}");

		CHECK(strpbrk(secret_bytes(out), "0123456789"));
		CHECK(strpbrk(secret_bytes(out), "!#%)*+,-.:=>?@]^_}~"));
		CHECK(strpbrk(secret_bytes(out), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"));
	}
}

/* Chi square of 10 digits over 64,000 draws: over 33.7 happens once in 10,000 runs of a fair generator; 60
 * never. */
TEST(recipe, is_unbiased)
{
	double counts[10] = {0}, sum = 0;
	const double expected = 6400;

	for (int i = 0; i < 1000; i++) {
		CLEANUP(secret_freep)
		struct secret *out = generate("{\"length\":64,\"characterSets\":[\"DIGITS\"]}");

		for (size_t k = 0; k < 64; k++)
			counts[secret_bytes(out)[k] - '0']++;
	}
	for (size_t d = 0; d < 10; d++)
		sum += (counts[d] - expected) * (counts[d] - expected) / expected;
	CHECK_MSG(sum < 60, "chi square %f", sum);
}

TEST(recipe, that_is_wrong_says_so)
{
	static const char *const cases[] = {
		"[]",
		"{\"length\":0}",
		"{\"length\":65}",
		"{\"length\":\"8\"}",
		"{\"length\":1.5}",
		"{\"characterSets\":\"DIGITS\"}",
		"{\"characterSets\":[\"EMOJI\"]}",
		"{\"characterSets\":[7]}",
		"{\"excludeCharacters\":7}",
	};
	struct recipe r;
	struct secret *out = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

		CHECK_OK(jsonx_parse(cases[i], strlen(cases[i]), &doc));
		err_t e = recipe_parse(doc, &r);
		CHECK_MSG(err_is(e, ERR_INVALID), "%s", cases[i]);
		err_free(e);
	}
	r = (struct recipe){.length = 8, .sets = RECIPE_DIGITS, .exclude = "0123456789"};
	CHECK_ERR(recipe_generate(&r, &out), ERR_INVALID);
	CHECK_INT(err_live(), 0);
}
