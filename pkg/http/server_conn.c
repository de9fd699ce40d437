#include "http/server_conn.h"
#include <stdio.h>
#include <string.h>

#define OUT_MAX (64 * 1024) /* an interim answer and a head with its headers */

void conn_init(struct conn *c, const struct conn_limits *limits, const char *peer, int64_t now_ns)
{
	*c = (struct conn){.limits = limits, .state = CONN_HEAD};
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	strbuf_init(&c->in, HEAD_MAX + CONN_PIECE_MAX);
	strbuf_init(&c->out, OUT_MAX);
	c->deadline_ns = now_ns + CONN_HEAD_MS * NS_PER_MS;
}

void conn_release(struct conn *c)
{
	secret_wipe(c->in.p, c->in.len);
	strbuf_release(&c->in);
	strbuf_release(&c->out);
	exchange_free(c->exchange);
	c->exchange = NULL;
}

/* Heads hold tokens and bodies hold secrets: nothing stays behind in the buffer. */
static void consume(struct conn *c, size_t len)
{
	const size_t before = c->in.len;

	strbuf_consume(&c->in, len);
	secret_wipe(c->in.p + c->in.len, before - c->in.len);
	c->scanned = 0;
}

static void start_reply(struct conn *c, bool keep_alive)
{
	c->keep_alive = keep_alive && !c->draining;
	exchange_format_head(c->exchange, c->keep_alive ? EXCHANGE_KEEP_ALIVE : EXCHANGE_CLOSE,
			     c->limits->headers, &c->out);
	c->body_sent = 0;
	c->state = CONN_REPLY;
}

/* Answers without asking the handler. The connection ends with it, for where the next request starts is not
 * known or not worth reading. */
static void refuse(struct conn *c, struct refusal r, int64_t now_ns)
{
	if (!c->exchange) {
		c->exchange = exchange_new(c->limits->inflight);
		c->exchange->head_only = c->work_id && c->work_head_only;
	}
	exchange_refuse(c->exchange, r);
	consume(c, c->in.len);
	c->work_id = 0;
	c->deadline_ns = now_ns + CONN_LINGER_MS * NS_PER_MS;
	start_reply(c, false);
}

static struct refusal check_body(const struct conn *c, const struct head *h)
{
	if (h->transfer_encoding)
		return (struct refusal){411, "send a Content-Length; chunked bodies are not accepted"};
	if (h->content_length < 0 &&
	    (streq(h->method, "POST") || streq(h->method, "PUT") || streq(h->method, "PATCH")))
		return (struct refusal){411, "send a Content-Length"};
	if (h->content_length > 0 && (uint64_t)h->content_length > c->limits->max_body)
		return (struct refusal){413, "the body is too large"};
	return (struct refusal){0, NULL};
}

static void begin_request(struct conn *c, size_t head_len, int64_t now_ns)
{
	struct refusal bad;

	c->exchange = exchange_new(c->limits->inflight);
	bad = exchange_parse(c->exchange, c->in.p, head_len);
	consume(c, head_len);
	if (!bad.status)
		bad = check_body(c, &c->exchange->head);
	if (bad.status) {
		refuse(c, bad, now_ns);
		return;
	}
	c->deadline_ns = c->started_ns + c->limits->request_ms * NS_PER_MS;
	if (c->exchange->head.content_length <= 0) {
		c->state = CONN_READY;
		return;
	}
	c->exchange->body = secret_new((size_t)c->exchange->head.content_length);
	if (c->exchange->head.expect_continue && !c->exchange->head.http_1_0 && c->in.len == 0)
		strbuf_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	c->state = CONN_BODY;
}

static void start_clock(struct conn *c, int64_t now_ns)
{
	const int64_t head_ms = c->limits->request_ms < CONN_HEAD_MS ? c->limits->request_ms : CONN_HEAD_MS;

	if (c->started_ns)
		return;
	c->started_ns = now_ns;
	c->deadline_ns = now_ns + head_ms * NS_PER_MS;
}

/* True when there is more to do with what is buffered. */
static bool read_head(struct conn *c, int64_t now_ns)
{
	size_t end;

	if (c->in.len == 0)
		return false;
	start_clock(c, now_ns);
	/* Empty lines before a request line are some clients' habit (RFC 9112 2.2). */
	while (c->in.len >= 2 && c->in.p[0] == '\r' && c->in.p[1] == '\n')
		consume(c, 2);
	end = head_find_end(c->in.p, c->in.len, c->scanned);
	if (end > HEAD_MAX || (!end && c->in.len >= HEAD_MAX)) {
		refuse(c, (struct refusal){431, "the request's head is too long"}, now_ns);
		return false;
	}
	if (!end) {
		c->scanned = c->in.len;
		return false;
	}
	begin_request(c, end, now_ns);
	return true;
}

static bool read_body(struct conn *c, int64_t now_ns)
{
	struct exchange *x = c->exchange;
	const size_t missing = (size_t)x->head.content_length - secret_len(x->body);
	const size_t n = c->in.len < missing ? c->in.len : missing;
	err_t e;

	if (n == 0)
		return false;
	e = secret_add(x->body, c->in.p, n);
	consume(c, n);
	if (e) {
		err_free(e);
		refuse(c, (struct refusal){413, "the body is too large"}, now_ns);
		return false;
	}
	if (n == missing)
		c->state = CONN_READY;
	return true;
}

static void step(struct conn *c, int64_t now_ns)
{
	bool more = true;

	while (more)
		more = c->state == CONN_HEAD ? read_head(c, now_ns)
					     : c->state == CONN_BODY && read_body(c, now_ns);
}

void conn_feed(struct conn *c, const void *p, size_t len, int64_t now_ns)
{
	if (c->state == CONN_LINGER || c->state == CONN_OVER)
		return;
	strbuf_add(&c->in, p, len);
	if (c->in.overflow)
		c->state = CONN_OVER;
	step(c, now_ns);
}

bool conn_wants_input(const struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
	case CONN_BODY:
	case CONN_LINGER:
		return true;
	case CONN_READY:
	case CONN_WORK:
		/* Reading on is how we see that the client went away. */
		return c->in.len < HEAD_MAX;
	case CONN_REPLY:
	case CONN_OVER:
		break;
	}
	return false;
}

struct exchange *conn_take(struct conn *c, uint64_t id)
{
	if (c->state != CONN_READY)
		return NULL;
	exchange_complete(c->exchange, c->peer);
	c->exchange->id = id;
	c->work_id = id;
	c->work_head_only = c->exchange->head_only;
	c->state = CONN_WORK;
	return TAKE(c->exchange);
}

void conn_reply(struct conn *c, struct exchange *x)
{
	c->exchange = x;
	c->work_id = 0;
	start_reply(c, x->head.keep_alive);
}

bool conn_has_output(const struct conn *c)
{
	const char *body;
	size_t body_len;

	if (c->out_sent < c->out.len)
		return true;
	if (c->state != CONN_REPLY)
		return false;
	exchange_wire_body(c->exchange, &body, &body_len);
	return c->body_sent < body_len;
}

size_t conn_next(struct conn *c, uint8_t *out, size_t max)
{
	const size_t head_left = c->out.len - c->out_sent;
	size_t n = head_left < max ? head_left : max;

	memcpy(out, c->out.p + c->out_sent, n);
	c->out_sent += n;
	if (c->state == CONN_REPLY) {
		const char *body;
		size_t body_len, left;

		exchange_wire_body(c->exchange, &body, &body_len);
		left = body_len - c->body_sent;
		if (left > max - n)
			left = max - n;
		memcpy(out + n, body + c->body_sent, left);
		c->body_sent += left;
		n += left;
	}
	return n;
}

void conn_flushed(struct conn *c, int64_t now_ns)
{
	if (conn_has_output(c))
		return;
	strbuf_reset(&c->out);
	c->out_sent = 0;
	if (c->state != CONN_REPLY)
		return;
	exchange_free(c->exchange);
	c->exchange = NULL;
	if (!c->keep_alive || c->draining) {
		c->state = CONN_LINGER;
		c->deadline_ns = now_ns + CONN_LINGER_MS * NS_PER_MS;
		return;
	}
	c->state = CONN_HEAD;
	c->started_ns = 0;
	c->deadline_ns = now_ns + CONN_IDLE_MS * NS_PER_MS;
	step(c, now_ns);
}

void conn_expire(struct conn *c, int64_t now_ns)
{
	if (now_ns < c->deadline_ns)
		return;
	switch (c->state) {
	case CONN_HEAD:
		if (!c->started_ns) {
			c->state = CONN_OVER;
			return;
		}
		refuse(c, (struct refusal){408, "the request took too long to arrive"}, now_ns);
		return;
	case CONN_BODY:
		refuse(c, (struct refusal){408, "the request took too long to arrive"}, now_ns);
		return;
	case CONN_READY:
	case CONN_WORK:
		refuse(c, (struct refusal){503, "the request took too long to be answered"}, now_ns);
		return;
	case CONN_REPLY:
	case CONN_LINGER:
	case CONN_OVER:
		c->state = CONN_OVER;
		return;
	}
}

void conn_drain(struct conn *c)
{
	c->draining = true;
	if (c->state == CONN_HEAD && c->in.len == 0)
		c->state = CONN_OVER;
}
