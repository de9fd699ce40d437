#ifndef HTTP_PEER_TEST_H
#define HTTP_PEER_TEST_H

#include "base/test.h"
#include "http/client.h"
#include <stdio.h>
#include <sys/types.h>

/* testdata/peer.py as a process of its own, for the client's tests. */
struct peer {
	pid_t pid;
	int to;             /* closed: the peer ends */
	FILE *from;         /* what it says, line by line */
	char *ports;        /* "plain=1234 proxy=… " */
	char *folder;       /* of its certificates, NULL without TLS */
	struct strv stores; /* texts that peer_file and peer_url gave */
};

/* Readies libcurl and takes variables that change a client's mind out of the environment. */
void peer_start(struct peer *p, bool tls);
void peer_stop(struct peer *p);

/* Borrowed until peer_stop. */
const char *peer_url(struct peer *p, const char *scheme, const char *host, const char *port_name);
const char *peer_file(struct peer *p, const char *name);

/* Waits until the peer says exactly this line. */
void peer_expect(struct peer *p, const char *line);

size_t peer_open_fds(void); /* of this process */

/* A request with the limits that tests want. */
struct http_request peer_get(const char *path);

#endif
