#include "onepassword/keyname.h"

#include "base/mem.h"

#include <string.h>

/* Both kinds of names are at most as long as a DNS subdomain. */
#define NAME_MAX_LEN 253

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_secret_char(char c)
{
	return is_lower_alnum(c) || c == '-' || c == '.';
}

static bool is_key_char(char c)
{
	return is_secret_char(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Copies s with each run of bytes that are not valid as one '-'. Every byte of a character outside of ASCII
 * is invalid, so runs of bytes are runs of characters. */
static char *dashed(const char *s, size_t len, bool (*is_valid)(char c))
{
	char *out = mem_alloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_valid(s[i]))
			out[n++] = s[i];
		else if (i == 0 || is_valid(s[i - 1]))
			out[n++] = '-';
	}
	out[n] = '\0';
	return out;
}

static void cut(char *s)
{
	if (strlen(s) > NAME_MAX_LEN)
		s[NAME_MAX_LEN] = '\0';
}

char *keyname_for_label(const char *label)
{
	const char *end = label + strlen(label);
	char *key;

	/* None of the steps changes a label that is a valid key already. */
	while (label < end && !is_key_char(*label))
		label++;
	while (end > label && !is_key_char(end[-1]))
		end--;
	key = dashed(label, (size_t)(end - label), is_key_char);
	cut(key);
	if (streq(key, ".") || str_has_prefix(key, ".."))
		key[0] = '\0';
	return key;
}

/* Lower case as far as it leads into ASCII: two characters outside of it have their small letter there. */
static char *lowered(const char *s)
{
	static const struct {
		const char *from;
		char to;
	} folds[] = {{"\xC4\xB0", 'i'}, {"\xE2\x84\xAA", 'k'}}; /* U+0130, U+212A */
	char *out = mem_alloc(strlen(s) + 1);
	size_t n = 0;

	while (*s) {
		size_t used = 0;

		for (size_t i = 0; i < ARRAY_LEN(folds) && used == 0; i++) {
			if (str_has_prefix(s, folds[i].from)) {
				used = strlen(folds[i].from);
				out[n++] = folds[i].to;
			}
		}
		if (used == 0) {
			out[n++] = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
			used = 1;
		}
		s += used;
	}
	out[n] = '\0';
	return out;
}

static bool is_edge(char c)
{
	return c == '-' || c == '.';
}

char *keyname_for_secret(const char *name)
{
	CLEANUP(mem_freep) char *lower = NULL;
	CLEANUP(mem_freep) char *text = NULL;
	size_t start = 0, end;

	/* None of the steps changes a name that is valid already. */
	lower = lowered(name);
	text = dashed(lower, strlen(lower), is_secret_char);
	cut(text);
	end = strlen(text);
	while (start < end && is_edge(text[start]))
		start++;
	while (end > start && is_edge(text[end - 1]))
		end--;
	return mem_strndup(text + start, end - start);
}
