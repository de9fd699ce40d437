/* The client on real connections, with a configuration from files that change under it. */
#include "kube/client.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/client.h"
#include "kube/config_load.h"
#include "kube/folder_test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Knows one token; answers one connection after the other. */
struct peer {
	int fd, port;
	pthread_t thread;
	const char *token;
	atomic_int connections, requests;
};

static bool read_request(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		const ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		buf[len] = '\0';
		if (strstr(buf, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void serve(struct peer *p, int fd)
{
	static const char ok[] = "{\"gitVersion\":\"v1\"}";
	static const char denied[] = "{\"kind\":\"Status\",\"code\":401,\"message\":\"Unauthorized\"}";
	char request[4096], answer[512];

	while (read_request(fd, request, sizeof(request))) {
		const bool knows = strstr(request, p->token);
		const char *body = knows ? ok : denied;

		atomic_fetch_add(&p->requests, 1);
		const int len = snprintf(answer, sizeof(answer),
					 "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
					 "Content-Length: %zu\r\n\r\n%s",
					 knows ? "200 OK" : "401 Unauthorized", strlen(body), body);
		CHECK_INT(write(fd, answer, (size_t)len), len);
	}
}

static void *peer_main(void *arg)
{
	struct peer *p = arg;

	for (;;) {
		const int fd = accept(p->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		atomic_fetch_add(&p->connections, 1);
		serve(p, fd);
		close(fd);
	}
}

static void peer_start(struct peer *p, const char *token)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(address);

	*p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .token = token};
	CHECK_INT(bind(p->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(p->fd, 8), 0);
	CHECK_INT(getsockname(p->fd, (struct sockaddr *)&address, &len), 0);
	p->port = ntohs(address.sin_port);
	sync_thread_start(&p->thread, "peer", peer_main, p);
}

static void peer_stop(struct peer *p)
{
	shutdown(p->fd, SHUT_RDWR);
	sync_thread_join(p->thread);
	close(p->fd);
}

static int64_t now(void *arg)
{
	return *(int64_t *)arg;
}

/* A client whose token and CA are files in a folder, with a clock that the test moves. */
struct fixture {
	struct peer peer;
	struct folder folder;
	int64_t now_ns;
	struct clock clock;
	struct kube_config *config;
	struct kube_client *client;
};

#define PEM(what) "-----BEGIN CERTIFICATE-----\n" what "\n-----END CERTIFICATE-----\n"

static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){.now_ns = 1000 * NS_PER_S, .clock = {now, NULL}};
	f->clock.arg = &f->now_ns;
	http_client_global_init();
	peer_start(&f->peer, "Bearer new\r\n");
	folder_init(&f->folder);
	CLEANUP(mem_freep)
	char *text = mem_printf("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
				"clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d', "
				"certificate-authority: ca.crt}}]\n"
				"users: [{name: u, user: {tokenFile: token}}]\n",
				f->peer.port);
	CLEANUP(mem_freep) char *path = folder_path(&f->folder, "config");
	folder_write(&f->folder, "config", text);
	folder_write(&f->folder, "ca.crt", PEM("one"));
	folder_write(&f->folder, "token", "old");
	const struct kube_config_sources from = {
		.path = path, .service_account = "/nonexistent", .clock = &f->clock};
	CHECK_OK(kube_config_load_from(&from, &f->config));
	CHECK_OK(kube_client_new(f->config, "test/1", NULL, &f->client));
}

static void fixture_release(struct fixture *f)
{
	kube_client_free(f->client);
	kube_config_free(f->config);
	peer_stop(&f->peer);
	folder_release(&f->folder);
}

static err_t ask(struct fixture *f)
{
	CLEANUP(kube_object_release) struct kube_object o = {0};

	return kube_raw(f->client, "GET", "/version", NULL, 0, NULL, &o);
}

TEST(client_wire, a_token_that_was_rotated_is_read_again_once_it_is_refused)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", "new\n");
	CHECK_OK(ask(&f));
	CHECK_INT(f.peer.requests, 2);
	CHECK_OK(ask(&f));
	CHECK_INT(f.peer.requests, 3);
	CHECK_INT(f.peer.connections, 1);
}

TEST(client_wire, a_token_that_stays_refused_is_tried_twice)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	CLEANUP(err_freep) err_t e = ask(&f);
	CHECK(err_is(e, ERR_DENIED));
	CHECK_STR(err_text(e), "GET /version: HTTP 401: Unauthorized");
	CHECK_INT(f.peer.requests, 2);
}

static err_t no_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	CHECK_INT(len, strlen("{\"gitVersion\":\"v1\"}"));
	return NULL;
}

TEST(client_wire, a_watch_reads_the_token_again_too)
{
	static const struct kube_target all = {&kube_secrets, NULL, NULL, NULL};
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", "new");
	CHECK_OK(kube_watch(f.client, &all, KUBE_FULL, NULL, "1", 300, NULL, no_line, NULL));
	CHECK_INT(f.peer.requests, 2);
}

TEST(client_wire, a_rotated_ca_makes_a_new_connection)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", "new");
	CHECK_OK(ask(&f));
	folder_write(&f.folder, "ca.crt", PEM("two"));
	CHECK_OK(ask(&f));
	CHECK_INT(f.peer.connections, 1);
	f.now_ns += 300 * NS_PER_S;
	CHECK_OK(ask(&f));
	CHECK_OK(ask(&f));
	CHECK_INT(f.peer.connections, 2);
	CHECK_INT(err_live(), 0);
}
