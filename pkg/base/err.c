#include "base/err.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct err {
	enum err_kind kind;
	int64_t retry_after_ms;
	char *text;
};

static atomic_llong live;

/* Text in a buffer of the longest length, cut at a character. */
struct text {
	/* One byte more than the longest text, to see that something was cut. */
	char p[ERR_TEXT_MAX + 2];
	size_t len;
};

PRINTF(2, 0) static void text_addv(struct text *t, const char *fmt, va_list args)
{
	const int n = vsnprintf(t->p + t->len, sizeof(t->p) - t->len, fmt, args);

	if (n < 0)
		return;
	size_t len = t->len + (size_t)n;
	if (len > ERR_TEXT_MAX)
		len = utf8_cut(t->p, ERR_TEXT_MAX + 1, ERR_TEXT_MAX);
	t->p[len] = '\0';
	t->len = len;
}

PRINTF(2, 3) static void text_addf(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_addv(t, fmt, args);
	va_end(args);
}

err_t err_new(enum err_kind kind, const char *fmt, ...)
{
	struct text t = {.len = 0};
	va_list args;

	/* First of all: the format may hold %m. */
	va_start(args, fmt);
	text_addv(&t, fmt, args);
	va_end(args);

	struct err *e = MEM_NEW(struct err);
	e->kind = kind;
	e->text = mem_strdup(t.p);
	atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return e;
}

err_t err_wrap(err_t e, const char *fmt, ...)
{
	struct text t = {.len = 0};
	va_list args;

	if (!e)
		return NULL;
	va_start(args, fmt);
	text_addv(&t, fmt, args);
	va_end(args);
	text_addf(&t, ": %s", e->text);
	mem_free(e->text);
	e->text = mem_strdup(t.p);
	return e;
}

enum err_kind err_kind(const struct err *e)
{
	return e->kind;
}

const char *err_text(const struct err *e)
{
	return e->text;
}

const char *err_kind_name(enum err_kind kind)
{
	switch (kind) {
	case ERR_INVALID:
		return "invalid";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_EXISTS:
		return "exists";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_DENIED:
		return "denied";
	case ERR_GONE:
		return "gone";
	case ERR_THROTTLED:
		return "throttled";
	case ERR_UNAVAILABLE:
		return "unavailable";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_CANCELED:
		return "canceled";
	case ERR_TOO_LARGE:
		return "too_large";
	case ERR_PROTOCOL:
		return "protocol";
	case ERR_INTERNAL:
		return "internal";
	}
	return "unknown";
}

bool err_is(const struct err *e, enum err_kind kind)
{
	return e && e->kind == kind;
}

int64_t err_retry_after_ms(const struct err *e)
{
	return e->retry_after_ms;
}

void err_set_retry_after_ms(err_t e, int64_t ms)
{
	e->retry_after_ms = ms;
}

err_t err_dup(const struct err *e)
{
	err_t copy;

	if (!e)
		return NULL;
	copy = err_new(e->kind, "%s", e->text);
	copy->retry_after_ms = e->retry_after_ms;
	return copy;
}

void err_free(err_t e)
{
	if (!e)
		return;
	mem_free(e->text);
	mem_free(e);
	atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
}

void err_freep(err_t *e)
{
	err_free(*e);
	*e = NULL;
}

int64_t err_live(void)
{
	return atomic_load_explicit(&live, memory_order_relaxed);
}
