#ifndef CONNECT_LISTEN_H
#define CONNECT_LISTEN_H

#include "base/err.h"

/* Where to listen, as people write it: "127.0.0.1", "127.0.0.1:8080", ":8080", "[::1]:8080", "::1",
 * "localhost". */
struct listen_place {
	char *address; /* NULL: all addresses */
	int port;      /* -1: none was given */
};

err_t listen_place_parse(const char *text, struct listen_place *out) NODISCARD;
void listen_place_release(struct listen_place *p); /* for CLEANUP */

/* Only this machine can connect, so nobody can listen in. */
bool listen_place_is_loopback(const struct listen_place *p);

/* "http://127.0.0.1:8080"; a host that is all addresses is shown as 0.0.0.0. Caller frees. */
char *listen_place_url(const struct listen_place *p, bool tls, int port);

#endif
