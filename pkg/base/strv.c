#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

void strv_add(struct strv *l, const char *s)
{
	char *copy = mem_strdup(s);

	strv_add_take(l, &copy);
}

void strv_add_take(struct strv *l, char **s)
{
	/* The capacity is the next power of two, so it changes when n is one. */
	if ((l->n & (l->n - 1)) == 0)
		l->v = mem_grow(l->v, l->n > 0 ? l->n * 2 : 1, sizeof(*l->v));
	l->v[l->n++] = TAKE(*s);
}

bool strv_has(const struct strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++) {
		if (streq(l->v[i], s))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_del(struct strv *l, const char *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (streq(l->v[i], s))
			mem_free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

void strv_sort(struct strv *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), compare);
}

void strv_release(struct strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->v[i]);
	mem_free(l->v);
	*l = (struct strv){0};
}

void strv_split(struct strv *l, const char *s, char sep)
{
	for (;;) {
		const char *end = strchrnul(s, sep);
		char *piece = mem_strndup(s, (size_t)(end - s));

		strv_add_take(l, &piece);
		if (*end == '\0')
			return;
		s = end + 1;
	}
}
