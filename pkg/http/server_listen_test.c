#include "base/test.h"
#include "http/server_listen.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(server_listen, accepts_on_the_port_it_tells)
{
	static const char *const addresses[] = {"127.0.0.1", NULL};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		int fd = -1, port = 0, accepted = -1, again = -1;
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		CHECK_OK(listen_open(addresses[i], 0, &fd, &port));
		CHECK(port > 0);
		CHECK_INT(listen_accept(fd, &accepted), LISTEN_NONE);
		to.sin_port = htons((uint16_t)port);
		CHECK(connect(client, (const struct sockaddr *)&to, sizeof(to)) == 0);
		CHECK_INT(listen_accept(fd, &accepted), LISTEN_ACCEPTED);
		CHECK_INT(listen_accept(fd, &again), LISTEN_NONE);
		close(client);
		close(accepted);
		close(fd);
	}
}

TEST(server_listen, listens_on_ipv6)
{
	int fd = -1, port = 0;
	const int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (probe < 0)
		return; /* a host without IPv6 */
	close(probe);
	CHECK_OK(listen_open("::", 0, &fd, &port));
	close(fd);
}

TEST(server_listen, says_what_is_wrong)
{
	int fd = -1, port = 0, other = -1, same;

	CHECK_ERR(listen_open("host.example", 0, &other, &port), ERR_INVALID);
	CHECK_ERR(listen_open("192.0.2.1", 0, &other, &port), ERR_UNAVAILABLE);
	CHECK_OK(listen_open("127.0.0.1", 0, &fd, &port));
	same = port;
	CHECK_ERR(listen_open("127.0.0.1", port, &other, &same), ERR_UNAVAILABLE);
	CHECK_INT(other, -1);
	close(fd);
	CHECK_INT(err_live(), 0);
}

TEST(server_listen, stays_well_below_the_limit_of_descriptors)
{
	struct rlimit before = {.rlim_cur = 0}, low;

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	low = before;
	low.rlim_cur = 100;
	CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	CHECK_INT(listen_capacity(256), 25);
	CHECK_INT(listen_capacity(8), 8);
	low.rlim_cur = 3;
	CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	CHECK_INT(listen_capacity(8), 1);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}
