#ifndef HTTP_SERVER_WIRE_H
#define HTTP_SERVER_WIRE_H

#include "http/server_conn.h"
#include "http/server_queue.h"

/* Sockets, TLS and time for the connections, on libwebsockets; only this, server_link.h and server_tls.c know
 * it. One thread runs it.
 *
 * The library gives its event loop, its TLS and its timers. Requests are read by server_head.h and not by the
 * library's own HTTP role, for that role (4.1.6, tried out) serves "/a%2fb/../c" as "/a/c" and tells nobody,
 * takes "Transfer-Encoding :" and lines without a colon for unknown headers, hands chunk framing over as
 * body, reports one body twice when requests are pipelined, spins while a client is ahead of its answers, and
 * answers what it does not understand with pages of its own. On raw sockets none of this can happen. */
struct wire;

struct wire_options {
	const char *address; /* NULL: all */
	int port;
	const char *cert_pem; /* NULL: cleartext */
	const struct secret *key_pem;
	const char *client_ca_pem; /* NULL: clients need no certificate */
	size_t max_connections;
	struct conn_limits limits;
};

/* Listens when it returns. */
err_t wire_new(const struct wire_options *o, struct wire **out) NODISCARD;
void wire_free(struct wire *w); /* after wire_run has returned, or never ran */
int wire_port(const struct wire *w);

/* Serves until wire_stop. Requests go to q, and come back from it. */
void wire_run(struct wire *w, struct queue *q);

/* The rest may be called from any thread while wire_run runs. */

/* The queue has answers. */
void wire_wake(void *wire);

/* Closes the listening socket and what is idle; replies from now on end their connection. */
void wire_drain(struct wire *w);
void wire_stop(struct wire *w);

err_t wire_set_certificate(struct wire *w, const char *cert_pem, const struct secret *key_pem) NODISCARD;

#endif
