#include "controller/ops.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "controller/cert_watch.h"
#include "controller/scrape_auth.h"
#include "http/server.h"

#define METRICS_MAX (8u << 20)
#define STOP_MS 1000
#define CERTIFICATE_CHECK_MS 10000

struct ops {
	struct ops_options options;
	struct http_server *health, *metrics;
	struct cert_watch *certificate;
	struct scrape_auth *auth; /* NULL: everyone may read the metrics */
};

static void answer_text(struct http_server_reply *reply, int status, const char *text)
{
	http_reply_status(reply, status);
	http_reply_content_type(reply, "text/plain; charset=utf-8");
	err_free(secret_add(http_reply_body(reply), text, strlen(text)));
}

static void answer_check(struct http_server_reply *reply, bool (*check)(void *arg, struct strbuf *out_why),
			 void *arg)
{
	struct strbuf why CLEANUP(strbuf_release) = {0};

	strbuf_init(&why, 4096);
	if (check(arg, &why))
		answer_text(reply, 200, "ok");
	else
		answer_text(reply, 503, why.p);
}

static bool is_read(const struct http_server_request *req)
{
	return streq(req->method, "GET") || streq(req->method, "HEAD");
}

static void serve_health(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct ops *o = arg;

	if (!is_read(req))
		answer_text(reply, 405, "only GET");
	else if (streq(req->path, "/healthz"))
		answer_check(reply, o->options.is_alive, o->options.arg);
	else if (streq(req->path, "/readyz"))
		answer_check(reply, o->options.is_ready, o->options.arg);
	else
		answer_text(reply, 404, "not found; there are /healthz and /readyz");
}

static void answer_metrics(struct ops *o, struct http_server_reply *reply)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, METRICS_MAX);
	metrics_render(o->options.metrics, &text);
	answer_text(reply, 200, text.p);
	http_reply_content_type(reply, "text/plain; version=0.0.4; charset=utf-8");
}

static void serve_metrics(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct ops *o = arg;

	if (!is_read(req)) {
		answer_text(reply, 405, "only GET");
		return;
	}
	if (!streq(req->path, "/metrics")) {
		answer_text(reply, 404, "not found; there is /metrics");
		return;
	}
	switch (scrape_auth_check(o->auth, req->authorization, req->path)) {
	case SCRAPE_ALLOWED:
		answer_metrics(o, reply);
		return;
	case SCRAPE_UNAUTHENTICATED:
		answer_text(reply, 401,
			    "Unauthorized: a bearer token that the Kubernetes API server accepts is needed");
		return;
	case SCRAPE_FORBIDDEN:
		answer_text(reply, 403, "Forbidden: the token has no right to get the path /metrics");
		return;
	case SCRAPE_UNKNOWN:
		answer_text(reply, 500, "the Kubernetes API server could not say who may read this");
		return;
	}
}

/* "host:port", ":port", "[::1]:port" */
static err_t parse_address(const char *text, char **out_host, int *out_port)
{
	const char *colon = strrchr(text, ':');
	const size_t host_len = colon ? (size_t)(colon - text) : 0;
	const bool bracketed = host_len >= 2 && text[0] == '[' && text[host_len - 1] == ']';
	int64_t port;

	if (!colon || !str_to_int(colon + 1, 0, 65535, &port))
		return err_new(ERR_INVALID, "address \"%s\" must be host:port, :port, or 0 for none", text);
	if (host_len > 0)
		*out_host = bracketed ? mem_strndup(text + 1, host_len - 2) : mem_strndup(text, host_len);
	*out_port = (int)port;
	return NULL;
}

static bool is_off(const char *address)
{
	return str_empty(address) || streq(address, "0");
}

static err_t start_health(struct ops *o)
{
	char *host CLEANUP(mem_freep) = NULL;
	struct http_server_options options = {.name = "health", .workers = 1};

	if (is_off(o->options.health_address))
		return NULL;
	TRY(parse_address(o->options.health_address, &host, &options.port), "--health-probe-bind-address");
	options.address = host;
	TRY(http_server_start(&options, serve_health, o, &o->health), "--health-probe-bind-address %s",
	    o->options.health_address);
	return NULL;
}

static err_t start_self_signed(struct ops *o, struct http_server_options *options)
{
	struct secret *key CLEANUP(secret_freep) = NULL;
	struct strbuf cert CLEANUP(strbuf_release) = {0};
	struct strv hosts CLEANUP(strv_release) = {0};

	strbuf_init(&cert, 65536);
	strv_add(&hosts, "localhost");
	TRY(crypto_self_signed(&hosts, &key, &cert), "make a certificate for --metrics-secure");
	options->cert_pem = cert.p;
	options->key_pem = key;
	return http_server_start(options, serve_metrics, o, &o->metrics);
}

static err_t use_certificate(void *arg, const struct cert_pair *pair)
{
	const struct ops *o = arg;

	return http_server_set_certificate(o->metrics, pair->cert_pem, pair->key_pem);
}

static err_t start_certified(struct ops *o, struct http_server_options *options)
{
	const struct cert_watch_options watch = {
		.cert_path = o->options.metrics_cert_path,
		.key_path = o->options.metrics_key_path,
		.interval_ms = CERTIFICATE_CHECK_MS,
		.apply = use_certificate,
		.arg = o,
	};
	struct cert_pair pair CLEANUP(cert_pair_release) = {0};

	TRY(cert_pair_read(watch.cert_path, watch.key_path, &pair), "--metrics-cert-path");
	options->cert_pem = pair.cert_pem;
	options->key_pem = pair.key_pem;
	TRY_(http_server_start(options, serve_metrics, o, &o->metrics));
	o->certificate = cert_watch_start(&watch, &pair);
	return NULL;
}

static err_t start_secure_metrics(struct ops *o, struct http_server_options *options)
{
	TRY_(scrape_auth_new(o->options.kube, &o->auth));
	return o->options.metrics_cert_path ? start_certified(o, options) : start_self_signed(o, options);
}

static err_t start_metrics(struct ops *o)
{
	char *host CLEANUP(mem_freep) = NULL;
	struct http_server_options options = {.name = "metrics", .workers = 2};
	err_t e;

	if (is_off(o->options.metrics_address))
		return NULL;
	TRY(parse_address(o->options.metrics_address, &host, &options.port), "--metrics-bind-address");
	options.address = host;
	e = o->options.metrics_secure ? start_secure_metrics(o, &options)
				      : http_server_start(&options, serve_metrics, o, &o->metrics);
	TRY(e, "--metrics-bind-address %s", o->options.metrics_address);
	return NULL;
}

err_t ops_start(const struct ops_options *options, struct ops **out)
{
	struct ops *o = MEM_NEW(struct ops);
	err_t e;

	o->options = *options;
	e = start_health(o);
	if (!e)
		e = start_metrics(o);
	if (e) {
		ops_stop(o);
		return e;
	}
	*out = o;
	return NULL;
}

void ops_stop(struct ops *o)
{
	if (!o)
		return;
	cert_watch_stop(o->certificate);
	if (o->metrics)
		http_server_stop(o->metrics, STOP_MS);
	if (o->health)
		http_server_stop(o->health, STOP_MS);
	scrape_auth_free(o->auth);
	mem_free(o);
}
