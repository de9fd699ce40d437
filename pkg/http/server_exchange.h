#ifndef HTTP_SERVER_EXCHANGE_H
#define HTTP_SERVER_EXCHANGE_H

#include "base/sync.h"
#include "http/server.h"
#include "http/server_head.h"

/* One request and its reply. It is made by a connection, may go to a worker and come back, and is freed when
 * the reply is sent or its client is gone: one owner at a time, never shared. */

#define EXCHANGE_PEER_MAX 64
#define EXCHANGE_REPLY_MAX (32u * 1024 * 1024)
#define EXCHANGE_HEADERS_MAX 16

/* Counts the exchanges that are alive, so that a stop can wait for the last one. */
struct inflight {
	pthread_mutex_t mutex;
	pthread_cond_t none;
	size_t n;
};
void inflight_init(struct inflight *f);
void inflight_release(struct inflight *f);
size_t inflight_count(struct inflight *f);
bool inflight_wait_none(struct inflight *f, int64_t deadline_ns); /* false: timed out */

struct queue;

struct http_server_reply {
	struct queue *queue; /* whose worker writes it; NULL: none */
	int status;
	char *content_type;
	struct strbuf headers; /* "Name: value\r\n"… */
	size_t n_headers;
	struct secret *body; /* NULL: none yet */
};

struct exchange {
	uint64_t id; /* names it across threads; 0 until a worker may get it */
	struct inflight *inflight;
	struct exchange *next; /* of the list that holds it */
	char *text;            /* the head's bytes, cut into strings */
	size_t text_len;
	struct head head;
	bool head_only; /* HEAD: like GET, but without a body */
	struct secret *body;
	char peer[EXCHANGE_PEER_MAX];
	struct http_server_request request;
	struct http_server_reply reply;
};

struct exchange *exchange_new(struct inflight *f);
void exchange_free(struct exchange *x);

/* Copies and parses a head. */
struct refusal exchange_parse(struct exchange *x, const char *p, size_t len);

/* Fills x->request once the body is there. peer is copied. */
void exchange_complete(struct exchange *x, const char *peer);

/* A reply made by the server itself: {"status":N,"message":"…"}. Replaces whatever was there. */
void exchange_refuse(struct exchange *x, struct refusal r);

/* A handler that set no final status left a 500. */
void exchange_settle(struct exchange *x);

enum exchange_connection { EXCHANGE_KEEP_ALIVE, EXCHANGE_CLOSE };

/* Status line and headers of the reply, and those of every answer as they are; NULL: none. */
void exchange_format_head(const struct exchange *x, enum exchange_connection connection, const char *headers,
			  struct strbuf *out);

/* The reply's body as it goes over the wire: empty for HEAD and for statuses that have none. */
void exchange_wire_body(const struct exchange *x, const char **p, size_t *len);

#endif
