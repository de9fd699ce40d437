#ifndef HTTP_FAKE_H
#define HTTP_FAKE_H

#include "http/http.h"

/* A scripted transport for tests: a handler answers each request in the caller's thread; requests are
 * recorded. */
struct http_fake;

/* Fills out (status, body …) or returns an error as the wire would. For a stream the body's lines are
 * delivered one by one, then the stream ends. */
typedef err_t (*http_fake_fn)(void *arg, const struct http_request *req, struct http_response *out);

struct http_fake *http_fake_new(http_fake_fn handler, void *arg);
void http_fake_free(struct http_fake *f);

/* A new transport of that script; many may exist, one per thread. */
struct http_transport *http_fake_transport(struct http_fake *f);

/* What was asked so far, "METHOD path", in order. */
size_t http_fake_count(const struct http_fake *f);
const char *http_fake_line(const struct http_fake *f, size_t i);
const char *http_fake_body(const struct http_fake *f, size_t i);
void http_fake_forget(struct http_fake *f);

/* Faults at request number `at` (from 0) and the `times - 1` after it; applies before the handler (the
 * request is lost) or after it (done by the server, the answer is lost). */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_REFUSED,
	HTTP_FAULT_RESET,   /* after the handler ran: the answer is lost */
	HTTP_FAULT_TIMEOUT, /* after the handler ran */
	HTTP_FAULT_401,
	HTTP_FAULT_403,
	HTTP_FAULT_404,
	HTTP_FAULT_409,
	HTTP_FAULT_410,
	HTTP_FAULT_422,
	HTTP_FAULT_429, /* with Retry-After: 7 */
	HTTP_FAULT_500,
	HTTP_FAULT_TRUNCATED,  /* half of the body */
	HTTP_FAULT_WRONG_TYPE, /* a JSON array where an object is right */
	HTTP_FAULT_HTML,       /* a proxy's page with status 200 */
	HTTP_FAULT_EMPTY,      /* status 200, no body */
	HTTP_FAULT_END
};
void http_fake_fault(struct http_fake *f, size_t at, size_t times, enum http_fault fault);

/* Sets status and body of an answer. */
void http_fake_answer(struct http_response *out, int status, const char *body);

#endif
