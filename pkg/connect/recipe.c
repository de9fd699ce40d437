#include "connect/recipe.h"

#include "base/rand.h"

#include <string.h>
#include <strings.h>

/* Symbols that need no escape in JSON, URLs' user part aside, and that all keyboards have. */
static const struct {
	enum recipe_set set;
	const char *name, *characters;
} sets[] = {
	{RECIPE_LETTERS, "LETTERS", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
	{RECIPE_DIGITS, "DIGITS", "0123456789"},
	{RECIPE_SYMBOLS, "SYMBOLS", "!#%)*+,-.:=>?@]^_}~"},
};

#define ALPHABET_MAX 128

static NODISCARD err_t parse_sets(const struct jsonx *json, unsigned int *out)
{
	unsigned int found = 0;

	for (size_t i = 0; i < jsonx_len(json); i++) {
		const char *name = jsonx_str(jsonx_at(json, i));
		unsigned int one = 0;

		for (size_t k = 0; name && k < ARRAY_LEN(sets); k++)
			one |= strcasecmp(name, sets[k].name) == 0 ? sets[k].set : 0;
		if (!one)
			return err_new(ERR_INVALID, "recipe.characterSets has LETTERS, DIGITS, SYMBOLS");
		found |= one;
	}
	if (found)
		*out = found;
	return NULL;
}

err_t recipe_parse(const struct jsonx *json, struct recipe *out)
{
	struct recipe r = {.length = RECIPE_LENGTH_DEFAULT,
			   .sets = RECIPE_LETTERS | RECIPE_DIGITS | RECIPE_SYMBOLS,
			   .exclude = ""};
	const struct jsonx *length = jsonx_get(json, "length"), *names = jsonx_get(json, "characterSets");
	const struct jsonx *exclude = jsonx_get(json, "excludeCharacters");
	int64_t n = 0;

	if (json && jsonx_type(json) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "recipe is not an object");
	if (length) {
		if (!jsonx_int(length, &n) || n < 1 || n > RECIPE_LENGTH_MAX)
			return err_new(ERR_INVALID, "recipe.length is a number from 1 to %d",
				       RECIPE_LENGTH_MAX);
		r.length = (size_t)n;
	}
	if (names && jsonx_type(names) != JSONX_ARRAY)
		return err_new(ERR_INVALID, "recipe.characterSets is not a list");
	TRY_(parse_sets(names, &r.sets));
	if (exclude && !jsonx_str(exclude))
		return err_new(ERR_INVALID, "recipe.excludeCharacters is not a text");
	if (exclude)
		r.exclude = jsonx_str(exclude);
	*out = r;
	return NULL;
}

/* What is left of one set. */
static size_t add_set(const char *characters, const char *exclude, char *alphabet, size_t n)
{
	for (const char *c = characters; *c; c++) {
		if (!strchr(exclude, *c))
			alphabet[n++] = *c;
	}
	return n;
}

static bool has_every_set(const char *text, unsigned int wanted)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if ((wanted & sets[i].set) && !strpbrk(text, sets[i].characters))
			return false;
	}
	return true;
}

static size_t count_sets(unsigned int wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		n += (wanted & sets[i].set) != 0;
	return n;
}

err_t recipe_generate(const struct recipe *r, struct secret **out)
{
	char alphabet[ALPHABET_MAX];
	char text[RECIPE_LENGTH_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		const size_t before = n;

		if (!(r->sets & sets[i].set))
			continue;
		n = add_set(sets[i].characters, r->exclude, alphabet, n);
		if (n == before)
			return err_new(ERR_INVALID, "recipe.excludeCharacters leaves nothing of %s",
				       sets[i].name);
	}
	/* Throwing away whole texts, instead of placing characters, keeps all that are left equally likely.
	 */
	do {
		for (size_t i = 0; i < r->length; i++)
			text[i] = alphabet[rand_below(n)];
		text[r->length] = '\0';
	} while (r->length >= count_sets(r->sets) && !has_every_set(text, r->sets));
	*out = secret_from(text, r->length);
	secret_wipe(text, sizeof(text));
	return NULL;
}
