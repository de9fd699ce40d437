#include "base/mem.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAP 64

/* What p of a buffer without memory points to; never written. */
static char nothing[1];

void strbuf_init(struct strbuf *b, size_t max)
{
	*b = (struct strbuf){.p = nothing, .max = max};
}

void strbuf_release(struct strbuf *b)
{
	if (b->cap > 0)
		mem_free(b->p);
	strbuf_init(b, 0);
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->cap > 0)
		b->p[0] = '\0';
}

/* Room for len more bytes and a NUL; false, and overflow, when that is over the ceiling. */
static bool make_room(struct strbuf *b, size_t len)
{
	if (b->overflow || len > b->max - b->len) {
		b->overflow = true;
		return false;
	}
	const size_t need = b->len + len + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap > FIRST_CAP / 2 ? b->cap * 2 : FIRST_CAP;
	if (cap > b->max)
		cap = b->max + 1;
	if (cap < need)
		cap = need;
	b->p = mem_grow(b->cap > 0 ? b->p : NULL, cap, 1);
	b->cap = cap;
	return true;
}

void strbuf_add(struct strbuf *b, const void *p, size_t len)
{
	if (len == 0 || !make_room(b, len))
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	const int n = vsnprintf(NULL, 0, fmt, args);
	if (n > 0 && make_room(b, (size_t)n)) {
		(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

void strbuf_consume(struct strbuf *b, size_t len)
{
	if (len == 0)
		return;
	if (len >= b->len) {
		b->len = 0;
	} else {
		b->len -= len;
		memmove(b->p, b->p + len, b->len);
	}
	if (b->cap > 0)
		b->p[b->len] = '\0';
}

char *strbuf_take(struct strbuf *b)
{
	char *text = b->cap > 0 ? b->p : mem_strdup("");

	strbuf_init(b, 0);
	return text;
}

err_t strbuf_check(const struct strbuf *b, const char *what)
{
	if (b->overflow)
		return err_new(ERR_TOO_LARGE, "%s is larger than %zu bytes", what, b->max);
	return NULL;
}
