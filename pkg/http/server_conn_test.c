#include "base/mem.h"
#include "base/test.h"
#include "http/server_conn.h"
#include <stdlib.h>
#include <string.h>

#define MS(n) ((n)*NS_PER_MS)
#define START MS(1000)
#define REQUEST_MS 20000
#define GET "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

/* A connection with a small client before it and a handler behind it. */
struct fixture {
	struct inflight inflight;
	struct conn_limits limits;
	struct conn c;
	struct strbuf received; /* by the client */
};

static void fixture_init(struct fixture *f)
{
	inflight_init(&f->inflight);
	f->limits = (struct conn_limits){.max_body = 100, .request_ms = REQUEST_MS, .inflight = &f->inflight};
	conn_init(&f->c, &f->limits, "192.0.2.1", START);
	strbuf_init(&f->received, 1024 * 1024);
}

static void fixture_release(struct fixture *f)
{
	conn_release(&f->c);
	CHECK_INT(inflight_count(&f->inflight), 0);
	inflight_release(&f->inflight);
	strbuf_release(&f->received);
	CHECK_INT(err_live(), 0);
}

static void send_text(struct fixture *f, const char *text)
{
	CHECK(conn_wants_input(&f->c));
	conn_feed(&f->c, text, strlen(text), START);
}

/* The client reads all there is, in pieces of that size. */
static const char *receive_in(struct fixture *f, size_t piece)
{
	uint8_t buf[256];
	size_t n;

	strbuf_reset(&f->received);
	while ((n = conn_next(&f->c, buf, piece)) > 0) {
		CHECK(n <= piece);
		strbuf_add(&f->received, buf, n);
	}
	CHECK(!conn_has_output(&f->c));
	conn_flushed(&f->c, START);
	return f->received.p;
}

static const char *receive(struct fixture *f)
{
	return receive_in(f, 256);
}

static void answer(struct fixture *f, const char *want_request, const char *body)
{
	struct exchange *x = conn_take(&f->c, 7);
	CLEANUP(mem_freep) char *got = NULL;

	CHECK(x != NULL);
	got = mem_printf("%s %s %s", x->request.method, x->request.path, x->request.body);
	CHECK_STR(got, want_request);
	CHECK_STR(x->request.peer, "192.0.2.1");
	CHECK_INT(f->c.state, CONN_WORK);
	CHECK_INT(f->c.work_id, 7);
	http_reply_status(&x->reply, 200);
	CHECK_OK(secret_add(http_reply_body(&x->reply), body, strlen(body)));
	conn_reply(&f->c, x);
	CHECK_INT(f->c.work_id, 0);
}

static bool ends_with(const char *s, const char *end)
{
	return str_has_suffix(s, end);
}

TEST(server_conn, answers_requests_in_their_order)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f, GET "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz\r\n\r\nGET /c "
			  "HTTP/1.1\r\nHost: a\r\n");
	answer(&f, "GET /a ", "one");
	CHECK(conn_take(&f.c, 8) == NULL);
	CHECK(!conn_wants_input(&f.c));
	CHECK(ends_with(receive_in(&f, 1), "Content-Length: 3\r\n\r\none"));
	answer(&f, "POST /b xyz", "two");
	CHECK(ends_with(receive(&f), "\r\n\r\ntwo"));
	CHECK_INT(f.c.state, CONN_HEAD);
	send_text(&f, "\r\n");
	answer(&f, "GET /c ", "three");
	CHECK(ends_with(receive(&f), "\r\n\r\nthree"));
	fixture_release(&f);
}

TEST(server_conn, refuses_and_lingers)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"GET /\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
		{"PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
		{"PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
		{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 411},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n0\r\n\r\n",
		 411},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413},
		{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n", 413},
		{"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417},
		{"GET / HTTP/3\r\n\r\n", 505},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *start = mem_printf("HTTP/1.1 %d ", cases[i].status);
		CLEANUP(mem_freep)
		char *body = mem_printf("\r\nConnection: close\r\n\r\n{\"status\":%d,\"message\":\"",
					cases[i].status);
		struct fixture f;
		const char *reply;

		fixture_init(&f);
		send_text(&f, cases[i].text);
		CHECK(conn_take(&f.c, 1) == NULL);
		reply = receive(&f);
		CHECK_MSG(str_has_prefix(reply, start), "%s: %s", cases[i].text, reply);
		CHECK(strstr(reply, "\r\nContent-Type: application/json\r\n"));
		CHECK_MSG(strstr(reply, body), "%s", reply);
		CHECK(ends_with(reply, "\"}"));
		CHECK_INT(f.c.state, CONN_LINGER);
		send_text(&f, GET);
		CHECK(conn_take(&f.c, 1) == NULL);
		conn_expire(&f.c, START + MS(CONN_LINGER_MS));
		CHECK_INT(f.c.state, CONN_OVER);
		CHECK(!conn_wants_input(&f.c));
		fixture_release(&f);
	}
}

TEST(server_conn, takes_bodies_of_any_method_up_to_the_limit)
{
	CLEANUP(mem_freep) char *body = mem_zalloc(101);
	struct fixture f;

	memset(body, 'x', 100);
	fixture_init(&f);
	send_text(&f, "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
	CHECK_INT(f.c.state, CONN_BODY);
	for (int i = 0; i < 100; i++)
		send_text(&f, "x");
	CLEANUP(mem_freep) char *want = mem_printf("DELETE / %s", body);
	answer(&f, want, "");
	CHECK(strstr(receive(&f), "Content-Length: 0\r\n"));
	send_text(&f, "POST /0 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	answer(&f, "POST /0 ", "");
	fixture_release(&f);
}

TEST(server_conn, ignores_empty_lines_before_a_request)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f, "\r\n\r\n\r");
	send_text(&f, "\n" GET);
	answer(&f, "GET /a ", "");
	fixture_release(&f);
}

TEST(server_conn, tells_a_client_that_asks_to_continue)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
	CHECK(conn_has_output(&f.c));
	CHECK_STR(receive(&f), "HTTP/1.1 100 Continue\r\n\r\n");
	CHECK_INT(f.c.state, CONN_BODY);
	send_text(&f, "x");
	answer(&f, "POST / x", "ok");
	CHECK(str_has_prefix(receive(&f), "HTTP/1.1 200 OK\r\n"));
	/* A client that does not wait gets both at once. */
	send_text(&f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
	send_text(&f, "x");
	answer(&f, "POST / x", "ok");
	CHECK(str_has_prefix(receive(&f), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
	/* One that sent its body with the head needs no invitation, one of HTTP/1.0 does not know it. */
	send_text(&f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx");
	answer(&f, "POST / x", "ok");
	CHECK(str_has_prefix(receive(&f), "HTTP/1.1 200 OK\r\n"));
	send_text(&f, "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
	CHECK(!conn_has_output(&f.c));
	fixture_release(&f);
}

TEST(server_conn, leaves_out_what_a_head_request_does_not_get)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
	answer(&f, "GET /a ", "body");
	CHECK(ends_with(receive(&f), "Content-Length: 4\r\n\r\n"));
	send_text(&f, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
	exchange_free(conn_take(&f.c, 9));
	conn_expire(&f.c, START + MS(REQUEST_MS));
	CHECK(ends_with(receive(&f), "Connection: close\r\n\r\n"));
	fixture_release(&f);
}

TEST(server_conn, keeps_connections_as_the_version_says)
{
	struct fixture f;
	const char *reply;

	fixture_init(&f);
	send_text(&f, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	answer(&f, "GET / ", "");
	reply = receive(&f);
	CHECK(str_has_prefix(reply, "HTTP/1.1 200 OK\r\n"));
	CHECK(strstr(reply, "\r\nConnection: keep-alive\r\n"));
	CHECK_INT(f.c.state, CONN_HEAD);
	send_text(&f, "GET / HTTP/1.0\r\n\r\n");
	answer(&f, "GET / ", "");
	CHECK(strstr(receive(&f), "\r\nConnection: close\r\n"));
	CHECK_INT(f.c.state, CONN_LINGER);
	fixture_release(&f);
}

TEST(server_conn, limits_the_head)
{
	CLEANUP(mem_freep) char *fill = mem_zalloc(HEAD_MAX + 1);
	struct fixture f;

	memset(fill, 'a', HEAD_MAX);
	fixture_init(&f);
	conn_feed(&f.c, fill, HEAD_MAX - 1, START);
	CHECK_INT(f.c.state, CONN_HEAD);
	send_text(&f, "a");
	CHECK(str_has_prefix(receive(&f), "HTTP/1.1 431 "));
	fixture_release(&f);

	fixture_init(&f);
	conn_feed(&f.c, fill, HEAD_MAX - 3, START);
	send_text(&f, "\r\n\r\n");
	CHECK(str_has_prefix(receive(&f), "HTTP/1.1 431 "));
	fixture_release(&f);
}

TEST(server_conn, bounds_what_is_sent_ahead)
{
	CLEANUP(mem_freep) char *fill = mem_zalloc(CONN_PIECE_MAX);
	struct fixture f;
	struct exchange *x;

	fixture_init(&f);
	send_text(&f, GET);
	x = conn_take(&f.c, 1);
	CHECK(conn_wants_input(&f.c));
	conn_feed(&f.c, fill, HEAD_MAX - 1, START);
	CHECK(conn_wants_input(&f.c));
	conn_feed(&f.c, fill, CONN_PIECE_MAX, START);
	CHECK(!conn_wants_input(&f.c));
	conn_feed(&f.c, fill, CONN_PIECE_MAX, START);
	CHECK_INT(f.c.state, CONN_OVER);
	exchange_free(x);
	fixture_release(&f);
}

TEST(server_conn, has_a_deadline_in_every_state)
{
	static const struct {
		const char *name, *text;
		int64_t ms;
		int status; /* 0: closed without a word */
	} cases[] = {
		{"silent from the start", "", CONN_HEAD_MS, 0},
		{"slow head", "GET ", CONN_HEAD_MS, 408},
		{"only empty lines", "\r\n\r\n", CONN_HEAD_MS, 408},
		{"slow body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx", REQUEST_MS, 408},
		{"not taken", GET, REQUEST_MS, 503},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;
		const char *reply;

		fixture_init(&f);
		send_text(&f, cases[i].text);
		conn_expire(&f.c, START + MS(cases[i].ms) - 1);
		CHECK_MSG(!conn_has_output(&f.c) && f.c.state != CONN_OVER, "%s", cases[i].name);
		CHECK_INT(f.c.deadline_ns, START + MS(cases[i].ms));
		conn_expire(&f.c, START + MS(cases[i].ms));
		reply = receive(&f);
		CHECK_MSG((int)strtol(*reply ? reply + 9 : "0", NULL, 10) == cases[i].status, "%s: %s",
			  cases[i].name, reply);
		CHECK_INT(f.c.state, cases[i].status ? CONN_LINGER : CONN_OVER);
		fixture_release(&f);
	}
}

TEST(server_conn, gives_up_on_a_slow_worker_and_a_slow_reader)
{
	struct fixture f;
	struct exchange *x;

	fixture_init(&f);
	send_text(&f, GET);
	x = conn_take(&f.c, 5);
	conn_expire(&f.c, START + MS(REQUEST_MS));
	CHECK_INT(f.c.work_id, 0);
	CHECK_INT(f.c.state, CONN_REPLY);
	CHECK_INT(inflight_count(&f.inflight), 2);
	conn_expire(&f.c, START + MS(REQUEST_MS + CONN_LINGER_MS) - 1);
	CHECK_INT(f.c.state, CONN_REPLY);
	conn_expire(&f.c, START + MS(REQUEST_MS + CONN_LINGER_MS));
	CHECK_INT(f.c.state, CONN_OVER);
	exchange_free(x);
	fixture_release(&f);
}

TEST(server_conn, closes_an_idle_connection)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f, GET);
	answer(&f, "GET /a ", "");
	receive(&f);
	CHECK_INT(f.c.deadline_ns, START + MS(CONN_IDLE_MS));
	conn_expire(&f.c, START + MS(CONN_IDLE_MS));
	CHECK_INT(f.c.state, CONN_OVER);
	fixture_release(&f);
}

TEST(server_conn, measures_a_short_limit_from_the_first_byte)
{
	struct fixture f;

	fixture_init(&f);
	f.limits.request_ms = 10;
	send_text(&f, "G");
	conn_feed(&f.c, "E", 1, START + MS(9));
	CHECK_INT(f.c.deadline_ns, START + MS(10));
	fixture_release(&f);
}

TEST(server_conn, drains)
{
	struct fixture f;

	fixture_init(&f);
	conn_drain(&f.c);
	CHECK_INT(f.c.state, CONN_OVER);
	fixture_release(&f);

	fixture_init(&f);
	send_text(&f, "GET /a HTTP/1.1\r\n");
	conn_drain(&f.c);
	send_text(&f, "Host: a\r\n\r\n" GET);
	answer(&f, "GET /a ", "last");
	CHECK(strstr(receive(&f), "\r\nConnection: close\r\n"));
	CHECK_INT(f.c.state, CONN_LINGER);
	fixture_release(&f);

	/* Its reply promised to go on already. */
	fixture_init(&f);
	send_text(&f, GET);
	answer(&f, "GET /a ", "last");
	conn_drain(&f.c);
	CHECK(!strstr(receive(&f), "Connection"));
	CHECK_INT(f.c.state, CONN_LINGER);
	fixture_release(&f);
}

TEST(server_conn, leaves_no_secret_in_its_buffer)
{
	struct fixture f;

	fixture_init(&f);
	send_text(&f,
		  "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: canary\r\nContent-Length: 6\r\n\r\ncanary");
	CHECK_INT(f.c.state, CONN_READY);
	CHECK(memmem(f.c.in.p, f.c.in.cap, "canary", 6) == NULL);
	fixture_release(&f);
}
