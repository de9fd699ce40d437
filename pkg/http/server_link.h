#ifndef HTTP_SERVER_LINK_H
#define HTTP_SERVER_LINK_H

#include "http/server_conn.h"
#include "http/server_queue.h"
#include <libwebsockets.h>

/* Connections on their sockets: between the state machine of server_conn.h, the queue and the library. All of
 * it belongs to the service thread. */

struct link;

/* All links of a server. */
struct links {
	struct lws_context *context;
	struct queue *queue; /* NULL before requests are served, and at the end */
	const struct conn_limits *limits;
	struct link **slots; /* NULL: free */
	size_t max, n;
	uint64_t requests;
	uint8_t piece[LWS_PRE + CONN_PIECE_MAX]; /* the library wants room before what it writes */
};

void links_init(struct links *all, size_t max, const struct conn_limits *limits);
void links_release(struct links *all); /* after the last link */

/* Takes the queue's answers to their clients. */
void links_deliver(struct links *all);
void links_drain(struct links *all);

/* There must be room: n < max. */
struct link *link_new(struct links *all, struct lws *wsi);
void link_free(struct link *l);

/* Events of the socket. False: close it. */
bool link_received(struct link *l, void *in, size_t len);
bool link_writable(struct link *l);

#endif
