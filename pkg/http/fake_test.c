#include "http/fake.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include <stdatomic.h>
#include <string.h>

static err_t answer_lines(void *arg, const struct http_request *req, struct http_response *out)
{
	atomic_int *calls = arg;

	atomic_fetch_add(calls, 1);
	http_fake_answer(out, streq(req->path, "/missing") ? 404 : 200, "{\"a\":1}\n{\"b\":2}\n{}");
	return NULL;
}

struct fixture {
	atomic_int calls;
	struct http_fake *fake;
	struct http_transport *transport;
	struct http_response response;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){0};
	f->fake = http_fake_new(answer_lines, &f->calls);
	f->transport = http_fake_transport(f->fake);
}

static void teardown(struct fixture *f)
{
	http_response_release(&f->response);
	http_transport_free(f->transport);
	http_fake_free(f->fake);
	CHECK_INT(err_live(), 0);
}

static err_t ask(struct fixture *f, const char *method, const char *path, const char *body)
{
	const struct http_request req = {.method = method,
					 .path = path,
					 .body = body,
					 .body_len = body ? strlen(body) : 0,
					 .timeout_ms = 1000,
					 .max_bytes = 100};

	http_response_release(&f->response);
	return http_request(f->transport, &req, NULL, &f->response);
}

TEST(fake, answers_by_the_handler_and_records)
{
	struct fixture f;

	setup(&f);
	CHECK_OK(ask(&f, "GET", "/a?b=c", NULL));
	CHECK_INT(f.response.status, 200);
	CHECK_STR(f.response.content_type, "application/json");
	CHECK_STR(secret_bytes(f.response.body), "{\"a\":1}\n{\"b\":2}\n{}");
	CHECK_OK(ask(&f, "POST", "/missing", "{}"));
	CHECK_INT(f.response.status, 404);
	CHECK_INT(http_fake_count(f.fake), 2);
	CHECK_STR(http_fake_line(f.fake, 0), "GET /a?b=c");
	CHECK_STR(http_fake_body(f.fake, 0), "");
	CHECK_STR(http_fake_line(f.fake, 1), "POST /missing");
	CHECK_STR(http_fake_body(f.fake, 1), "{}");
	CHECK_STR(http_fake_line(f.fake, 2), NULL);
	CHECK_STR(http_fake_body(f.fake, 2), NULL);
	http_fake_forget(f.fake);
	CHECK_INT(http_fake_count(f.fake), 0);
	teardown(&f);
}

TEST(fake, faults_look_like_those_of_the_wire)
{
	static const struct {
		enum http_fault fault;
		int handled; /* calls of the handler */
		int kind;    /* enum err_kind, 0 for none */
		int status;
		const char *body; /* NULL: not looked at */
	} cases[] = {
		{HTTP_FAULT_NONE, 1, 0, 200, "{\"a\":1}\n{\"b\":2}\n{}"},
		{HTTP_FAULT_REFUSED, 0, ERR_UNAVAILABLE, 0, NULL},
		{HTTP_FAULT_RESET, 1, ERR_UNAVAILABLE, 0, NULL},
		{HTTP_FAULT_TIMEOUT, 1, ERR_TIMEOUT, 0, NULL},
		{HTTP_FAULT_401, 0, 0, 401, NULL},
		{HTTP_FAULT_403, 0, 0, 403, NULL},
		{HTTP_FAULT_404, 0, 0, 404, NULL},
		{HTTP_FAULT_409, 0, 0, 409, NULL},
		{HTTP_FAULT_410, 0, 0, 410, NULL},
		{HTTP_FAULT_422, 0, 0, 422, NULL},
		{HTTP_FAULT_429, 0, 0, 429, NULL},
		{HTTP_FAULT_500, 0, 0, 500, NULL},
		{HTTP_FAULT_TRUNCATED, 1, 0, 200, "{\"a\":1}\n{"},
		{HTTP_FAULT_WRONG_TYPE, 1, 0, 200, "[]"},
		{HTTP_FAULT_HTML, 0, 0, 200, NULL},
		{HTTP_FAULT_EMPTY, 1, 0, 200, ""},
	};

	CHECK_INT(ARRAY_LEN(cases), HTTP_FAULT_END);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		setup(&f);
		http_fake_fault(f.fake, 0, 1, cases[i].fault);
		err_t e = ask(&f, "GET", "/x", NULL);

		CHECK_MSG(e ? err_is(e, (enum err_kind)cases[i].kind) : cases[i].kind == 0, "fault %d",
			  (int)cases[i].fault);
		CHECK_INT(f.calls, cases[i].handled);
		CHECK_INT(f.response.status, cases[i].status);
		if (cases[i].body)
			CHECK_STR(secret_bytes(f.response.body), cases[i].body);
		CHECK_INT(f.response.retry_after_ms, cases[i].fault == HTTP_FAULT_429 ? 7000 : 0);
		CHECK_INT(http_fake_count(f.fake), 1);
		err_free(e);
		teardown(&f);
	}
}

TEST(fake, faults_hit_the_requests_they_are_for)
{
	struct fixture f;

	setup(&f);
	http_fake_fault(f.fake, 1, 2, HTTP_FAULT_REFUSED);
	CHECK_OK(ask(&f, "GET", "/0", NULL));
	CHECK_ERR(ask(&f, "GET", "/1", NULL), ERR_UNAVAILABLE);
	CHECK_ERR(ask(&f, "GET", "/2", NULL), ERR_UNAVAILABLE);
	CHECK_OK(ask(&f, "GET", "/3", NULL));
	http_fake_forget(f.fake);
	CHECK_OK(ask(&f, "GET", "/0", NULL));
	CHECK_OK(ask(&f, "GET", "/1", NULL));
	teardown(&f);
}

static err_t join_lines(void *arg, const char *line, size_t len)
{
	struct strbuf *b = arg;

	strbuf_addc(b, '[');
	strbuf_add(b, line, len);
	strbuf_addc(b, ']');
	return b->len >= 40 ? err_new(ERR_PROTOCOL, "enough") : NULL;
}

TEST(fake, streams_the_body_line_by_line)
{
	const struct http_request req = {.method = "GET", .path = "/x", .timeout_ms = 1, .max_bytes = 9};
	CLEANUP(strbuf_release) struct strbuf got = {0};
	struct fixture f;

	setup(&f);
	strbuf_init(&got, 100);
	CHECK_OK(http_stream(f.transport, &req, NULL, join_lines, &got, &f.response));
	CHECK_STR(got.p, "[{\"a\":1}][{\"b\":2}][{}]");
	CHECK_INT(secret_len(f.response.body), 0);
	http_response_release(&f.response);
	/* The second time the callback has enough after its second line. */
	CHECK_ERR(http_stream(f.transport, &req, NULL, join_lines, &got, &f.response), ERR_PROTOCOL);
	CHECK_STR(got.p, "[{\"a\":1}][{\"b\":2}][{}][{\"a\":1}][{\"b\":2}]");
	teardown(&f);
}

TEST(fake, stream_of_another_status_has_a_body_and_no_lines)
{
	const struct http_request req = {
		.method = "GET", .path = "/missing", .timeout_ms = 1, .max_bytes = 100};
	CLEANUP(strbuf_release) struct strbuf got = {0};
	struct fixture f;

	setup(&f);
	strbuf_init(&got, 100);
	CHECK_OK(http_stream(f.transport, &req, NULL, join_lines, &got, &f.response));
	CHECK_INT(got.len, 0);
	CHECK_INT(f.response.status, 404);
	CHECK(secret_len(f.response.body) > 0);
	teardown(&f);
}

TEST(fake, keeps_to_cancel_and_ceiling)
{
	struct http_request req = {.method = "GET", .path = "/x", .timeout_ms = 1, .max_bytes = 5};
	CLEANUP(cancel_freep) struct cancel *cancel = cancel_new(NULL);
	CLEANUP(strbuf_release) struct strbuf got = {0};
	struct fixture f;

	setup(&f);
	strbuf_init(&got, 100);
	CHECK_ERR(http_request(f.transport, &req, NULL, &f.response), ERR_TOO_LARGE);
	CHECK_ERR(http_stream(f.transport, &req, NULL, join_lines, &got, &f.response), ERR_TOO_LARGE);
	cancel_set(cancel);
	req.max_bytes = 100;
	CHECK_ERR(http_request(f.transport, &req, cancel, &f.response), ERR_CANCELED);
	CHECK_INT(http_fake_count(f.fake), 2);
	teardown(&f);
}

static void *ask_often(void *arg)
{
	struct http_fake *fake = arg;
	struct http_transport *t = http_fake_transport(fake);
	const struct http_request req = {.method = "GET", .path = "/x", .timeout_ms = 1, .max_bytes = 100};

	for (int i = 0; i < 100; i++) {
		struct http_response r = {0};

		CHECK_OK(http_request(t, &req, NULL, &r));
		http_response_release(&r);
	}
	http_transport_free(t);
	return NULL;
}

TEST(fake, serves_many_threads)
{
	pthread_t threads[4];
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_start(&threads[i], "ask", ask_often, f.fake);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	CHECK_INT(http_fake_count(f.fake), 400);
	CHECK_INT(f.calls, 400);
	teardown(&f);
}
