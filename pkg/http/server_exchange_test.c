#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "http/server_exchange.h"
#include <string.h>

struct fixture {
	struct inflight inflight;
	struct exchange *x;
	struct strbuf out;
};

static void fixture_init(struct fixture *f)
{
	inflight_init(&f->inflight);
	f->x = exchange_new(&f->inflight);
	strbuf_init(&f->out, 64 * 1024);
	CHECK_INT(inflight_count(&f->inflight), 1);
}

static void fixture_release(struct fixture *f)
{
	exchange_free(f->x);
	CHECK_INT(inflight_count(&f->inflight), 0);
	inflight_release(&f->inflight);
	strbuf_release(&f->out);
}

static const char *format(struct fixture *f)
{
	strbuf_reset(&f->out);
	exchange_format_head(f->x, EXCHANGE_KEEP_ALIVE, NULL, &f->out);
	return f->out.p;
}

TEST(server_exchange, formats_a_head)
{
	struct fixture f;
	const char *head;
	int64_t date_ms = 0;

	fixture_init(&f);
	http_reply_status(&f.x->reply, 201);
	http_reply_content_type(&f.x->reply, "text/html");
	http_reply_content_type(&f.x->reply, "text/plain");
	http_reply_header(&f.x->reply, "ETag", "\"1\"");
	CHECK_OK(secret_add(http_reply_body(&f.x->reply), "abc", 3));
	CHECK_OK(secret_add(http_reply_body(&f.x->reply), "de", 2));
	head = format(&f);
	CHECK(str_has_prefix(head, "HTTP/1.1 201 Created\r\nDate: "));
	CHECK(str_has_suffix(head,
			     " GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nETag: \"1\"\r\n\r\n"));
	CHECK(!strstr(head, "Server"));
	CLEANUP(mem_freep) char *date = mem_strndup(strstr(head, "Date: ") + 6, 29);
	CHECK(clock_parse_http_date(date, &date_ms));
	CHECK(clock_wall_ms() - date_ms < 60000);
	fixture_release(&f);
}

TEST(server_exchange, lets_no_value_end_its_line)
{
	struct fixture f;
	const char *head;

	fixture_init(&f);
	http_reply_status(&f.x->reply, 200);
	http_reply_content_type(&f.x->reply, "a\r\nEvil: 1");
	http_reply_header(&f.x->reply, "X-A", "b\r\nEvil: 2\r\n\r\n<html>\x7f");
	http_reply_header(&f.x->reply, "X-B\r\nEvil", "3");
	http_reply_header(&f.x->reply, "X C", "4");
	http_reply_header(&f.x->reply, "", "5");
	http_reply_header(&f.x->reply, "content-length", "0");
	http_reply_header(&f.x->reply, "Transfer-Encoding", "chunked");
	http_reply_header(&f.x->reply, "CONNECTION", "close");
	head = format(&f);
	CHECK(str_has_suffix(
		head, "Content-Type: a  Evil: 1\r\nContent-Length: 0\r\nX-A: b  Evil: 2    <html> \r\n\r\n"));
	fixture_release(&f);
}

TEST(server_exchange, limits_the_number_of_headers)
{
	struct fixture f;
	size_t n = 0;

	fixture_init(&f);
	http_reply_status(&f.x->reply, 200);
	for (int i = 0; i < EXCHANGE_HEADERS_MAX + 3; i++)
		http_reply_header(&f.x->reply, "X-A", "b");
	for (const char *p = strstr(format(&f), "X-A"); p; p = strstr(p + 1, "X-A"))
		n++;
	CHECK_INT(n, EXCHANGE_HEADERS_MAX);
	fixture_release(&f);
}

TEST(server_exchange, makes_an_untouched_reply_a_500)
{
	static const int statuses[] = {0, 100, 199, 600, -1};

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct fixture f;

		fixture_init(&f);
		http_reply_status(&f.x->reply, statuses[i]);
		http_reply_header(&f.x->reply, "X-Half", "done");
		exchange_settle(f.x);
		CHECK(str_has_prefix(format(&f), "HTTP/1.1 500 Internal Server Error\r\n"));
		CHECK(!strstr(f.out.p, "X-Half"));
		CHECK_STR(secret_bytes(f.x->reply.body), "{\"status\":500,\"message\":\"internal error\"}");
		fixture_release(&f);
	}
}

TEST(server_exchange, sends_no_body_where_none_may_be)
{
	static const int statuses[] = {204, 304};

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct fixture f;
		const char *body;
		size_t len;

		fixture_init(&f);
		http_reply_status(&f.x->reply, statuses[i]);
		CHECK_OK(secret_add(http_reply_body(&f.x->reply), "abc", 3));
		exchange_settle(f.x);
		CHECK(!strstr(format(&f), "Content-Length"));
		exchange_wire_body(f.x, &body, &len);
		CHECK_INT(len, 0);
		fixture_release(&f);
	}
}

TEST(server_exchange, says_when_to_come_back)
{
	struct fixture f;

	fixture_init(&f);
	exchange_refuse(f.x, (struct refusal){503, "busy"});
	CHECK(strstr(format(&f), "\r\nRetry-After: 1\r\n"));
	exchange_refuse(f.x, (struct refusal){413, "large"});
	CHECK(!strstr(format(&f), "Retry-After"));
	fixture_release(&f);
}

TEST(server_exchange, writes_a_status_without_a_name_of_ours)
{
	struct fixture f;

	fixture_init(&f);
	http_reply_status(&f.x->reply, 299);
	CHECK(str_has_prefix(format(&f), "HTTP/1.1 299 \r\n"));
	fixture_release(&f);
}

TEST(server_exchange, waits_for_the_last_one)
{
	struct fixture f;

	fixture_init(&f);
	CHECK(!inflight_wait_none(&f.inflight, clock_now_ns(NULL) + NS_PER_MS));
	exchange_free(TAKE(f.x));
	CHECK(inflight_wait_none(&f.inflight, 0));
	fixture_release(&f);
}
