#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/secret.h"
#include "base/str.h"
#include "http/http.h"

/* HTTP/1.1 server on libwebsockets. Handlers run on worker threads and may block up to the deadline; the wire
 * is served by one thread of the server's own.
 *
 * A request needs a Content-Length for its body; chunked bodies get a 411. HEAD comes to the handler as GET,
 * and the reply's body is left out. What the server refuses by itself it answers with
 * {"status":N,"message":"…"}: 400, 408, 411, 413, 414, 417, 431, 503, 505; then it closes the connection. A
 * client that closes its side of a connection has given up: its request is dropped while it waits for a
 * worker, its reply is thrown away afterwards. */
struct http_server;

struct http_server_options {
	const char *name;     /* for threads: "ops", "api" */
	const char *address;  /* IPv4 or IPv6; NULL: all addresses */
	int port;             /* 0: a free one, see http_server_port */
	const char *cert_pem; /* with its chain; NULL: cleartext */
	const struct secret *key_pem;
	const char *client_ca_pem; /* only clients with a certificate of these authorities; NULL: all */
	int workers;               /* default 2 */
	int at_once;               /* how many of them work while others rest; default: all */
	size_t max_connections; /* default 256, at most a quarter of RLIMIT_NOFILE; over it they are closed at
				   once */
	size_t max_body;        /* default 1 MiB; over it 413 */
	size_t max_queue;   /* requests that wait for a worker, default 64; over it 503 with Retry-After */
	int64_t request_ms; /* from the first byte to the end of the answer, default 30 s; over it 408 or 503
			     */
	const struct http_header *headers; /* of every answer, also of those that the server makes by itself;
					      they live as long as it does */
	size_t n_headers;
};

struct http_server_request {
	const char *method;
	const char *path;  /* as sent, without query; not decoded */
	const char *query; /* as sent, without '?'; "" if none */
	const char *body;  /* body_len bytes and a NUL */
	size_t body_len;
	const char *peer;       /* address of the client */
	const char *user_agent; /* "" if none, like those below */
	const char *authorization;
	const char *content_type;
	const char *accept;
	const char *if_none_match;
	const char *if_match;
	const char *last_event_id;
	const char *range;
	const char *if_range;
};

/* The answer: set status and content type, add headers and body. An untouched reply is a 500. */
struct http_server_reply;
void http_reply_status(struct http_server_reply *r, int status);
/* At most 16. Control characters in value become blanks. Content-Type has a function of its own;
 * Content-Length, Connection, Transfer-Encoding and Date are the server's. */
void http_reply_header(struct http_server_reply *r, const char *name, const char *value);
void http_reply_content_type(struct http_server_reply *r, const char *content_type);
struct secret *http_reply_body(struct http_server_reply *r); /* write here; at most 32 MiB */

int http_reply_get_status(const struct http_server_reply *r); /* 0: none yet */

/* The handler is going to wait for long, or no longer does: meanwhile another worker takes its place. */
void http_reply_waits(struct http_server_reply *r, bool waits);

typedef void (*http_server_fn)(void *arg, const struct http_server_request *req,
			       struct http_server_reply *reply);

/* Listens when it returns. The handler is called by several workers at once. */
err_t http_server_start(const struct http_server_options *options, http_server_fn handler, void *arg,
			struct http_server **out) NODISCARD;
int http_server_port(const struct http_server *s);
size_t http_server_in_flight(const struct http_server *s);

/* Refuses new connections, lets requests in flight end until drain_ms has passed, joins all threads, frees. A
 * handler that still runs then is waited for. */
void http_server_stop(struct http_server *s, int64_t drain_ms);

/* New connections use the new certificate; those that are open keep theirs. Nothing changes on failure. */
err_t http_server_set_certificate(struct http_server *s, const char *cert_pem, const struct secret *key_pem)
	NODISCARD;

#endif
