#ifndef CONNECT_RECIPE_H
#define CONNECT_RECIPE_H

#include "base/secret.h"
#include "json/json.h"

/* How a generated value is made. */
enum recipe_set { RECIPE_LETTERS = 1, RECIPE_DIGITS = 2, RECIPE_SYMBOLS = 4 };

#define RECIPE_LENGTH_MAX 64
#define RECIPE_LENGTH_DEFAULT 32

struct recipe {
	size_t length;
	unsigned int sets;   /* of enum recipe_set */
	const char *exclude; /* borrowed; "" if none */
};

/* From a field's "recipe"; NULL and null give the default. ERR_INVALID says what is wrong. */
err_t recipe_parse(const struct jsonx *json, struct recipe *out) NODISCARD;

/* Each text that the recipe allows is equally likely. With room for it, every set is present. ERR_INVALID
 * when excluding leaves a set without a character. */
err_t recipe_generate(const struct recipe *r, struct secret **out) NODISCARD;

#endif
