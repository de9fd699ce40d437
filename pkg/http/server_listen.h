#ifndef HTTP_SERVER_LISTEN_H
#define HTTP_SERVER_LISTEN_H

#include "base/err.h"

/* A listening TCP socket, non-blocking. address NULL: all addresses, IPv6 and IPv4 where the host has both.
 * *out_port is the one in use, also when port was 0. */
err_t listen_open(const char *address, int port, int *out_fd, int *out_port) NODISCARD;

enum listen_result {
	LISTEN_ACCEPTED,
	LISTEN_NONE,      /* nobody waits */
	LISTEN_EXHAUSTED, /* no descriptor or memory left: try again later, not at once */
};

/* The next connection: non-blocking, without delay of small writes. */
enum listen_result listen_accept(int fd, int *out_fd);

/* Most connections that may be open at once: max, but well below the limit of descriptors of this process. */
size_t listen_capacity(size_t max);

#endif
