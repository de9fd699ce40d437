#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_abort(void *p)
{
	if (!p) {
		(void)fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return or_abort(malloc(size > 0 ? size : 1));
}

void *mem_zalloc(size_t size)
{
	return mem_calloc(1, size);
}

void *mem_calloc(size_t n, size_t size)
{
	return or_abort(n > 0 && size > 0 ? calloc(n, size) : calloc(1, 1));
}

void *mem_grow(void *p, size_t n, size_t size)
{
	return or_abort(n > 0 && size > 0 ? reallocarray(p, n, size) : realloc(p, 1));
}

void *mem_dup(const void *p, size_t size)
{
	void *copy = mem_alloc(size);

	if (size > 0)
		memcpy(copy, p, size);
	return copy;
}

char *mem_strdup(const char *s)
{
	return s ? mem_dup(s, strlen(s) + 1) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	const int len = vasprintf(&text, fmt, args);
	va_end(args);
	return or_abort(len >= 0 ? text : NULL);
}

void mem_free(void *p)
{
	free(p);
}

void mem_freep(void *pp)
{
	void *p = NULL;

	/* memcpy, because the caller's pointer has a type of its own. */
	memcpy(&p, pp, sizeof(p));
	free(p);
	memset(pp, 0, sizeof(p));
}

void mem_use_one_heap(void)
{
	(void)mallopt(M_ARENA_MAX, 1); /* can't fail with this argument */
}

void mem_trim(void)
{
	(void)malloc_trim(0);
}
