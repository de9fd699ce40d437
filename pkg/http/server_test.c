#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS (20 * NS_PER_S)

/* A server with a handler that the tests steer. */
struct fixture {
	struct http_server *server;
	struct http_server_options options;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t blocked;
	bool released;
	atomic_size_t counted;
};

static void add_text(struct http_server_reply *r, const char *text)
{
	CHECK_OK(secret_add(http_reply_body(r), text, strlen(text)));
}

static void on_echo(const struct http_server_request *req, struct http_server_reply *reply)
{
	CLEANUP(mem_freep) char *head = mem_printf("%s %s %s ", req->method, req->path, req->query);

	http_reply_status(reply, 200);
	http_reply_content_type(reply, "text/plain");
	add_text(reply, head);
	CHECK_OK(secret_add(http_reply_body(reply), req->body, req->body_len));
	CHECK_STR(req->peer, "127.0.0.1");
}

static void on_block(struct fixture *f, struct http_server_reply *reply)
{
	SYNC_SCOPE(&f->mutex);
	f->blocked++;
	pthread_cond_broadcast(&f->changed);
	while (!f->released)
		sync_cond_wait(&f->changed, &f->mutex);
	http_reply_status(reply, 200);
	add_text(reply, "released");
}

/* "0123456789abcdef" over and over. */
static void on_big(struct http_server_reply *reply, size_t mib)
{
	char block[64 * 1024];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = "0123456789abcdef"[i % 16];
	http_reply_status(reply, 200);
	for (size_t i = 0; i < mib * 16; i++)
		CHECK_OK(secret_add(http_reply_body(reply), block, sizeof(block)));
}

static void handler(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct fixture *f = arg;

	if (streq(req->path, "/count")) {
		atomic_fetch_add(&f->counted, 1);
		http_reply_status(reply, 200);
		add_text(reply, "counted");
	} else if (streq(req->path, "/block")) {
		on_block(f, reply);
	} else if (streq(req->path, "/big")) {
		on_big(reply, 1);
	} else if (streq(req->path, "/huge")) {
		on_big(reply, 30);
	} else if (streq(req->path, "/inject")) {
		http_reply_status(reply, 200);
		http_reply_header(reply, "X-Evil", "a\r\nSet-Cookie: b");
	} else if (streq(req->path, "/empty")) {
		http_reply_status(reply, 204);
	} else if (!streq(req->path, "/untouched")) {
		on_echo(req, reply);
	}
}

static void fixture_start(struct fixture *f)
{
	sync_mutex_init(&f->mutex);
	sync_cond_init(&f->changed);
	f->options.name = "test";
	f->options.address = "127.0.0.1";
	CHECK_OK(http_server_start(&f->options, handler, f, &f->server));
}

static void release(struct fixture *f)
{
	SYNC_SCOPE(&f->mutex);
	f->released = true;
	pthread_cond_broadcast(&f->changed);
}

static void wait_blocked(struct fixture *f, size_t n)
{
	const int64_t deadline = clock_now_ns(NULL) + PATIENCE_NS;

	SYNC_SCOPE(&f->mutex);
	while (f->blocked < n)
		CHECK(sync_cond_wait_until(&f->changed, &f->mutex, deadline));
}

static void fixture_stop(struct fixture *f)
{
	release(f);
	http_server_stop(f->server, 10000);
	sync_cond_destroy(&f->changed);
	sync_mutex_destroy(&f->mutex);
	CHECK_INT(err_live(), 0);
}

static void pause_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS};

	nanosleep(&t, NULL);
}

static void wait_in_flight(const struct fixture *f, size_t n)
{
	const int64_t deadline = clock_now_ns(NULL) + PATIENCE_NS;

	while (http_server_in_flight(f->server) != n) {
		CHECK(clock_now_ns(NULL) < deadline);
		pause_ms(1);
	}
}

/* --- Clients --- */

static pid_t attack_begin(const struct fixture *f, const char *name, const char *cert_path)
{
	char program[] = "/usr/bin/python3", flags[] = "-ISE", script[] = "pkg/http/testdata/attack.py";
	CLEANUP(mem_freep) char *port = mem_printf("%d", http_server_port(f->server));
	CLEANUP(mem_freep) char *name_arg = mem_strdup(name);
	CLEANUP(mem_freep) char *cert_arg = mem_strdup(cert_path);
	char *argv[] = {program, flags, script, name_arg, port, cert_arg, NULL};
	pid_t pid = 0;

	CHECK(posix_spawn(&pid, program, NULL, NULL, argv, environ) == 0);
	return pid;
}

static void attack_end(pid_t pid, const char *name)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "attack.py %s: status %d", name, status);
}

static void attack(const struct fixture *f, const char *name)
{
	attack_end(attack_begin(f, name, NULL), name);
}

static int dial_with(int fd, const struct fixture *f)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons((uint16_t)http_server_port(f->server)),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int dial(const struct fixture *f)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && dial_with(fd, f) == 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* Share of one CPU that this process used while some time passed. */
static int cpu_percent(void)
{
	const long window_ms = 100;
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	pause_ms(window_ms);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (int)(((b.tv_sec - a.tv_sec) * NS_PER_S + (b.tv_nsec - a.tv_nsec)) * 100 /
		     (window_ms * NS_PER_MS));
}

/* A thread that spins would never let this end. */
static void wait_until_it_rests(void)
{
	const int64_t deadline = clock_now_ns(NULL) + PATIENCE_NS;

	while (cpu_percent() > 25)
		CHECK(clock_now_ns(NULL) < deadline);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* --- Tests --- */

static void run_attack(const char *name, struct http_server_options options)
{
	struct fixture f = {.options = options};

	fixture_start(&f);
	attack(&f, name);
	wait_in_flight(&f, 0);
	fixture_stop(&f);
}

TEST(server, ends_requests_that_drip)
{
	const struct http_server_options quick = {.request_ms = 300};

	run_attack("slow_headers", quick);
	run_attack("slow_second_headers", quick);
	run_attack("drip_body", quick);
}

TEST(server, refuses_chunks_and_smuggled_requests)
{
	struct fixture f = {.counted = 0};

	fixture_start(&f);
	attack(&f, "chunked");
	attack(&f, "smuggling");
	CHECK_INT(f.counted, 0);
	fixture_stop(&f);
}

TEST(server, answers_pipelined_requests_once_and_in_order)
{
	struct fixture f = {.counted = 0};

	fixture_start(&f);
	attack(&f, "pipelining");
	attack(&f, "completion");
	CHECK_INT(f.counted, 20);
	fixture_stop(&f);
}

TEST(server, refuses_what_is_too_large)
{
	run_attack("over_limit", (struct http_server_options){.max_body = 1000});
}

TEST(server, keeps_a_connection_for_many_requests)
{
	run_attack("keepalive", (struct http_server_options){.workers = 1});
}

TEST(server, closes_connections_over_the_cap)
{
	run_attack("cap", (struct http_server_options){.max_connections = 8});
}

TEST(server, serves_many_clients)
{
	run_attack("load", (struct http_server_options){.workers = 4});
}

TEST(server, speaks_http)
{
	const struct http_server_options defaults = {.port = 0};

	run_attack("methods", defaults);
	run_attack("replies", defaults);
	run_attack("expects", defaults);
	run_attack("goodbye", defaults);
}

TEST(server, answers_503_when_the_queue_is_full)
{
	struct fixture f = {.options = {.workers = 1, .max_queue = 1}};
	int first, second;

	fixture_start(&f);
	first = dial(&f);
	send_text(first, GET("/block"));
	wait_blocked(&f, 1);
	second = dial(&f);
	send_text(second, GET("/count"));
	wait_in_flight(&f, 2);
	attack(&f, "queue_full");
	CHECK_INT(f.counted, 0);
	release(&f);
	wait_in_flight(&f, 0);
	CHECK_INT(f.counted, 1);
	close(first);
	close(second);
	fixture_stop(&f);
}

TEST(server, drops_the_request_of_a_client_that_left)
{
	static const bool resets[] = {false, true};

	for (size_t i = 0; i < ARRAY_LEN(resets); i++) {
		struct fixture f = {.options = {.workers = 1}};
		const struct linger reset = {.l_onoff = 1, .l_linger = 0};
		int first, second;

		fixture_start(&f);
		first = dial(&f);
		send_text(first, GET("/block"));
		wait_blocked(&f, 1);
		second = dial(&f);
		send_text(second, GET("/count"));
		wait_in_flight(&f, 2);
		if (resets[i])
			CHECK(setsockopt(second, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0);
		close(second);
		wait_in_flight(&f, 1);
		/* The one that a worker has already is kept until its handler ends. */
		close(first);
		release(&f);
		wait_in_flight(&f, 0);
		CHECK_INT(f.counted, 0);
		fixture_stop(&f);
	}
}

TEST(server, gives_up_on_a_handler_past_the_deadline)
{
	struct fixture f = {.options = {.workers = 1, .request_ms = 200}};
	char reply[32];
	int fd;

	fixture_start(&f);
	attack(&f, "blocked_too_long");
	CHECK_INT(http_server_in_flight(f.server), 1);
	/* One that was waiting for that worker is not begun any more. */
	fd = dial(&f);
	send_text(fd, GET("/count"));
	CHECK(recv(fd, reply, sizeof(reply), 0) > 12 && memcmp(reply, "HTTP/1.1 503", 12) == 0);
	wait_in_flight(&f, 1);
	close(fd);
	release(&f);
	wait_in_flight(&f, 0);
	CHECK_INT(f.counted, 0);
	attack(&f, "replies");
	fixture_stop(&f);
}

/* A client with a small window, so that a large reply gets stuck. */
static int dial_narrow(const struct fixture *f)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	CHECK(dial_with(fd, f) == 0);
	return fd;
}

TEST(server, gives_up_on_a_client_that_does_not_read)
{
	struct fixture f = {.options = {.request_ms = 500}};
	int fd;

	fixture_start(&f);
	fd = dial_narrow(&f);
	send_text(fd, GET("/huge"));
	wait_in_flight(&f, 1);
	wait_in_flight(&f, 0);
	close(fd);
	fixture_stop(&f);
}

TEST(server, rests_while_it_waits)
{
	static const char *const first[] = {GET("/block"), GET("/huge")};
	CLEANUP(mem_freep) char *ahead = mem_zalloc(256 * 1024);

	memset(ahead, 'x', 256 * 1024 - 1);
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct fixture f = {.blocked = 0};
		int fd;

		fixture_start(&f);
		fd = dial_narrow(&f);
		send_text(fd, first[i]);
		wait_in_flight(&f, 1);
		/* More than the server is willing to buffer; the rest stays in the kernel and keeps the
		 * socket readable. */
		CHECK(send(fd, ahead, 256 * 1024 - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 64 * 1024);
		wait_until_it_rests();
		CHECK_INT(http_server_in_flight(f.server), 1);
		close(fd);
		release(&f);
		wait_in_flight(&f, 0);
		fixture_stop(&f);
	}
}

/* Opens descriptors until there are none left. */
static size_t exhaust(int *fds, size_t max)
{
	size_t n = 0;

	while (n < max && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	CHECK(n < max && errno == EMFILE);
	return n;
}

TEST(server, survives_without_descriptors)
{
	struct fixture f = {.blocked = 0};
	struct rlimit before = {.rlim_cur = 0}, low;
	int fds[512], fd;
	size_t n;
	char reply[32];

	fixture_start(&f);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && getrlimit(RLIMIT_NOFILE, &before) == 0);
	low = before;
	low.rlim_cur = 256;
	CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	n = exhaust(fds, ARRAY_LEN(fds));
	/* The kernel connects; the server cannot accept. */
	CHECK(dial_with(fd, &f) == 0);
	send_text(fd, GET("/echo"));
	wait_until_it_rests();
	CHECK(recv(fd, reply, sizeof(reply), MSG_DONTWAIT) < 0 && errno == EAGAIN);
	while (n > 0)
		close(fds[--n]);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(recv(fd, reply, sizeof(reply), 0) > 12 && memcmp(reply, "HTTP/1.1 200", 12) == 0);
	close(fd);
	fixture_stop(&f);
}

/* --- Stopping --- */

struct stopping {
	struct fixture *f;
	int64_t drain_ms;
};

static void *stop_main(void *arg)
{
	struct stopping *s = arg;

	http_server_stop(s->f->server, s->drain_ms);
	return NULL;
}

static void end(struct fixture *f)
{
	sync_cond_destroy(&f->changed);
	sync_mutex_destroy(&f->mutex);
	CHECK_INT(err_live(), 0);
}

TEST(server, lets_requests_end_when_it_stops)
{
	struct fixture f = {.blocked = 0};
	struct stopping stopping = {.f = &f, .drain_ms = 20000};
	const int64_t deadline = clock_now_ns(NULL) + PATIENCE_NS;
	pid_t client;
	pthread_t thread;
	char c;
	int idle;

	fixture_start(&f);
	idle = dial(&f);
	send_text(idle, GET("/empty"));
	CHECK(recv(idle, &c, 1, MSG_PEEK) == 1);
	client = attack_begin(&f, "block", NULL);
	wait_blocked(&f, 1);
	sync_thread_start(&thread, "stop", stop_main, &stopping);
	/* New clients are refused while the old one waits. */
	for (;;) {
		const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		const int refused = dial_with(fd, &f) < 0 && errno == ECONNREFUSED;

		close(fd);
		if (refused)
			break;
		CHECK(clock_now_ns(NULL) < deadline);
	}
	release(&f);
	attack_end(client, "block");
	sync_thread_join(thread);
	while (recv(idle, &c, 1, 0) == 1)
		;
	close(idle);
	end(&f);
}

TEST(server, stops_although_clients_stay)
{
	struct fixture f = {.blocked = 0};
	int fds[10];

	fixture_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = dial(&f);
		send_text(fds[i], i % 2 ? GET("/empty") : "GET /half");
	}
	http_server_stop(f.server, 100);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	end(&f);
}

TEST(server, stops_after_the_drain_time)
{
	struct fixture f = {.options = {.workers = 1}};
	const int64_t start = clock_now_ns(NULL);
	struct stopping stopping = {.f = &f, .drain_ms = 50};
	pthread_t thread;
	int fd, waiting;

	fixture_start(&f);
	fd = dial(&f);
	send_text(fd, GET("/block"));
	wait_blocked(&f, 1);
	waiting = dial(&f);
	send_text(waiting, GET("/count"));
	wait_in_flight(&f, 2);
	sync_thread_start(&thread, "stop", stop_main, &stopping);
	pause_ms(500);
	release(&f);
	sync_thread_join(thread);
	CHECK(clock_now_ns(NULL) - start >= 50 * NS_PER_MS);
	CHECK_INT(f.counted, 0);
	close(fd);
	close(waiting);
	end(&f);
}

/* --- TLS --- */

struct identity {
	char folder[32];
	char *path; /* of the certificate */
	struct strbuf cert;
	struct secret *key;
};

static void identity_init(struct identity *i)
{
	CLEANUP(strv_release) struct strv hosts = {.v = NULL};

	*i = (struct identity){.folder = "/tmp/server-test-XXXXXX"};
	strv_add(&hosts, "localhost");
	strbuf_init(&i->cert, 64 * 1024);
	CHECK_OK(crypto_self_signed(&hosts, &i->key, &i->cert));
	CHECK(mkdtemp(i->folder) != NULL);
	i->path = mem_printf("%s/cert.pem", i->folder);
	CHECK_OK(file_write_atomic(i->path, i->cert.p, i->cert.len, 0600));
}

static void identity_release(struct identity *i)
{
	unlink(i->path);
	rmdir(i->folder);
	mem_free(i->path);
	strbuf_release(&i->cert);
	secret_free(i->key);
}

static void tls_attack(const struct fixture *f, const char *name, const struct identity *i)
{
	attack_end(attack_begin(f, name, i->path), name);
}

TEST(server, speaks_tls)
{
	struct identity i;
	struct fixture f = {.options = {.workers = 4}};

	identity_init(&i);
	f.options.cert_pem = i.cert.p;
	f.options.key_pem = i.key;
	fixture_start(&f);
	tls_attack(&f, "tls_handshake", &i);
	tls_attack(&f, "tls_garbage", &i);
	tls_attack(&f, "tls_pipelining", &i);
	tls_attack(&f, "tls_load", &i);
	fixture_stop(&f);
	identity_release(&i);
}

TEST(server, keeps_a_silent_tls_connection)
{
	struct identity i;
	struct fixture f = {.blocked = 0};

	identity_init(&i);
	f.options.cert_pem = i.cert.p;
	f.options.key_pem = i.key;
	fixture_start(&f);
	tls_attack(&f, "tls_idle", &i);
	fixture_stop(&f);
	identity_release(&i);
}

TEST(server, changes_its_certificate)
{
	struct identity old, new;
	struct fixture f = {.blocked = 0};

	identity_init(&old);
	identity_init(&new);
	f.options.cert_pem = old.cert.p;
	f.options.key_pem = old.key;
	fixture_start(&f);
	tls_attack(&f, "tls_is", &old);
	CHECK_ERR(http_server_set_certificate(f.server, new.cert.p, old.key), ERR_INVALID);
	tls_attack(&f, "tls_is", &old);
	CHECK_OK(http_server_set_certificate(f.server, new.cert.p, new.key));
	tls_attack(&f, "tls_is", &new);
	fixture_stop(&f);
	identity_release(&old);
	identity_release(&new);
}

TEST(server, has_no_certificate_to_change_without_tls)
{
	struct identity i;
	struct fixture f = {.blocked = 0};

	identity_init(&i);
	fixture_start(&f);
	CHECK_ERR(http_server_set_certificate(f.server, i.cert.p, i.key), ERR_INVALID);
	fixture_stop(&f);
	identity_release(&i);
}

/* --- Starting --- */

TEST(server, says_why_it_does_not_start)
{
	struct fixture f = {.blocked = 0};
	struct http_server_options o = {.address = "localhost"};
	struct http_server *other = NULL;
	struct identity i;

	identity_init(&i);
	fixture_start(&f);
	CHECK_ERR(http_server_start(&o, handler, &f, &other), ERR_INVALID);
	o = (struct http_server_options){.address = "127.0.0.1", .port = http_server_port(f.server)};
	CHECK_ERR(http_server_start(&o, handler, &f, &other), ERR_UNAVAILABLE);
	o = (struct http_server_options){.address = "127.0.0.1", .cert_pem = "no PEM", .key_pem = i.key};
	CHECK_ERR(http_server_start(&o, handler, &f, &other), ERR_INVALID);
	CHECK(other == NULL);
	fixture_stop(&f);
	identity_release(&i);
}

TEST(server, listens_on_all_addresses)
{
	struct fixture f = {.blocked = 0};
	struct http_server_options o = {.workers = 1};
	struct http_server *all = NULL;

	fixture_start(&f);
	CHECK_OK(http_server_start(&o, handler, &f, &all));
	struct fixture other = {.server = all};
	attack(&other, "keepalive"); /* the peer is 127.0.0.1 also on a socket of both families */
	http_server_stop(all, 1000);
	http_server_stop(NULL, 0);
	fixture_stop(&f);
}
