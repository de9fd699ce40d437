#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/http.h"

/* Gathers what struct http_response keeps of an answer's head, line by line. Heads of interim answers (100)
 * are forgotten, trailers after the body ignored, and so are values that are too long or not printable ASCII.
 */
struct http_head {
	bool open; /* between a status line and the empty line */
	char *content_type, *etag, *connect_version, *retry_after, *date;
};

void http_head_add(struct http_head *h, const char *line, size_t len); /* with or without its line end */
void http_head_release(struct http_head *h);                           /* for CLEANUP */

/* Moves the gathered values into r. now_ms: the wall clock, for a Retry-After that is a date while the server
 * did not tell its own time. */
void http_head_take(struct http_head *h, int64_t now_ms, struct http_response *r);

#endif
