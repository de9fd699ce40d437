#include "http/server.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/server_wire.h"
#include <stdio.h>

#define THREAD_NAME_SIZE 16

#define DEFAULT_WORKERS 2
#define DEFAULT_CONNECTIONS 256
#define DEFAULT_BODY (1024u * 1024)
#define DEFAULT_QUEUE 64
#define DEFAULT_REQUEST_MS 30000

struct http_server {
	struct inflight *inflight;
	char *headers; /* of every answer, as they are sent */
	struct wire *wire;
	struct queue *queue;
	pthread_t service;
};

static void *service_main(void *arg)
{
	struct http_server *s = arg;

	wire_run(s->wire, s->queue);
	return NULL;
}

static void start_threads(struct http_server *s, const struct http_server_options *o, http_server_fn handler,
			  void *arg)
{
	const char *name = o->name ? o->name : "http";
	const struct queue_options queue = {
		.name = name,
		.workers = o->workers > 0 ? o->workers : DEFAULT_WORKERS,
		.at_once = o->at_once,
		.max = o->max_queue ? o->max_queue : DEFAULT_QUEUE,
		.handler = handler,
		.arg = arg,
		.wake = wire_wake,
		.wake_arg = s->wire,
	};
	char thread_name[THREAD_NAME_SIZE];

	s->queue = queue_new(&queue);
	snprintf(thread_name, sizeof(thread_name), "httpd-%.9s", name);
	sync_thread_start(&s->service, thread_name, service_main, s);
}

static char *format_headers(const struct http_server_options *o, struct inflight *inflight)
{
	struct exchange *x = exchange_new(inflight);

	for (size_t i = 0; i < o->n_headers; i++)
		http_reply_header(&x->reply, o->headers[i].name, o->headers[i].value);
	char *text = mem_strdup(x->reply.headers.p);
	exchange_free(x);
	return text;
}

static void server_free(struct http_server *s)
{
	queue_free(s->queue);
	wire_free(s->wire);
	mem_free(s->headers);
	inflight_release(s->inflight);
	mem_free(s->inflight);
	mem_free(s);
}

err_t http_server_start(const struct http_server_options *options, http_server_fn handler, void *arg,
			struct http_server **out)
{
	struct http_server *s = MEM_NEW(struct http_server);
	struct inflight *inflight = MEM_NEW(struct inflight);
	err_t e;

	inflight_init(inflight);
	s->inflight = inflight;
	s->headers = format_headers(options, inflight);
	const struct wire_options wire = {
		.address = options->address,
		.port = options->port,
		.cert_pem = options->cert_pem,
		.key_pem = options->key_pem,
		.client_ca_pem = options->client_ca_pem,
		.max_connections = options->max_connections ? options->max_connections : DEFAULT_CONNECTIONS,
		.limits =
			{
				.max_body = options->max_body ? options->max_body : DEFAULT_BODY,
				.request_ms =
					options->request_ms > 0 ? options->request_ms : DEFAULT_REQUEST_MS,
				.inflight = inflight,
				.headers = s->headers,
			},
	};
	e = wire_new(&wire, &s->wire);
	if (e) {
		server_free(s);
		return e;
	}
	start_threads(s, options, handler, arg);
	*out = s;
	return NULL;
}

int http_server_port(const struct http_server *s)
{
	return wire_port(s->wire);
}

size_t http_server_in_flight(const struct http_server *s)
{
	return inflight_count(s->inflight);
}

err_t http_server_set_certificate(struct http_server *s, const char *cert_pem, const struct secret *key_pem)
{
	return wire_set_certificate(s->wire, cert_pem, key_pem);
}

void http_server_stop(struct http_server *s, int64_t drain_ms)
{
	if (!s)
		return;
	wire_drain(s->wire);
	inflight_wait_none(s->inflight, clock_now_ns(NULL) + drain_ms * NS_PER_MS);
	wire_stop(s->wire);
	sync_thread_join(s->service);
	server_free(s);
}
