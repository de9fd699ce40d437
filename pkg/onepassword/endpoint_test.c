#include "onepassword/endpoint.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(endpoint, host_loses_white_space_and_slashes)
{
	static const struct {
		const char *url, *want;
	} cases[] = {
		{"http://connect:8080", "http://connect:8080"},
		{"http://connect:8080/", "http://connect:8080"},
		{" https://c.example/prefix//\n", "https://c.example/prefix"},
		{"https://[::1]:8443", "https://[::1]:8443"},
	};
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct op_endpoint *e = NULL;

		CHECK_OK(op_endpoint_new(cases[i].url, token, &e));
		CHECK_STR(op_endpoint_host(e), cases[i].want);
		op_endpoint_free(e);
	}
}

TEST(endpoint, url_that_cannot_work_is_refused_at_once)
{
	static const char *const cases[] = {
		"",
		"/",
		"connect",
		"connect:8080",
		"ftp://connect",
		"http://",
		"http://user:pass@connect",
		"http://connect?x=1",
		"http://connect/#f",
		"http://a b",
	};
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct op_endpoint *e = NULL;
		CLEANUP(err_freep) err_t failed = op_endpoint_new(cases[i], token, &e);

		CHECK_MSG(err_is(failed, ERR_INVALID) && !e, "%s", cases[i]);
		CHECK(!strstr(err_text(failed), "pass@"));
	}
}

TEST(endpoint, token_loses_white_space)
{
	static const struct {
		const char *token, *want;
	} cases[] = {{"a.b.c", "a.b.c"}, {" a\r\n", "a"}, {"\n\n", ""}, {"", ""}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(secret_freep) struct secret *token = secret_from_str(cases[i].token);
		struct op_endpoint *e = NULL;

		CHECK_OK(op_endpoint_new("http://c", token, &e));
		CLEANUP(secret_freep) struct secret *got = endpoint_token_dup(e);
		CHECK_STR(secret_bytes(got), cases[i].want);
		op_endpoint_free(e);
	}
}

static void *swap_tokens(void *arg)
{
	struct op_endpoint *e = arg;
	CLEANUP(secret_freep) struct secret *one = secret_from_str("one-token");
	CLEANUP(secret_freep) struct secret *two = secret_from_str("two-token");

	for (int i = 0; i < 1000; i++)
		op_endpoint_set_token(e, i % 2 ? one : two);
	return NULL;
}

TEST(endpoint, token_is_never_seen_half_changed)
{
	CLEANUP(secret_freep) struct secret *one = secret_from_str("one-token");
	struct op_endpoint *e = NULL;
	pthread_t t;

	CHECK_OK(op_endpoint_new("http://c", one, &e));
	sync_thread_start(&t, "swapper", swap_tokens, e);
	for (int i = 0; i < 1000; i++) {
		CLEANUP(secret_freep) struct secret *got = endpoint_token_dup(e);

		CHECK(streq(secret_bytes(got), "one-token") || streq(secret_bytes(got), "two-token"));
	}
	sync_thread_join(t);
	op_endpoint_free(e);
}

struct seen {
	char route[16];
	int code;
	int64_t duration_ns;
};

static void see(void *arg, const char *route, int code, int64_t duration_ns)
{
	struct seen *s = arg;

	(void)snprintf(s->route, sizeof(s->route), "%s", route);
	s->code = code;
	s->duration_ns = duration_ns;
}

/* A server for one request; keeps what it was asked. */
struct listener {
	int fd;
	int port;
	char request[4096];
};

static void *serve_one(void *arg)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
	struct listener *l = arg;
	const int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	size_t len = 0;

	while (!strstr(l->request, "\r\n\r\n")) {
		const ssize_t n = recv(fd, l->request + len, sizeof(l->request) - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

static void listener_start(struct listener *l)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	*l = (struct listener){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	CHECK(l->fd >= 0);
	CHECK_INT(bind(l->fd, (struct sockaddr *)&a, len), 0);
	CHECK_INT(listen(l->fd, 1), 0);
	CHECK_INT(getsockname(l->fd, (struct sockaddr *)&a, &len), 0);
	l->port = ntohs(a.sin_port);
}

TEST(endpoint, client_tells_who_it_is_and_is_observed)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str("the-token");
	CLEANUP(op_vaults_release) struct op_vaults vaults = {0};
	struct seen seen = {.code = -1};
	const struct op_observer observer = {.done = see, .arg = &seen};
	struct listener listener;
	struct op_endpoint *e = NULL;
	struct op_client *c = NULL;
	pthread_t t;

	http_client_global_init();
	listener_start(&listener);
	sync_thread_start(&t, "listener", serve_one, &listener);
	CLEANUP(mem_freep) char *url = mem_printf("http://127.0.0.1:%d/prefix/", listener.port);
	CHECK_OK(op_endpoint_new(url, token, &e));
	CHECK_OK(op_client_new(e, &observer, &c));
	CHECK_OK(op_list_vaults(c, NULL, &vaults));
	sync_thread_join(t);
	CHECK(str_has_prefix(listener.request, "GET /prefix/v1/vaults HTTP/1.1\r\n"));
	CHECK(strstr(listener.request, "\r\nAuthorization: Bearer the-token\r\n"));
	CHECK(strstr(listener.request, "\r\nUser-Agent: onepassword-operator/" VERSION "\r\n"));
	CHECK_STR(seen.route, "vaults");
	CHECK_INT(seen.code, 200);
	CHECK(seen.duration_ns > 0);

	/* Nobody listens any more. */
	(void)close(listener.fd);
	struct op_vaults none = {0};
	CHECK_ERR(op_list_vaults(c, NULL, &none), ERR_UNAVAILABLE);
	CHECK_INT(seen.code, 0);
	op_client_free(c);
	op_endpoint_free(e);
	http_client_global_release();
}

TEST(endpoint, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
