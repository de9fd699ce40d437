#include "http/lines.h"

#include <string.h>

void http_lines_init(struct http_lines *l, size_t max_line)
{
	*l = (struct http_lines){.max_line = max_line};
	strbuf_init(&l->buf, max_line + HTTP_LINES_BATCH_MAX);
}

void http_lines_release(struct http_lines *l)
{
	strbuf_release(&l->buf);
}

err_t http_lines_add(struct http_lines *l, const void *p, size_t len)
{
	/* Here, not in http_lines_next: the unfinished tail moves once per batch, not once per line. */
	strbuf_consume(&l->buf, l->start);
	l->scanned -= l->start;
	l->start = 0;
	strbuf_add(&l->buf, p, len);
	return strbuf_check(&l->buf, "a batch of stream bytes");
}

static err_t check_line(const struct http_lines *l, size_t len)
{
	if (len > l->max_line)
		return err_new(ERR_TOO_LARGE, "a line of the stream is over %zu bytes", l->max_line);
	return NULL;
}

err_t http_lines_next(struct http_lines *l, const char **out_line, size_t *out_len)
{
	const char *line = l->buf.p + l->start;
	const char *newline = memchr(l->buf.p + l->scanned, '\n', l->buf.len - l->scanned);
	const size_t len = newline ? (size_t)(newline - line) : l->buf.len - l->start;

	TRY_(check_line(l, len));
	if (newline)
		l->start += len + 1;
	l->scanned = newline ? l->start : l->buf.len;
	*out_line = newline ? line : NULL;
	*out_len = newline ? len : 0;
	return NULL;
}

err_t http_lines_rest(struct http_lines *l, const char **out_line, size_t *out_len)
{
	const size_t len = l->buf.len - l->start;

	TRY_(check_line(l, len));
	*out_line = len > 0 ? l->buf.p + l->start : NULL;
	*out_len = len;
	l->start = l->scanned = l->buf.len;
	return NULL;
}
