#include "base/mem.h"
#include "http/server_conn.h"
#include <stdlib.h>
#include <string.h>

/* What a client sends, twice: in large pieces and byte by byte. Both must give the same requests and
 * refusals. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (256u * 1024)
#define TRANSCRIPT_MAX (4u * 1024 * 1024)

static void require(bool cond)
{
	if (!cond)
		abort();
}

/* The handler: notes the request and says 200. */
static void answer(struct conn *c, struct strbuf *transcript)
{
	struct exchange *x = conn_take(c, 1);
	const struct http_server_request *r = &x->request;

	strbuf_addf(transcript, "%s|%s|%s|%s|%s\n", r->method, r->path, r->query, r->authorization,
		    r->accept);
	strbuf_add(transcript, r->body, r->body_len);
	require(r->body[r->body_len] == '\0');
	http_reply_status(&x->reply, 200);
	conn_reply(c, x);
}

static void pump(struct conn *c, struct strbuf *transcript)
{
	uint8_t piece[512];

	while (c->state == CONN_READY || conn_has_output(c)) {
		if (c->state == CONN_READY)
			answer(c, transcript);
		if (c->state == CONN_REPLY)
			strbuf_addf(transcript, "%d %d\n", c->exchange->reply.status, c->keep_alive);
		while (conn_next(c, piece, sizeof(piece)) > 0)
			require(c->state == CONN_REPLY || c->state == CONN_BODY);
		conn_flushed(c, 2);
	}
	require(c->in.len <= HEAD_MAX);
}

static void run(const uint8_t *data, size_t size, size_t piece, struct strbuf *transcript)
{
	struct inflight inflight;
	const struct conn_limits limits = {.max_body = 64u * 1024, .request_ms = 1000, .inflight = &inflight};
	struct conn c;

	inflight_init(&inflight);
	conn_init(&c, &limits, "192.0.2.1", 1);
	for (size_t i = 0; i < size; i += piece) {
		conn_feed(&c, data + i, size - i < piece ? size - i : piece, 1);
		pump(&c, transcript);
	}
	conn_expire(&c, INT64_MAX / 2);
	conn_release(&c);
	require(inflight_count(&inflight) == 0);
	inflight_release(&inflight);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf large, bytes;

	if (size > INPUT_MAX)
		return 0;
	strbuf_init(&large, TRANSCRIPT_MAX);
	strbuf_init(&bytes, TRANSCRIPT_MAX);
	run(data, size, CONN_PIECE_MAX, &large);
	run(data, size, 1, &bytes);
	require(large.len == bytes.len && memcmp(large.p, bytes.p, large.len) == 0);
	strbuf_release(&large);
	strbuf_release(&bytes);
	return 0;
}
