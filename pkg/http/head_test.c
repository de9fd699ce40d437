#include "http/head.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define DATE_MS INT64_C(784111777000)
#define DATE_PLUS_90_S "Sun, 06 Nov 1994 08:51:07 GMT"

/* lines: a head, each line ended by "\n". */
static void take(const char *lines, int64_t now_ms, struct http_response *out)
{
	CLEANUP(http_head_release) struct http_head h = {0};

	while (*lines) {
		const size_t len = strcspn(lines, "\n") + 1;

		http_head_add(&h, lines, len);
		lines += len;
	}
	http_head_take(&h, now_ms, out);
}

TEST(head, gathers_the_known_fields_whatever_their_case_and_space)
{
	CLEANUP(http_response_release) struct http_response r = {0};

	take("HTTP/1.1 200 OK\r\nCONTENT-TYPE:application/json\r\netag: \t \"a:b\" \r\n"
	     "1password-connect-version: 1.7.3\r\nX-Other: 1\r\nDate: " DATE "\r\n\r\n",
	     0, &r);
	CHECK_STR(r.content_type, "application/json");
	CHECK_STR(r.etag, "\"a:b\"");
	CHECK_STR(r.connect_version, "1.7.3");
	CHECK_INT(r.server_time_ms, DATE_MS);
	CHECK_INT(r.retry_after_ms, 0);
}

TEST(head, forgets_interim_answers_and_ignores_trailers)
{
	CLEANUP(http_response_release) struct http_response r = {0};

	take("HTTP/1.1 100 Continue\r\nETag: interim\r\nContent-Type: x/y\r\n\r\n"
	     "HTTP/1.1 200 OK\r\nETag: right\r\n\r\nETag: trailer\r\n",
	     0, &r);
	CHECK_STR(r.etag, "right");
	CHECK_STR(r.content_type, NULL);
}

TEST(head, ignores_values_that_are_odd)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(mem_freep)
	char *lines = mem_printf("HTTP/1.1 200 OK\nETag: %0600d\nContent-Type: a\x1b[31m\n"
				 "1Password-Connect-Version:\nDate: yesterday\nRetry-After: soon\n",
				 0);

	take(lines, 0, &r);
	CHECK_STR(r.etag, NULL);
	CHECK_STR(r.content_type, NULL);
	CHECK_STR(r.connect_version, NULL);
	CHECK_INT(r.server_time_ms, 0);
	CHECK_INT(r.retry_after_ms, 0);
}

TEST(head, reads_retry_after)
{
	static const struct {
		const char *name, *head;
		int64_t now_ms, want_ms;
	} cases[] = {
		{"seconds", "Retry-After: 7\n", 0, 7000},
		{"zero", "Retry-After: 0\n", 0, 0},
		{"negative", "Retry-After: -1\n", 0, 0},
		{"at most an hour", "Retry-After: 86400\n", 0, 3600000},
		{"beyond all numbers", "Retry-After: 99999999999999999999\n", 0, 0},
		{"date by the server's clock", "Retry-After: " DATE_PLUS_90_S "\nDate: " DATE "\n", 5, 90000},
		{"date by our clock", "Retry-After: " DATE_PLUS_90_S "\n", DATE_MS + 60000, 30000},
		{"date in the past", "Retry-After: " DATE "\n", DATE_MS + 60000, 0},
		{"far date", "Retry-After: " DATE "\n", 5, 3600000},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_response_release) struct http_response r = {0};
		CLEANUP(mem_freep) char *head = mem_printf("HTTP/1.1 429 Slow\n%s\n", cases[i].head);

		take(head, cases[i].now_ms, &r);
		CHECK_MSG(r.retry_after_ms == cases[i].want_ms, "%s: %lld", cases[i].name,
			  (long long)r.retry_after_ms);
	}
}
