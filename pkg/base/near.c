#include "base/near.h"

#include "base/str.h"

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

size_t near_distance(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);

	return a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN ? SIZE_MAX : distance(a, a_len, b, b_len);
}

size_t near_limit(const char *name)
{
	return strlen(name) / 3;
}

static bool has(const struct near *near, const char *name)
{
	for (size_t i = 0; i < near->n; i++)
		if (streq(near->v[i].name, name))
			return true;
	return false;
}

/* That many letters differ at least: spares the comparison of most names. */
static size_t length_difference(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);

	return a_len > b_len ? a_len - b_len : b_len - a_len;
}

static void insert(struct near *near, size_t at, const char *name, size_t distance)
{
	near->n += near->n < near->max;
	for (size_t i = near->n - 1; i > at; i--)
		near->v[i] = near->v[i - 1];
	near->v[at].name = name;
	near->v[at].distance = distance;
}

void near_add(struct near *near, const char *name)
{
	size_t at = near->n, far;

	if (length_difference(near->like, name) > near->limit)
		return;
	far = near_distance(near->like, name);
	if (far > near->limit)
		return;
	while (at > 0 && near->v[at - 1].distance > far)
		at--;
	if (at < near->max && !has(near, name))
		insert(near, at, name, far);
}
