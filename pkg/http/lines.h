#ifndef HTTP_LINES_H
#define HTTP_LINES_H

#include "base/str.h"

/* Cuts a stream of bytes into lines ended by '\n', however the bytes were split on their way. A "\r" before
 * the newline, NUL bytes and empty lines are given as they came. */
struct http_lines {
	struct strbuf buf;
	size_t max_line;
	size_t start;   /* of the first line that was not given yet */
	size_t scanned; /* from start to here there is no newline: no byte is searched twice */
};

/* What may be added between two rounds of http_lines_next, over the longest line. */
#define HTTP_LINES_BATCH_MAX ((size_t)8 << 20)

void http_lines_init(struct http_lines *l, size_t max_line);
void http_lines_release(struct http_lines *l); /* for CLEANUP */

err_t http_lines_add(struct http_lines *l, const void *p, size_t len) NODISCARD;

/* The next whole line without its newline, borrowed until the next http_lines_add; NULL when there is none
 * yet. ERR_TOO_LARGE as soon as a line is known to be over max_line. */
err_t http_lines_next(struct http_lines *l, const char **out_line, size_t *out_len) NODISCARD;

/* At the end of the stream, after the whole lines: what came after the last newline, NULL when nothing did.
 */
err_t http_lines_rest(struct http_lines *l, const char **out_line, size_t *out_len) NODISCARD;

#endif
