#include "base/secret.h"

#include "base/mem.h"

#include <string.h>

#define FIRST_CAP 64

struct secret {
	char *p; /* cap + 1 bytes, the one more for the NUL */
	size_t len, cap, max;
};

struct secret *secret_new(size_t max)
{
	struct secret *s = MEM_NEW(struct secret);

	s->p = mem_zalloc(1);
	s->max = max;
	return s;
}

struct secret *secret_from(const void *p, size_t len)
{
	struct secret *s = MEM_NEW(struct secret);

	s->p = mem_strndup(p, len);
	s->len = s->cap = s->max = len;
	return s;
}

struct secret *secret_from_str(const char *s)
{
	return s ? secret_from(s, strlen(s)) : NULL;
}

struct secret *secret_dup(const struct secret *s)
{
	return s ? secret_from(s->p, s->len) : NULL;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	secret_wipe(s->p, s->cap);
	mem_free(s->p);
	mem_free(s);
}

void secret_freep(struct secret **s)
{
	secret_free(*s);
	*s = NULL;
}

err_t secret_add(struct secret *s, const void *p, size_t len)
{
	if (len > s->max - s->len)
		return err_new(ERR_TOO_LARGE, "more than %zu bytes", s->max);
	if (len == 0)
		return NULL;
	if (len <= s->cap - s->len) {
		memcpy(s->p + s->len, p, len);
	} else {
		size_t cap = s->cap > FIRST_CAP / 2 ? s->cap * 2 : FIRST_CAP;
		if (cap > s->max)
			cap = s->max;
		if (cap < s->len + len)
			cap = s->len + len;
		char *grown = mem_alloc(cap + 1);
		memcpy(grown, s->p, s->len);
		memcpy(grown + s->len, p, len);
		secret_wipe(s->p, s->len);
		mem_free(s->p);
		s->p = grown;
		s->cap = cap;
	}
	s->len += len;
	s->p[s->len] = '\0';
	return NULL;
}

void secret_reset(struct secret *s)
{
	secret_wipe(s->p, s->len);
	s->len = 0;
}

void secret_view(const struct secret *s, const char **p, size_t *len)
{
	*p = s->p;
	*len = s->len;
}

const char *secret_bytes(const struct secret *s)
{
	return s->p;
}

size_t secret_len(const struct secret *s)
{
	return s ? s->len : 0;
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
	if (!a || !b)
		return a == b;
	return a->len == b->len && secret_bytes_eq(a->p, b->p, a->len);
}

bool secret_bytes_eq(const void *a, const void *b, size_t len)
{
	/* volatile: no compiler may stop at the first difference. */
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference = (uint8_t)(difference | (x[i] ^ y[i]));
	return difference == 0;
}

void secret_wipe(void *p, size_t len)
{
	if (len > 0)
		explicit_bzero(p, len);
}
