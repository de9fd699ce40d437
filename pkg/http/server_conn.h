#ifndef HTTP_SERVER_CONN_H
#define HTTP_SERVER_CONN_H

#include "http/server_exchange.h"

/* One connection as a state machine without a socket: bytes and time go in, bytes and decisions come out. One
 * request at a time; what a client sends ahead waits in a bounded buffer, so answers keep their order. */

#define CONN_PIECE_MAX (16 * 1024) /* most bytes of one conn_feed */

#define CONN_HEAD_MS 5000   /* from the first byte of a head to its end; also a new connection's first byte */
#define CONN_IDLE_MS 30000  /* between two requests */
#define CONN_LINGER_MS 2000 /* after our last byte, for the client to read it and to close */

enum conn_state {
	CONN_HEAD,   /* waits for a head or for its rest */
	CONN_BODY,   /* waits for the rest of a body */
	CONN_READY,  /* has a whole request: conn_take */
	CONN_WORK,   /* a worker has the request */
	CONN_REPLY,  /* has bytes to send: conn_next */
	CONN_LINGER, /* all is sent; what still comes is thrown away, so that no reset overtakes the reply */
	CONN_OVER,   /* to be closed */
};

struct conn_limits {
	size_t max_body;
	int64_t request_ms;
	struct inflight *inflight;
	const char *headers; /* of every answer, "Name: value\r\n"…; NULL: none */
};

struct conn {
	const struct conn_limits *limits;
	enum conn_state state;
	char peer[EXCHANGE_PEER_MAX];
	struct strbuf in;   /* received, not used yet */
	size_t scanned;     /* bytes of in that hold no end of a head */
	int64_t started_ns; /* first byte of the request; 0: none yet */
	int64_t deadline_ns;
	struct exchange *exchange; /* being read or being answered */
	uint64_t work_id;          /* in CONN_WORK: which one the worker has */
	bool work_head_only;       /* and whether it was a HEAD */
	bool keep_alive;           /* after this reply */
	bool draining;
	struct strbuf out; /* heads to send */
	size_t out_sent, body_sent;
};

void conn_init(struct conn *c, const struct conn_limits *limits, const char *peer, int64_t now_ns);
void conn_release(struct conn *c);

/* Bytes of the client, at most CONN_PIECE_MAX. To be called only while conn_wants_input. */
void conn_feed(struct conn *c, const void *p, size_t len, int64_t now_ns);
bool conn_wants_input(const struct conn *c);

/* The whole request, named by id from now on; NULL unless CONN_READY. The caller owns it. */
struct exchange *conn_take(struct conn *c, uint64_t id);

/* The answer to what conn_take gave. Takes x. */
void conn_reply(struct conn *c, struct exchange *x);

/* Copies the next bytes to send, at most max; 0 when there are none. */
size_t conn_next(struct conn *c, uint8_t *out, size_t max);

/* All that conn_next gave has left. */
void conn_flushed(struct conn *c, int64_t now_ns);
bool conn_has_output(const struct conn *c);

/* Time has passed; acts when deadline_ns is over. */
void conn_expire(struct conn *c, int64_t now_ns);

/* No further request on this connection. */
void conn_drain(struct conn *c);

#endif
