#ifndef HTTP_FAKE_H
#define HTTP_FAKE_H

#include "http/http.h"

/* A scripted transport for tests: a handler answers each request in the caller's thread; requests are
 * recorded. */
struct http_fake;

/* Fills out (status, body …) or returns an error as the wire would. For a stream the body's lines are
 * delivered one by one, then the stream ends. May block; is called by several threads at once when several
 * threads use the script. */
typedef err_t (*http_fake_fn)(void *arg, const struct http_request *req, struct http_response *out);

struct http_fake *http_fake_new(http_fake_fn handler, void *arg);
void http_fake_free(struct http_fake *f);

/* A new transport of that script; many may exist, one per thread. Free them before the script. */
struct http_transport *http_fake_transport(struct http_fake *f);

/* What was asked so far, "METHOD path" and the body ("" if none), in order; NULL past the end. Borrowed until
 * http_fake_forget, which drops records and faults and numbers requests from 0 again. */
size_t http_fake_count(struct http_fake *f);
const char *http_fake_line(struct http_fake *f, size_t i);
const char *http_fake_body(struct http_fake *f, size_t i);
void http_fake_forget(struct http_fake *f);

/* Faults at request number `at` (from 0) and the `times - 1` after it. Where the handler ran, the server did
 * the work and only its answer is lost or spoiled; where it did not, the request never reached it. */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_REFUSED,
	HTTP_FAULT_RESET,   /* after the handler ran */
	HTTP_FAULT_TIMEOUT, /* after the handler ran */
	HTTP_FAULT_401,
	HTTP_FAULT_403,
	HTTP_FAULT_404,
	HTTP_FAULT_409,
	HTTP_FAULT_410,
	HTTP_FAULT_422,
	HTTP_FAULT_429, /* with Retry-After: 7 */
	HTTP_FAULT_500,
	HTTP_FAULT_TRUNCATED,  /* after the handler ran: half of the body */
	HTTP_FAULT_WRONG_TYPE, /* after the handler ran: [] for an object, {} for an array */
	HTTP_FAULT_HTML,       /* a proxy's page with status 200 */
	HTTP_FAULT_EMPTY,      /* after the handler ran: status 200, no body */
	HTTP_FAULT_END
};
void http_fake_fault(struct http_fake *f, size_t at, size_t times, enum http_fault fault);

/* Sets status and body of an answer, and JSON as its content type. */
void http_fake_answer(struct http_response *out, int status, const char *body);

#endif
