#include "http/head.h"

#include "base/clock.h"
#include "base/mem.h"
#include <string.h>
#include <strings.h>

#define VALUE_MAX 512
#define RETRY_AFTER_MAX_MS (INT64_C(3600) * 1000)

void http_head_release(struct http_head *h)
{
	mem_free(h->content_type);
	mem_free(h->etag);
	mem_free(h->connect_version);
	mem_free(h->retry_after);
	mem_free(h->date);
	*h = (struct http_head){0};
}

static char **field_find(struct http_head *h, const char *name, size_t len)
{
	const struct {
		const char *name;
		char **field;
	} fields[] = {
		{"Content-Type", &h->content_type},
		{"ETag", &h->etag},
		{"1Password-Connect-Version", &h->connect_version},
		{"Retry-After", &h->retry_after},
		{"Date", &h->date},
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, name, len) == 0)
			return fields[i].field;
	}
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_printable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~')
			return false;
	}
	return true;
}

static void add_field(struct http_head *h, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	char **field = colon ? field_find(h, line, (size_t)(colon - line)) : NULL;

	if (!field)
		return;

	const char *value = colon + 1;
	const char *end = line + len;

	while (value < end && is_space(*value))
		value++;
	while (end > value && is_space(end[-1]))
		end--;
	mem_free(TAKE(*field));
	if (value < end && end - value <= VALUE_MAX && is_printable(value, (size_t)(end - value)))
		*field = mem_strndup(value, (size_t)(end - value));
}

void http_head_add(struct http_head *h, const char *line, size_t len)
{
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		http_head_release(h);
		h->open = true;
		return;
	}
	if (len == 0 || line[0] == '\r' || line[0] == '\n')
		h->open = false;
	if (h->open)
		add_field(h, line, len);
}

static int64_t retry_after_ms(const char *value, int64_t now_ms)
{
	int64_t seconds = 0, at_ms = 0, ms = 0;

	if (!value)
		return 0;
	if (str_to_int(value, 0, INT64_MAX / 1000, &seconds))
		ms = seconds * 1000;
	else if (clock_parse_http_date(value, &at_ms))
		ms = at_ms > now_ms ? at_ms - now_ms : 0;
	return ms < RETRY_AFTER_MAX_MS ? ms : RETRY_AFTER_MAX_MS;
}

void http_head_take(struct http_head *h, int64_t now_ms, struct http_response *r)
{
	if (!h->date || !clock_parse_http_date(h->date, &r->server_time_ms))
		r->server_time_ms = 0;
	r->retry_after_ms = retry_after_ms(h->retry_after, r->server_time_ms ? r->server_time_ms : now_ms);
	r->content_type = TAKE(h->content_type);
	r->etag = TAKE(h->etag);
	r->connect_version = TAKE(h->connect_version);
}
