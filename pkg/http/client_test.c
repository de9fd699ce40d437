#include "http/peer_test.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Far more than anything here takes, far less than a request's own deadline. */
#define PROMPT_MS 5000

struct fixture {
	struct peer peer;
	struct http_transport *t;
	struct http_response r;
	struct strbuf lines; /* of a stream, each in brackets */
	size_t fds;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){0};
	peer_start(&f->peer, false);
	f->fds = peer_open_fds();
	strbuf_init(&f->lines, 10000);

	const struct http_client_options options = {
		.base_url = peer_url(&f->peer, "http", "127.0.0.1", "plain"),
		.allow_http = true,
		.user_agent = "test/1",
	};

	CHECK_OK(http_client_new(&options, &f->t));
}

static void teardown(struct fixture *f)
{
	http_response_release(&f->r);
	http_transport_freep(&f->t);
	strbuf_release(&f->lines);
	CHECK_INT(peer_open_fds(), f->fds);
	peer_stop(&f->peer);
}

static err_t get(struct fixture *f, const struct http_request *req)
{
	http_response_release(&f->r);
	return http_request(f->t, req, NULL, &f->r);
}

static err_t get_path(struct fixture *f, const char *path)
{
	const struct http_request req = peer_get(path);

	return get(f, &req);
}

static const char *body(const struct fixture *f)
{
	return secret_bytes(f->r.body);
}

static bool body_has(const struct fixture *f, const char *text)
{
	return strstr(body(f), text) != NULL;
}

static err_t gather(void *arg, const char *line, size_t len)
{
	struct strbuf *b = arg;

	strbuf_addc(b, '[');
	strbuf_add(b, line, len);
	strbuf_addc(b, ']');
	return NULL;
}

static err_t stream_path(struct fixture *f, const char *path)
{
	const struct http_request req = peer_get(path);

	http_response_release(&f->r);
	return http_stream(f->t, &req, NULL, gather, &f->lines, &f->r);
}

/* The error must have that kind and text. */
#define CHECK_FAILS(expr, want_kind, want_text)                                                              \
	do {                                                                                                 \
		err_t fails_e = (expr);                                                                      \
		CHECK_MSG(err_is(fails_e, want_kind) && strstr(err_text(fails_e), want_text), "%s: %s",      \
			  #expr, fails_e ? err_text(fails_e) : "succeeded");                                 \
		err_free(fails_e);                                                                           \
	} while (0)

TEST(client, sends_what_was_asked)
{
	static const struct http_header headers[] = {{"X-Test", "a b"}, {"Accept", ""}};
	CLEANUP(secret_freep) struct secret *token = secret_from_str("top.secret-token");
	struct http_request req = peer_get("/echo/../a%20b?x=%2F");
	struct fixture f;

	setup(&f);
	req.method = "PATCH";
	req.headers = headers;
	req.n_headers = ARRAY_LEN(headers);
	req.bearer = token;
	req.body = "{\"b\":1}";
	req.body_len = 7;
	req.content_type = "application/apply-patch+yaml";
	CHECK_OK(get(&f, &req));
	CHECK_INT(f.r.status, 200);
	CHECK_STR(f.r.content_type, "text/plain");
	CHECK(str_has_prefix(body(&f), "PATCH /echo/../a%20b?x=%2F\n"));
	CHECK(body_has(&f, "\nauthorization: Bearer top.secret-token\n"));
	CHECK(body_has(&f, "\naccept-encoding: gzip\n"));
	CHECK(body_has(&f, "\ncontent-type: application/apply-patch+yaml\n"));
	CHECK(body_has(&f, "\nuser-agent: test/1\n"));
	CHECK(body_has(&f, "\nx-test: a b\n"));
	CHECK(str_has_suffix(body(&f), "\n\n{\"b\":1}"));
	/* Nothing of it stays for the next one. */
	CHECK_OK(get_path(&f, "/b"));
	CHECK(str_has_prefix(body(&f), "GET /b\n"));
	CHECK(!body_has(&f, "authorization") && !body_has(&f, "content-type") && !body_has(&f, "x-test"));
	teardown(&f);
}

TEST(client, sends_large_bodies_without_asking_first)
{
	CLEANUP(mem_freep) char *large = mem_alloc(2000000);
	struct http_request req = peer_get("/echo");
	struct fixture f;

	setup(&f);
	memset(large, 'b', 2000000);
	req.method = "PUT";
	req.body = large;
	req.body_len = 2000000;
	req.max_bytes = 3000000;
	CHECK_OK(get(&f, &req));
	CHECK(!body_has(&f, "expect:"));
	CHECK(secret_len(f.r.body) > 2000000);
	teardown(&f);
}

TEST(client, sends_every_method_with_and_without_body)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct http_request req = peer_get("/echo");

		req.method = methods[i];
		CHECK_OK(get(&f, &req));
		CHECK(str_has_prefix(body(&f), methods[i]));
		req.body = "sent";
		req.body_len = 4;
		CHECK_OK(get(&f, &req));
		CHECK(str_has_prefix(body(&f), methods[i]));
		CHECK(str_has_suffix(body(&f), "\n\nsent"));
	}
	teardown(&f);
}

TEST(client, keeps_its_connection)
{
	struct fixture f;

	setup(&f);
	for (int i = 0; i < 5; i++) {
		CHECK_OK(get_path(&f, "/echo"));
		CHECK(body_has(&f, "\nconnection: 1\n"));
	}
	teardown(&f);
}

TEST(client, opens_a_new_connection_where_the_old_one_died)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");
	struct http_request req = peer_get("/echo");
	struct fixture f;

	setup(&f);
	req.method = "POST";
	req.body = "again";
	req.body_len = 5;
	req.bearer = token;
	for (int i = 0; i < 5; i++) {
		CHECK_OK(get_path(&f, "/forget"));
		CHECK_OK(get(&f, &req));
		CHECK(str_has_suffix(body(&f), "\n\nagain"));
	}
	teardown(&f);
}

TEST(client, gives_the_head_of_the_answer)
{
	struct fixture f;

	setup(&f);
	CHECK_OK(get_path(&f, "/head"));
	CHECK_STR(f.r.etag, "\"7\"");
	CHECK_STR(f.r.content_type, "application/json");
	CHECK_STR(f.r.connect_version, "1.7.3");
	CHECK_INT(f.r.server_time_ms, INT64_C(784111777000));
	CHECK_STR(body(&f), "{}");
	CHECK_OK(get_path(&f, "/429"));
	CHECK_INT(f.r.status, 429);
	CHECK_INT(f.r.retry_after_ms, 7000);
	CHECK_OK(get_path(&f, "/503"));
	CHECK_INT(f.r.status, 503);
	CHECK_INT(f.r.retry_after_ms, 90000);
	CHECK_OK(get_path(&f, "/empty"));
	CHECK_INT(f.r.status, 204);
	CHECK_STR(body(&f), "");
	teardown(&f);
}

TEST(client, takes_any_status_as_an_answer_and_follows_nothing)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");
	struct http_request req = peer_get("/401");
	struct fixture f;

	setup(&f);
	CHECK_OK(get_path(&f, "/redirect"));
	CHECK_INT(f.r.status, 302);
	CHECK_STR(body(&f), "elsewhere");
	req.bearer = token;
	CHECK_OK(get(&f, &req));
	CHECK_INT(f.r.status, 401);
	CHECK_STR(body(&f), "{\"message\":\"no\"}");
	teardown(&f);
}

TEST(client, joins_chunks_and_unpacks_gzip)
{
	struct fixture f;

	setup(&f);
	CHECK_OK(get_path(&f, "/split"));
	CHECK_STR(body(&f), "{\"k\":\"é€😀\"}");
	CHECK_OK(get_path(&f, "/gzip"));
	CHECK_INT(secret_len(f.r.body), 5000);
	CHECK(str_has_prefix(body(&f), "plainplain"));
	CHECK_FAILS(get_path(&f, "/badgzip"), ERR_PROTOCOL,
		    "GET /badgzip: the answer's compression is broken");
	teardown(&f);
}

TEST(client, has_a_ceiling_for_bodies_also_packed_ones)
{
	struct http_request req = peer_get("/big");
	struct fixture f;

	setup(&f);
	CHECK_FAILS(get_path(&f, "/big"), ERR_TOO_LARGE, "GET /big: the answer is over 100000 bytes");
	CHECK_FAILS(get_path(&f, "/bomb"), ERR_TOO_LARGE, "GET /bomb: the answer is over 100000 bytes");
	req.max_bytes = 1 << 20;
	CHECK_OK(get(&f, &req));
	CHECK_INT(secret_len(f.r.body), 1 << 20);
	teardown(&f);
}

TEST(client, names_each_way_a_connection_breaks)
{
	static const struct {
		const char *path, *want_text;
		enum err_kind want;
	} cases[] = {
		{"/close", "GET /close: the connection closed without an answer", ERR_UNAVAILABLE},
		{"/short", "GET /short: the connection closed within the answer", ERR_UNAVAILABLE},
		{"/reset", "GET /reset: the connection broke while receiving", ERR_UNAVAILABLE},
		{"/nothttp", "GET /nothttp: the peer does not speak HTTP/1.1", ERR_PROTOCOL},
		{"/badlength", "GET /badlength: the answer is not proper HTTP", ERR_PROTOCOL},
	};
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_FAILS(get_path(&f, cases[i].path), cases[i].want, cases[i].want_text);
		CHECK_INT(f.r.status, 0);
	}
	CHECK_OK(get_path(&f, "/echo"));
	teardown(&f);
}

TEST(client, has_one_deadline_for_the_whole_request)
{
	struct http_request drip = peer_get("/drip?a=b"), hang = peer_get("/hang");
	const int64_t start_ns = clock_now_ns(NULL);
	struct fixture f;

	setup(&f);
	drip.timeout_ms = hang.timeout_ms = 200;
	CHECK_FAILS(get(&f, &drip), ERR_TIMEOUT, "GET /drip?a=b: no whole answer within 200 ms");
	CHECK_FAILS(get(&f, &hang), ERR_TIMEOUT, "GET /hang: no whole answer within 200 ms");
	CHECK(clock_now_ns(NULL) - start_ns < PROMPT_MS * NS_PER_MS);
	teardown(&f);
}

/* A port of 127.0.0.1 that listens, or only did. */
static int open_port(int backlog, int *out_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0);
	CHECK(backlog < 0 || listen(fd, backlog) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	*out_port = ntohs(a.sin_port);
	return fd;
}

static err_t ask_port(int port, int64_t connect_timeout_ms)
{
	CLEANUP(mem_freep) char *url = mem_printf("http://127.0.0.1:%d", port);
	CLEANUP(http_transport_freep) struct http_transport *t = NULL;
	CLEANUP(http_response_release) struct http_response r = {0};
	const struct http_client_options options = {
		.base_url = url, .allow_http = true, .connect_timeout_ms = connect_timeout_ms};
	const struct http_request req = peer_get("/x");

	TRY_(http_client_new(&options, &t));
	return http_request(t, &req, NULL, &r);
}

TEST(client, tells_a_refused_connection)
{
	CLEANUP(mem_freep) char *want = NULL;
	int port = 0;

	http_client_global_init();
	const int fd = open_port(-1, &port);

	want = mem_printf("GET /x: cannot connect to 127.0.0.1:%d: Connection refused", port);
	CHECK_FAILS(ask_port(port, 0), ERR_UNAVAILABLE, want);
	close(fd);
	http_client_global_release();
	CHECK_INT(err_live(), 0);
}

TEST(client, tells_a_connection_that_does_not_come_about)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int port = 0, full[3];
	const int fd = open_port(0, &port);

	http_client_global_init();
	/* Fills the queue of a listener that accepts nobody, so that the kernel drops what comes after. */
	a.sin_port = htons((uint16_t)port);
	for (size_t i = 0; i < ARRAY_LEN(full); i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(full[i], (const struct sockaddr *)&a, sizeof(a));
	}
	CHECK_FAILS(ask_port(port, 300), ERR_TIMEOUT, "GET /x: no connection to 127.0.0.1:");
	for (size_t i = 0; i < ARRAY_LEN(full); i++)
		close(full[i]);
	close(fd);
	http_client_global_release();
	CHECK_INT(err_live(), 0);
}

TEST(client, streams_lines_as_they_arrive)
{
	struct fixture f;

	setup(&f);
	CHECK_OK(stream_path(&f, "/lines"));
	CHECK_INT(f.r.status, 200);
	CHECK_INT(secret_len(f.r.body), 0);
	CHECK_STR(f.r.content_type, "application/json");
	CHECK_INT(f.lines.len, strlen("[one][twö\r][][nu_l][{}][tail]"));
	CHECK(memcmp(f.lines.p, "[one][twö\r][][nu\0l][{}][tail]", f.lines.len) == 0);
	strbuf_reset(&f.lines);
	CHECK_OK(stream_path(&f, "/unframed"));
	CHECK_STR(f.lines.p, "[one][two]");
	teardown(&f);
}

static err_t count_lines(void *arg, const char *line, size_t len)
{
	int64_t *n = arg, value = 0;
	CLEANUP(mem_freep) char *text = mem_strndup(line, len);

	CHECK(str_to_int(text, 0, INT64_MAX, &value));
	CHECK_INT(value, *n);
	(*n)++;
	return NULL;
}

TEST(client, streams_many_lines_in_order)
{
	struct http_request req = peer_get("/many");
	int64_t n = 0;
	struct fixture f;

	setup(&f);
	req.max_bytes = 5;
	CHECK_OK(http_stream(f.t, &req, NULL, count_lines, &n, &f.r));
	CHECK_INT(n, 100000);
	teardown(&f);
}

TEST(client, streams_only_what_has_status_200)
{
	struct fixture f;

	setup(&f);
	CHECK_OK(stream_path(&f, "/401"));
	CHECK_INT(f.r.status, 401);
	CHECK_STR(body(&f), "{\"message\":\"no\"}");
	CHECK_INT(f.lines.len, 0);
	CHECK_OK(stream_path(&f, "/gzip"));
	CHECK_STR(f.lines.p, "[not asked for]");
	teardown(&f);
}

TEST(client, ends_a_stream_that_breaks_with_an_error_and_without_its_torn_line)
{
	struct fixture f;

	setup(&f);
	CHECK_FAILS(stream_path(&f, "/cut"), ERR_UNAVAILABLE, "GET /cut: the connection");
	CHECK_STR(f.lines.p, "[first]");
	teardown(&f);
}

TEST(client, ends_a_stream_with_a_line_over_the_ceiling)
{
	struct http_request req = peer_get("/longline");
	struct fixture f;

	setup(&f);
	req.max_bytes = 2000;
	CHECK_FAILS(http_stream(f.t, &req, NULL, gather, &f.lines, &f.r), ERR_TOO_LARGE,
		    "GET /longline: a line of the stream is over 2000 bytes");
	CHECK_STR(f.lines.p, "[short]");
	teardown(&f);
}

TEST(client, ends_a_stream_that_falls_silent)
{
	struct http_request req = peer_get("/silence");
	struct fixture f;

	setup(&f);
	req.silence_ms = 150;
	CHECK_FAILS(http_stream(f.t, &req, NULL, gather, &f.lines, &f.r), ERR_TIMEOUT,
		    "GET /silence: no byte for 150 ms");
	CHECK_STR(f.lines.p, "[first]");
	req.path = "/hang";
	CHECK_FAILS(http_stream(f.t, &req, NULL, gather, &f.lines, &f.r), ERR_TIMEOUT,
		    "GET /hang: no byte for 150 ms");
	teardown(&f);
}

struct slow_reader {
	int lines;
	struct peer *peer;
};

static err_t read_slowly(void *arg, const char *line, size_t len)
{
	struct slow_reader *s = arg;
	const int64_t until_ns = clock_now_ns(NULL) + 250 * NS_PER_MS;

	(void)line;
	(void)len;
	/* Busy for longer than the peer may be silent. */
	while (clock_now_ns(NULL) < until_ns)
		usleep(10000);
	return ++s->lines == 3 ? err_new(ERR_CONFLICT, "that is it") : NULL;
}

TEST(client, does_not_take_a_slow_reader_for_a_silent_peer_and_passes_its_error_on)
{
	struct http_request req = peer_get("/endless");
	struct slow_reader reader = {0};
	struct fixture f;

	setup(&f);
	req.silence_ms = 200;
	CHECK_FAILS(http_stream(f.t, &req, NULL, read_slowly, &reader, &f.r), ERR_CONFLICT, "that is it");
	CHECK_INT(reader.lines, 3);
	/* The abandoned connection is not used again. */
	CHECK_OK(get_path(&f, "/echo"));
	CHECK(body_has(&f, "\nconnection: 2\n"));
	teardown(&f);
}

struct canceler {
	struct peer *peer;
	struct cancel *cancel;
	int64_t at_ns;
};

static void *cancel_when_waiting(void *arg)
{
	struct canceler *c = arg;

	peer_expect(c->peer, "waiting");
	c->at_ns = clock_now_ns(NULL);
	cancel_set(c->cancel);
	return NULL;
}

TEST(client, returns_promptly_when_canceled_by_another_thread)
{
	static const char *const paths[] = {"/hang", "/silence", "/endless"};

	for (size_t i = 0; i < ARRAY_LEN(paths) * 2; i++) {
		const struct http_request req = peer_get(paths[i / 2]);
		CLEANUP(cancel_freep) struct cancel *cancel = cancel_new(NULL);
		struct fixture f;
		pthread_t thread;

		setup(&f);
		struct canceler c = {.peer = &f.peer, .cancel = cancel};
		sync_thread_start(&thread, "canceler", cancel_when_waiting, &c);
		err_t e = i % 2 == 0 ? http_request(f.t, &req, cancel, &f.r)
				     : http_stream(f.t, &req, cancel, gather, &f.lines, &f.r);
		const int64_t now_ns = clock_now_ns(NULL);
		sync_thread_join(thread);
		CHECK_MSG(err_is(e, ERR_CANCELED), "%s: %s", req.path, e ? err_text(e) : "succeeded");
		CHECK(now_ns - c.at_ns < PROMPT_MS * NS_PER_MS);
		err_free(e);
		teardown(&f);
	}
}

TEST(client, does_not_start_what_is_canceled_already)
{
	const struct http_request req = peer_get("/hang");
	CLEANUP(cancel_freep) struct cancel *cancel = cancel_new(NULL);
	struct fixture f;

	setup(&f);
	cancel_set(cancel);
	CHECK_FAILS(http_request(f.t, &req, cancel, &f.r), ERR_CANCELED, "GET /hang: canceled");
	/* And the wakeup that is left over hurts nobody. */
	CHECK_OK(get_path(&f, "/echo"));
	teardown(&f);
}

TEST(client, puts_paths_after_the_prefix_of_its_base_url)
{
	static const char *const prefixes[] = {"/pre/fix", "/pre/fix//"};
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		CLEANUP(mem_freep)
		char *url = mem_printf("%s%s", peer_url(&f.peer, "http", "localhost", "plain"), prefixes[i]);
		CLEANUP(http_transport_freep) struct http_transport *t = NULL;
		const struct http_client_options options = {.base_url = url, .allow_http = true};
		const struct http_request req = peer_get("/a?b");

		CHECK_OK(http_client_new(&options, &t));
		http_response_release(&f.r);
		CHECK_OK(http_request(t, &req, NULL, &f.r));
		CHECK(str_has_prefix(body(&f), "GET /pre/fix/a?b\n"));
		CHECK(body_has(&f, "\nhost: localhost:"));
		CHECK(!body_has(&f, "user-agent"));
	}
	teardown(&f);
}

TEST(client, refuses_options_that_cannot_be_meant)
{
	static const struct {
		const char *base_url, *server_name, *want_text;
		bool allow_http;
	} cases[] = {
		{NULL, NULL, "https://host", true},
		{"", NULL, "https://host", true},
		{"localhost:8080", NULL, "https://", true},
		{"http://a.test", NULL, "must begin with https://", false},
		{"ftp://a.test", NULL, "must begin with https:// or http://", true},
		{"https://user:pw@a.test", NULL, "must not hold a user or password", true},
		{"https://a.test/?q=1", NULL, "must not hold a query", true},
		{"https://a.test/#f", NULL, "must not hold a query or a fragment", true},
		{"https://a.test:99999", NULL, "https://host", true},
		{"https://a.test", "b.test/x", "server name", true},
		{"https://a.test", "b.test:1", "server name", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct http_client_options options = {.base_url = cases[i].base_url,
							    .server_name = cases[i].server_name,
							    .allow_http = cases[i].allow_http};
		struct http_transport *t = NULL;

		CHECK_FAILS(http_client_new(&options, &t), ERR_INVALID, cases[i].want_text);
	}
	CHECK_INT(err_live(), 0);
}
