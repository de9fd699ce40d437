#include "connect/connect.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/call.h"
#include "connect/sessions.h"
#include "connect/signin.h"

#include <stdio.h>

#define OWN_PREFIX "/connect-server/v1"
#define ITEM "/vaults/{vault}/items/{item}"

ROUTE(vault_list)
ROUTE(vault_get)
ROUTE(item_list)
ROUTE(item_create)
ROUTE(item_get)
ROUTE(item_replace)
ROUTE(item_patch)
ROUTE(item_delete)
ROUTE(field_get)
ROUTE(file_list)
ROUTE(file_get)
ROUTE(file_content)
ROUTE(file_put)
ROUTE(file_delete)
ROUTE(document_create)
ROUTE(activity)
ROUTE(changes)
ROUTE(resolve)
ROUTE(openapi)
ROUTE(heartbeat)
ROUTE(health)
ROUTE(ready)
ROUTE(metrics)

static const struct route routes[] = {
	{"GET", "/v1/vaults", select_vault_list},
	{"GET", "/v1/vaults/{vault}", select_vault_get},
	{"GET", "/v1/vaults/{vault}/items", select_item_list},
	{"POST", "/v1/vaults/{vault}/items", select_item_create},
	{"GET", "/v1" ITEM, select_item_get},
	{"PUT", "/v1" ITEM, select_item_replace},
	{"PATCH", "/v1" ITEM, select_item_patch},
	{"DELETE", "/v1" ITEM, select_item_delete},
	{"GET", "/v1" ITEM "/files", select_file_list},
	{"GET", "/v1" ITEM "/files/{file}", select_file_get},
	{"GET", "/v1" ITEM "/files/{file}/content", select_file_content},
	{"PUT", OWN_PREFIX ITEM "/files/{file}", select_file_put},
	{"DELETE", OWN_PREFIX ITEM "/files/{file}", select_file_delete},
	{"POST", OWN_PREFIX "/vaults/{vault}/documents", select_document_create},
	{"GET", OWN_PREFIX ITEM "/fields/{field}", select_field_get},
	{"GET", "/v1/activity", select_activity},
	{"GET", OWN_PREFIX "/changes", select_changes},
	{"POST", OWN_PREFIX "/resolve", select_resolve},
	{"GET", OWN_PREFIX "/openapi.json", select_openapi},
	{"GET", "/heartbeat", select_heartbeat},
	{"GET", "/health", select_health},
	{"GET", "/readyz", select_ready},
	{"GET", "/metrics", select_metrics},
};

struct route_table connect_routes(void)
{
	return (struct route_table){routes, ARRAY_LEN(routes)};
}

struct connect *connect_new(const struct connect_options *options)
{
	static const double buckets[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5};
	struct connect *c = MEM_NEW(struct connect);
	struct metrics *m = options->metrics;

	c->options = *options;
	c->waiting = waiting_new(options->max_waiting);
	c->token_rates = rates_new(options->token_rate, NULL);
	c->address_rates = rates_new(options->address_rate, NULL);
	c->sessions = sessions_new(NULL);
	c->signin = signin_new();
	if (!m)
		return c;
	c->requests = metrics_counter(m, "connect_requests_total", "Requests answered.", "route code");
	c->throttled = metrics_counter(m, "connect_throttled_total",
				       "Requests that were one too many for their token or address.", "by");
	c->durations =
		metrics_histogram(m, "connect_request_duration_seconds", "Time from request to answer.",
				  "route", buckets, ARRAY_LEN(buckets));
	return c;
}

void connect_free(struct connect *c)
{
	if (!c)
		return;
	waiting_free(c->waiting);
	rates_free(c->token_rates);
	rates_free(c->address_rates);
	sessions_free(c->sessions);
	signin_free(c->signin);
	mem_free(c);
}

void connect_sweep(struct connect *c)
{
	vault_store_sweep(c->options.store);
	sessions_sweep(c->sessions);
}

const struct http_header connect_headers[CONNECT_HEADERS] = {
	{"1Password-Connect-Version", CONNECT_API_VERSION},
	{"Connect-Server-Version", VERSION},
	{"Cache-Control", "no-store"},
	{"X-Content-Type-Options", "nosniff"},
};

/* What is wrong on our side is for the log, not for the client. */
static void answer_error(const struct call *c, int status, const struct err *e)
{
	struct secret *body = http_reply_body(c->reply);
	struct jsonw w;

	secret_reset(body);
	http_reply_status(c->reply, status);
	http_reply_content_type(c->reply, "application/json");
	if (status == 401)
		http_reply_header(c->reply, "WWW-Authenticate", "Bearer");
	if (status == 503)
		http_reply_header(c->reply, "Retry-After", "1");
	jsonw_init_secret(&w, body);
	jsonw_object(&w);
	jsonw_kint(&w, "status", status);
	jsonw_kstr(&w, "message", status >= 500 ? "Something went wrong" : err_text(e));
	jsonw_end_object(&w);
	err_free(jsonw_done(&w));
}

/* RFC 9110 15.5.6: a 405 says which methods there are. */
static void add_allow(struct call *c)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	CLEANUP(strbuf_release) struct strbuf allow = {0};

	strbuf_init(&allow, 64);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		CLEANUP(router_match_release) struct router_match match = {0};
		const struct route *route = NULL;

		if (router_find(c->routes, c->n_routes, methods[i], c->req->path, &route, &match) ==
		    ROUTER_FOUND)
			strbuf_addf(&allow, "%s%s", allow.len ? ", " : "", methods[i]);
	}
	http_reply_header(c->reply, "Allow", allow.p);
}

static NODISCARD err_t find_and_run(struct call *c)
{
	CLEANUP(router_match_release) struct router_match match = {0};
	const struct route *route = NULL;

	c->route = "none";
	switch (router_find(c->routes, c->n_routes, c->req->method, c->req->path, &route, &match)) {
	case ROUTER_FOUND:
		break;
	case ROUTER_METHOD_NOT_ALLOWED:
		add_allow(c);
		return call_fail(c, 405, "this path has no such method");
	case ROUTER_BAD_PATH:
		return err_new(ERR_INVALID, "the path is not valid");
	case ROUTER_NOT_FOUND:
	default:
		return err_new(ERR_NOT_FOUND, "404 page not found");
	}
	route->handler(c, c->req, &match, c->reply);
	c->params = (const char *const *)match.params;
	c->pattern = route->pattern;
	TRY_(call_take(c, c->connect->address_rates, "address", c->req->peer));
	err_t e = c->handle(c);
	call_note(c, e);
	return e;
}

static void observe(const struct call *c, int status, int64_t start_ns)
{
	const int64_t duration_ns = clock_now_ns(NULL) - start_ns;
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", status);
	metric_add(c->connect->requests, METRIC_LABELS(c->route, code), 1);
	metric_observe(c->connect->durations, METRIC_LABELS(c->route),
		       (double)duration_ns / (double)NS_PER_S);
}

/* Without the path: a file's name may be a part of it. */
static void log_access(const struct call *c, int status, int64_t start_ns)
{
	static const struct logger log = {.name = "access", .every = true};
	const char *id = c->access ? vault_access_token_id(c->access) : NULL;

	log_info(&log, "request", F_STR("method", c->req->method), F_STR("route", c->route),
		 F_INT("status", status), F_STR("peer", c->req->peer),
		 F_STR("jti", c->admin ? vault_admin_id(c->admin) : id), F_STR("agent", c->req->user_agent),
		 F_INT("microseconds", (clock_now_ns(NULL) - start_ns) / 1000));
}

static void log_call(const struct call *c, int status, const struct err *e)
{
	static const struct logger log = {.name = "connect"};
	const char *token_id = c->access ? vault_access_token_id(c->access) : NULL;

	if (status >= 500)
		log_error(&log, "request failed", F_STR("route", c->route), F_INT("status", status),
			  F_STR("jti", token_id), F_ERR(e));
	else
		log_debug(&log, "request", F_STR("route", c->route), F_INT("status", status),
			  F_STR("jti", token_id));
}

void call_run(struct call *c)
{
	const int64_t start_ns = clock_now_ns(NULL);

	CLEANUP(err_freep) err_t e = find_and_run(c);
	if (e)
		answer_error(c, call_status_of(c, e), e);
	const int status = http_reply_get_status(c->reply);
	observe(c, status, start_ns);
	log_call(c, status, e);
	if (c->connect->options.access_log)
		log_access(c, status, start_ns);
	vault_access_unref(c->access);
	vault_admin_free(c->admin);
}

void connect_handle(void *connect, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct call c = {.connect = connect,
			 .req = req,
			 .reply = reply,
			 .routes = routes,
			 .n_routes = ARRAY_LEN(routes)};

	call_run(&c);
}
