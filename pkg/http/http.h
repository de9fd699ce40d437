#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/cancel.h"
#include "base/secret.h"
#include "base/str.h"

/* A request and its answer, the same for the real client (client.h) and the scripted one of the tests
 * (fake.h). */

struct http_header {
	const char *name, *value;
};

struct http_request {
	const char *method; /* "GET" */
	const char *path;   /* with query, starts with '/', already percent-encoded; goes after the client's
			       base URL */
	const struct http_header *headers;
	size_t n_headers;
	const struct secret *bearer; /* sent as Authorization: Bearer; may be NULL */
	const char *body;            /* NULL: none */
	size_t body_len;
	const char *content_type; /* of the body */
	int64_t timeout_ms;       /* for the whole request; must be set */
	int64_t silence_ms;       /* streams: give up after that long without a byte; 0: no such limit */
	size_t max_bytes;         /* ceiling of the answer's body, or of one line of a stream; must be set */
};

/* Zero-initialise. The body is a struct secret because most answers here hold secrets. */
struct http_response {
	int status;
	struct secret *body; /* never NULL after success; empty for a stream of status 200 */
	char *content_type;  /* NULL if none */
	char *etag;
	char *connect_version;  /* 1Password-Connect-Version */
	int64_t retry_after_ms; /* 0: none; at most an hour */
	int64_t server_time_ms; /* Date header as Unix time; 0: none */
};
void http_response_release(struct http_response *r); /* for CLEANUP */

/* One line of a stream without its newline ("\n"; a "\r" before it stays, NUL bytes too), also the last one
 * that no newline ends. Not called from inside the transport's library, so it may do what it likes but use
 * the same transport. An error ends the stream and is returned from it. */
typedef err_t (*http_line_fn)(void *arg, const char *line, size_t len);

/* The seam. request: ERR_* only where no whole answer came; any status is a success here. stream: lines of a
 * 200 go to on_line as they arrive; any other status gives its body in out as request does. A stream that the
 * peer ends cleanly is a success; one that ends by timeout_ms or silence_ms is ERR_TIMEOUT. Error texts start
 * with method and path and hold no header value and no body. A transport belongs to one thread. */
struct http_transport {
	err_t (*request)(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
			 struct http_response *out) NODISCARD;
	err_t (*stream)(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
			http_line_fn on_line, void *arg, struct http_response *out) NODISCARD;
	void (*free)(struct http_transport *t);
};

/* Check the request (ERR_INTERNAL for a caller's mistake, ERR_INVALID for a header or token that cannot be
 * sent), then call the seam. cancel may be NULL. */
err_t http_request(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
		   struct http_response *out) NODISCARD;
err_t http_stream(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
		  http_line_fn on_line, void *arg, struct http_response *out) NODISCARD;
void http_transport_free(struct http_transport *t); /* NULL is fine */
void http_transport_freep(struct http_transport **t);

/* The error of a status that is no success, with its kind (401 and 403 ERR_DENIED, 404 ERR_NOT_FOUND, 409
 * ERR_CONFLICT, 410 ERR_GONE, 413 ERR_TOO_LARGE, 429 ERR_THROTTLED, 408 and 504 ERR_TIMEOUT, other 4xx
 * ERR_INVALID, other 5xx ERR_UNAVAILABLE, the rest ERR_PROTOCOL) and Retry-After. message: the peer's own
 * text, made printable and cut; may be NULL. */
err_t http_status_error(const struct http_response *r, const char *message) NODISCARD;

/* Percent-encodes everything but RFC 3986's unreserved characters. */
void http_add_encoded(struct strbuf *out, const char *s);

#endif
