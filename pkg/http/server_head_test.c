#include "base/mem.h"
#include "base/test.h"
#include "http/server_head.h"
#include <string.h>

static struct refusal parse(const char *text, char **out_text, struct head *out)
{
	*out_text = mem_strdup(text);
	return head_parse(*out_text, strlen(*out_text), out);
}

TEST(server_head, refuses_what_two_readers_could_read_differently)
{
	static const struct {
		const char *name, *text;
		int status;
	} cases[] = {
		{"no version", "GET /\r\n\r\n", 400},
		{"no path", "GET\r\n\r\n", 400},
		{"empty line only", "\r\n\r\n", 400},
		{"not a version", "GET / FTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
		{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
		{"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"blank at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505},
		{"method is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"empty method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"relative path", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"authority", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"absolute without path", "GET http://a?x=/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"not ASCII", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"control character in path", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
		{"bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
		{"bare LF in fields", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
		{"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
		{"folded line", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
		{"no colon", "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n", 400},
		{"blank before colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n", 400},
		{"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
		{"control character in value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
		{"DEL in value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
		{"two lengths",
		 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", 400},
		{"list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400},
		{"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
		{"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
		{"hex length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400},
		{"empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
		{"huge length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1234567890123456789\r\n\r\n",
		 400},
		{"two tokens", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
		 400},
		{"unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *text = NULL;
		struct head head = {.method = "untouched"};
		const struct refusal r = parse(cases[i].text, &text, &head);

		CHECK_MSG(r.status == cases[i].status, "%s: %d", cases[i].name, r.status);
		CHECK_MSG(r.message != NULL, "%s", cases[i].name);
		CHECK_STR(head.method, "untouched");
	}
}

TEST(server_head, refuses_a_nul)
{
	char text[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
	struct head head;

	CHECK_INT(head_parse(text, sizeof(text) - 1, &head).status, 400);
}

TEST(server_head, reads_all_that_a_handler_gets)
{
	CLEANUP(mem_freep) char *text = NULL;
	struct head h;

	CHECK_INT(parse("PUT /a%2Fb/../c?x=1&y=?# HTTP/1.1\r\nHost: a\r\n\r\n", &text, &h).status, 400);
	mem_free(TAKE(text));
	CHECK_INT(
		parse("PUT /a%2Fb/../c?x=1&y=?z HTTP/1.1\r\n"
		      "HOST: a\r\nuser-agent: me\r\nAuthorization: \t Bearer x y \t\r\ncontent-TYPE: "
		      "application/json\r\n"
		      "Accept: text/html\r\nAccept: text/plain\r\nIf-None-Match: \"1\"\r\nIf-Match: \"2\"\r\n"
		      "Last-Event-ID: 7\r\nRange: bytes=0-1\r\nIf-Range: \"3\"\r\n"
		      "Content-Length: 0012\r\nExpect: 100-Continue\r\nX-Other: \xff\r\nX-Empty:\r\n\r\n",
		      &text, &h)
			.status,
		0);
	CHECK_STR(h.method, "PUT");
	CHECK_STR(h.path, "/a%2Fb/../c");
	CHECK_STR(h.query, "x=1&y=?z");
	CHECK_STR(h.user_agent, "me");
	CHECK_STR(h.authorization, "Bearer x y");
	CHECK_STR(h.content_type, "application/json");
	CHECK_STR(h.accept, "text/html");
	CHECK_STR(h.if_none_match, "\"1\"");
	CHECK_STR(h.if_match, "\"2\"");
	CHECK_STR(h.last_event_id, "7");
	CHECK_STR(h.range, "bytes=0-1");
	CHECK_STR(h.if_range, "\"3\"");
	CHECK_INT(h.content_length, 12);
	CHECK(h.expect_continue);
	CHECK(h.keep_alive);
	CHECK(!h.transfer_encoding);
	CHECK(!h.http_1_0);
}

TEST(server_head, gives_empty_texts_for_what_is_absent)
{
	CLEANUP(mem_freep) char *text = NULL;
	struct head h;

	CHECK_INT(parse("BREW / HTTP/1.1\r\nHost:\r\n\r\n", &text, &h).status, 0);
	CHECK_STR(h.method, "BREW");
	CHECK_STR(h.query, "");
	CHECK_STR(h.user_agent, "");
	CHECK_STR(h.authorization, "");
	CHECK_STR(h.content_type, "");
	CHECK_STR(h.accept, "");
	CHECK_STR(h.if_none_match, "");
	CHECK_STR(h.if_match, "");
	CHECK_STR(h.last_event_id, "");
	CHECK_STR(h.range, "");
	CHECK_STR(h.if_range, "");
	CHECK_INT(h.content_length, -1);
}

TEST(server_head, takes_the_path_of_an_absolute_target)
{
	static const struct {
		const char *target, *path, *query;
	} cases[] = {
		{"http://host/a?b", "/a", "b"},
		{"HTTPS://host:1/a/b", "/a/b", ""},
		{"/http://host/", "/http://host/", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep)
		char *request = mem_printf("GET %s HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].target);
		CLEANUP(mem_freep) char *text = NULL;
		struct head h;

		CHECK_INT(parse(request, &text, &h).status, 0);
		CHECK_STR(h.path, cases[i].path);
		CHECK_STR(h.query, cases[i].query);
	}
}

TEST(server_head, knows_when_a_connection_stays)
{
	static const struct {
		const char *version, *connection;
		bool keep_alive;
	} cases[] = {
		{"1.1", "X: y", true},
		{"1.1", "Connection: close", false},
		{"1.1", "Connection: upgrade, CLOSE", false},
		{"1.1", "Connection: closed", true},
		{"1.0", "X: y", false},
		{"1.0", "Connection: keep-alive", true},
		{"1.0", "Connection: ,\tKeep-Alive,x", true},
		{"1.0", "Connection: keep-alive, close", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep)
		char *request = mem_printf("GET / HTTP/%s\r\nHost: a\r\n%s\r\n\r\n", cases[i].version,
					   cases[i].connection);
		CLEANUP(mem_freep) char *text = NULL;
		struct head h;

		CHECK_INT(parse(request, &text, &h).status, 0);
		CHECK_MSG(h.keep_alive == cases[i].keep_alive, "HTTP/%s, %s", cases[i].version,
			  cases[i].connection);
	}
}

static int status_with(const char *format, size_t n, char filler)
{
	CLEANUP(mem_freep) char *fill = mem_zalloc(n + 1);
	CLEANUP(mem_freep) char *text = NULL;
	struct strbuf request;
	struct head h;
	int status;

	memset(fill, filler, n);
	strbuf_init(&request, 64 * 1024);
	strbuf_adds(&request, "GET /");
	strbuf_adds(&request, streq(format, "target") ? fill : "");
	strbuf_adds(&request, " HTTP/1.1\r\nHost: a\r\n");
	if (streq(format, "value"))
		strbuf_addf(&request, "X: %s\r\n", fill);
	for (size_t i = 0; streq(format, "fields") && i < n; i++)
		strbuf_adds(&request, "X: y\r\n");
	strbuf_adds(&request, "\r\n");
	status = parse(request.p, &text, &h).status;
	strbuf_release(&request);
	return status;
}

TEST(server_head, has_limits)
{
	CHECK_INT(status_with("target", HEAD_TARGET_MAX - 1, 'a'), 0);
	CHECK_INT(status_with("target", HEAD_TARGET_MAX, 'a'), 414);
	CHECK_INT(status_with("value", HEAD_VALUE_MAX, 'a'), 0);
	CHECK_INT(status_with("value", HEAD_VALUE_MAX + 1, 'a'), 431);
	CHECK_INT(status_with("fields", HEAD_FIELDS_MAX - 1, 'a'), 0);
	CHECK_INT(status_with("fields", HEAD_FIELDS_MAX, 'a'), 431);
}

TEST(server_head, finds_the_end_wherever_the_pieces_are_cut)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n";
	const size_t end = (size_t)(strstr(text, "body") - text);

	for (size_t len = 0; len < sizeof(text); len++)
		for (size_t scanned = 0; scanned <= len && scanned < end; scanned++)
			CHECK_INT(head_find_end(text, len, scanned), len < end ? 0 : end);
}
