#include "config/nearest.h"
#include <ctype.h>
#include <string.h>

/* Longer names are compared with nothing. */
#define NAME_MAX_LEN 64

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance: how many letters to insert, delete or replace. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[NAME_MAX_LEN + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			const bool other =
				tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
			const size_t replaced = diagonal + other;

			diagonal = row[j];
			row[j] = min_of(replaced, min_of(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

size_t config_distance(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);

	return a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN ? SIZE_MAX : distance(a, a_len, b, b_len);
}

const char *config_nearest(const struct config_option *options, size_t n, const char *name)
{
	const size_t len = strlen(name);
	/* A third of the letters wrong is still a typing error, more is another word. */
	size_t closest = len / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < n && len <= NAME_MAX_LEN; i++) {
		const char *flag = options[i].flag;
		size_t d;

		if (!flag || strlen(flag) > NAME_MAX_LEN)
			continue;
		d = distance(name, len, flag, strlen(flag));
		if (d < closest) {
			closest = d;
			nearest = flag;
		}
	}
	return nearest;
}
