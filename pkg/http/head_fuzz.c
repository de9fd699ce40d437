/* The input is the head of an answer, one field per line. */

#include "http/head.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_value(const char *s)
{
	for (; s && *s; s++)
		check(*s >= ' ' && *s <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(http_head_release) struct http_head h = {0};
	CLEANUP(http_response_release) struct http_response r = {0};
	const char *p = (const char *)data, *end = p + size;

	http_head_add(&h, "HTTP/1.1 200 OK\r\n", 17);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline ? newline + 1 : end;

		http_head_add(&h, p, (size_t)(next - p));
		p = next;
	}
	http_head_take(&h, NOW_MS, &r);
	check(r.retry_after_ms >= 0 && r.retry_after_ms <= INT64_C(3600000));
	check_value(r.content_type);
	check_value(r.etag);
	check_value(r.connect_version);
	return 0;
}
