#include "http/server_exchange.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define HEADERS_MAX_BYTES (32 * 1024)

void inflight_init(struct inflight *f)
{
	sync_mutex_init(&f->mutex);
	sync_cond_init(&f->none);
	f->n = 0;
}

void inflight_release(struct inflight *f)
{
	sync_cond_destroy(&f->none);
	sync_mutex_destroy(&f->mutex);
}

size_t inflight_count(struct inflight *f)
{
	SYNC_SCOPE(&f->mutex);
	return f->n;
}

bool inflight_wait_none(struct inflight *f, int64_t deadline_ns)
{
	SYNC_SCOPE(&f->mutex);
	while (f->n > 0)
		if (!sync_cond_wait_until(&f->none, &f->mutex, deadline_ns))
			return f->n == 0;
	return true;
}

static void inflight_add(struct inflight *f)
{
	SYNC_SCOPE(&f->mutex);
	f->n++;
}

static void inflight_del(struct inflight *f)
{
	SYNC_SCOPE(&f->mutex);
	if (--f->n == 0)
		pthread_cond_broadcast(&f->none);
}

static void reply_reset(struct http_server_reply *r)
{
	mem_free(r->content_type);
	strbuf_release(&r->headers);
	secret_free(r->body);
	*r = (struct http_server_reply){.status = 0};
	strbuf_init(&r->headers, HEADERS_MAX_BYTES);
}

struct exchange *exchange_new(struct inflight *f)
{
	struct exchange *x = MEM_NEW(struct exchange);

	x->inflight = f;
	strbuf_init(&x->reply.headers, HEADERS_MAX_BYTES);
	inflight_add(f);
	return x;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	if (x->text)
		secret_wipe(x->text, x->text_len); /* may hold an Authorization */
	mem_free(x->text);
	secret_free(x->body);
	reply_reset(&x->reply);
	strbuf_release(&x->reply.headers);
	inflight_del(x->inflight);
	mem_free(x);
}

struct refusal exchange_parse(struct exchange *x, const char *p, size_t len)
{
	struct refusal bad;

	x->text = mem_strndup(p, len);
	x->text_len = len;
	bad = head_parse(x->text, len, &x->head);
	if (!bad.status)
		x->head_only = streq(x->head.method, "HEAD");
	return bad;
}

void exchange_complete(struct exchange *x, const char *peer)
{
	const struct head *h = &x->head;

	snprintf(x->peer, sizeof(x->peer), "%s", peer);
	x->request = (struct http_server_request){
		.method = x->head_only ? "GET" : h->method,
		.path = h->path,
		.query = h->query,
		.body = x->body ? secret_bytes(x->body) : "",
		.body_len = secret_len(x->body),
		.peer = x->peer,
		.user_agent = h->user_agent,
		.authorization = h->authorization,
		.content_type = h->content_type,
		.accept = h->accept,
		.if_none_match = h->if_none_match,
		.if_match = h->if_match,
		.last_event_id = h->last_event_id,
		.range = h->range,
		.if_range = h->if_range,
	};
}

void exchange_settle(struct exchange *x)
{
	if (x->reply.status < 200 || x->reply.status > 599)
		exchange_refuse(x, (struct refusal){500, "internal error"});
}

void exchange_refuse(struct exchange *x, struct refusal r)
{
	/* Messages are constants of this module without characters that JSON would escape. */
	CLEANUP(mem_freep) char *text = mem_printf("{\"status\":%d,\"message\":\"%s\"}", r.status, r.message);

	reply_reset(&x->reply);
	http_reply_status(&x->reply, r.status);
	http_reply_content_type(&x->reply, "application/json");
	if (r.status == 503)
		http_reply_header(&x->reply, "Retry-After", "1");
	x->reply.body = secret_from_str(text);
}

/* --- What a handler sets --- */

void http_reply_status(struct http_server_reply *r, int status)
{
	r->status = status;
}

int http_reply_get_status(const struct http_server_reply *r)
{
	return r->status;
}

static bool is_field_name(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

/* Those that say where the message ends are the server's alone. */
static bool is_framing(const char *name)
{
	static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date",
					    "Content-Type"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A blank for each control character: no value can end its line. */
static char *dup_one_line(const char *value)
{
	char *copy = mem_strdup(value);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return copy;
}

void http_reply_header(struct http_server_reply *r, const char *name, const char *value)
{
	CLEANUP(mem_freep) char *clean = NULL;

	if (r->n_headers == EXCHANGE_HEADERS_MAX || !is_field_name(name) || is_framing(name))
		return;
	clean = dup_one_line(value);
	strbuf_addf(&r->headers, "%s: %s\r\n", name, clean);
	r->n_headers++;
}

void http_reply_content_type(struct http_server_reply *r, const char *content_type)
{
	mem_free(r->content_type);
	r->content_type = dup_one_line(content_type);
}

struct secret *http_reply_body(struct http_server_reply *r)
{
	if (!r->body)
		r->body = secret_new(EXCHANGE_REPLY_MAX);
	return r->body;
}

/* --- The reply on the wire --- */

static const char *status_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{417, "Expectation Failed"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

#define DATE_SIZE 96

/* RFC 9110 5.6.7, in English whatever the locale. */
static void format_date(time_t now, char out[DATE_SIZE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;

	*out = '\0';
	if (gmtime_r(&now, &tm))
		snprintf(out, DATE_SIZE, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d GMT\r\n",
			 days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Formatted once a second. */
static void add_date(struct strbuf *out)
{
	static _Thread_local struct {
		time_t at;
		char text[DATE_SIZE];
	} last;
	const time_t now = (time_t)(clock_wall_ms() / 1000);

	if (now != last.at) {
		format_date(now, last.text);
		last.at = now;
	}
	strbuf_adds(out, last.text);
}

static bool status_has_body(int status)
{
	return status != 204 && status != 304;
}

void exchange_format_head(const struct exchange *x, enum exchange_connection connection, const char *headers,
			  struct strbuf *out)
{
	const struct http_server_reply *r = &x->reply;

	strbuf_addf(out, "HTTP/1.1 %d %s\r\n", r->status, status_reason(r->status));
	add_date(out);
	if (r->content_type)
		strbuf_addf(out, "Content-Type: %s\r\n", r->content_type);
	if (status_has_body(r->status))
		strbuf_addf(out, "Content-Length: %zu\r\n", secret_len(r->body));
	strbuf_add(out, r->headers.p, r->headers.len);
	if (headers)
		strbuf_adds(out, headers);
	if (connection == EXCHANGE_CLOSE)
		strbuf_adds(out, "Connection: close\r\n");
	else if (x->head.http_1_0)
		strbuf_adds(out, "Connection: keep-alive\r\n");
	strbuf_adds(out, "\r\n");
}

void exchange_wire_body(const struct exchange *x, const char **p, size_t *len)
{
	*p = "";
	*len = 0;
	if (x->reply.body && !x->head_only && status_has_body(x->reply.status))
		secret_view(x->reply.body, p, len);
}
