#include "http/server_listen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128
#define DESCRIPTOR_SHARE                                                                                     \
	4 /* a server may use this part of the limit; others in this process need some too                   \
	   */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool parse_address(const char *text, int port, union address *out, socklen_t *out_len)
{
	union address a = {.v6 = {.sin6_family = AF_UNSPEC}};

	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons((uint16_t)port);
		*out_len = sizeof(a.v4);
	} else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons((uint16_t)port);
		*out_len = sizeof(a.v6);
	} else {
		return false;
	}
	*out = a;
	return true;
}

static bool bind_and_listen(int fd, const union address *a, socklen_t len)
{
	const int on = 1, off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return false;
	if (a->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
		return false;
	return bind(fd, &a->any, len) == 0 && listen(fd, BACKLOG) == 0;
}

static bool bound_port(int fd, int *out)
{
	union address a = {.v6 = {.sin6_family = AF_UNSPEC}};
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) < 0)
		return false;
	*out = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
	return true;
}

static err_t open_on(const char *address, int port, int *out_fd, int *out_port)
{
	CLEANUP(close_fd) int fd = -1;
	union address a;
	socklen_t len;

	if (!parse_address(address, port, &a, &len))
		return err_new(ERR_INVALID, "listen: address %s is neither IPv4 nor IPv6", address);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !bind_and_listen(fd, &a, len) || !bound_port(fd, out_port))
		return err_new(ERR_UNAVAILABLE, "listen on %s, port %d: %s", address, port, strerror(errno));
	*out_fd = fd;
	fd = -1;
	return NULL;
}

static bool has_ipv6(void)
{
	CLEANUP(close_fd) const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0;
}

err_t listen_open(const char *address, int port, int *out_fd, int *out_port)
{
	if (!address)
		address = has_ipv6() ? "::" : "0.0.0.0";
	return open_on(address, port, out_fd, out_port);
}

enum listen_result listen_accept(int fd, int *out_fd)
{
	const int on = 1;

	for (;;) {
		const int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (got >= 0) {
			(void)setsockopt(got, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
			*out_fd = got;
			return LISTEN_ACCEPTED;
		}
		if (errno == EAGAIN)
			return LISTEN_NONE;
		/* These belong to one connection that is gone already. */
		if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO && errno != EPERM)
			return LISTEN_EXHAUSTED;
	}
}

size_t listen_capacity(size_t max)
{
	struct rlimit limit;
	size_t share;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return max;
	share = (size_t)(limit.rlim_cur / DESCRIPTOR_SHARE);
	if (share < 1)
		share = 1;
	return share < max ? share : max;
}
