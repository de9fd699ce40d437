#include "kube/client.h"

#include "base/clock.h"
#include "base/mem.h"
#include "kube/client_send.h"
#include "kube/path.h"
#include <stdio.h>
#include <string.h>

#define RETRIES_MAX 10
/* Above the time that the server was asked to end the watch at. */
#define WATCH_SLACK_S 30

#if defined(__aarch64__)
#define ARCH "arm64"
#else
#define ARCH "amd64"
#endif
#define USER_AGENT "onepassword-operator/" VERSION " (linux/" ARCH ")"

struct kube_client {
	struct kube_config *config; /* NULL: the transport was given */
	char *user_agent;
	struct kube_observer observer;
	struct http_transport *transport;
	uint64_t generation; /* of the configuration that the transport was made from */
	int64_t timeout_ms;
	bool dry_run;
};

err_t kube_client_new(struct kube_config *config, const char *user_agent,
		      const struct kube_observer *observer, struct kube_client **out)
{
	CLEANUP(kube_client_freep) struct kube_client *c = MEM_NEW(struct kube_client);

	c->config = config;
	c->user_agent = mem_strdup(user_agent ? user_agent : USER_AGENT);
	c->timeout_ms = KUBE_TIMEOUT_MS;
	if (observer)
		c->observer = *observer;
	TRY_(kube_config_connect(config, c->user_agent, &c->transport, &c->generation));
	*out = TAKE(c);
	return NULL;
}

struct kube_client *kube_client_new_on(struct http_transport *transport)
{
	struct kube_client *c = MEM_NEW(struct kube_client);

	c->transport = transport;
	c->timeout_ms = KUBE_TIMEOUT_MS;
	return c;
}

void kube_client_free(struct kube_client *c)
{
	if (!c)
		return;
	http_transport_free(c->transport);
	mem_free(c->user_agent);
	mem_free(c);
}

void kube_client_freep(struct kube_client **c)
{
	kube_client_free(*c);
}

void kube_client_set_dry_run(struct kube_client *c)
{
	c->dry_run = true;
}

bool client_is_dry_run(const struct kube_client *c)
{
	return c->dry_run;
}

void kube_client_set_timeout(struct kube_client *c, int64_t timeout_ms)
{
	c->timeout_ms = timeout_ms;
}

void kube_object_release(struct kube_object *o)
{
	jsonx_free(o->json);
	*o = (struct kube_object){0};
}

/* A rotated CA or client certificate needs a transport of its own. When none can be made of it, the old one
 * goes on. */
static void renew_transport(struct kube_client *c)
{
	struct http_transport *transport = NULL;

	if (!c->config || kube_config_generation(c->config) == c->generation)
		return;
	err_t e = kube_config_connect(c->config, c->user_agent, &transport, &c->generation);
	if (e) {
		err_free(e);
		return;
	}
	http_transport_free(c->transport);
	c->transport = transport;
}

static void observe(const struct kube_client *c, const char *method, int code)
{
	if (c->observer.done)
		c->observer.done(c->observer.arg, method, code);
}

/* What an attempt needs beside the call: a line callback makes it a stream. */
struct attempt {
	struct http_request request;
	struct cancel *cancel;
	http_line_fn on_line;
	void *arg;
	bool token_refused;
};

static NODISCARD err_t send_once(struct kube_client *c, const struct attempt *a, struct http_response *out)
{
	CLEANUP(secret_freep) struct secret *bearer = NULL;
	struct http_request request = a->request;

	renew_transport(c);
	if (c->config)
		bearer = kube_config_bearer(c->config, a->token_refused);
	request.bearer = bearer;
	err_t e = a->on_line ? http_stream(c->transport, &request, a->cancel, a->on_line, a->arg, out)
			     : http_request(c->transport, &request, a->cancel, out);
	observe(c, request.method, e ? 0 : out->status);
	return e;
}

/* A token that was rotated under our feet is read again, once. */
static NODISCARD err_t send_authorized(struct kube_client *c, struct attempt *a, struct http_response *out)
{
	TRY_(send_once(c, a, out));
	if (out->status != 401 || !c->config || a->token_refused)
		return NULL;
	a->token_refused = true;
	http_response_release(out);
	return send_once(c, a, out);
}

static bool is_success(int status)
{
	return status >= 200 && status <= 202;
}

static NODISCARD err_t refused(const struct kube_call *call, const struct http_response *r)
{
	return err_wrap(kube_status_error(r, call->quote), "%s %.*s", call->method,
			(int)strcspn(call->path, "?"), call->path);
}

static bool may_retry(const struct kube_call *call, const struct err *e, int64_t left_ms)
{
	const int64_t wait_ms = err_retry_after_ms(e);

	return call->read && (err_is(e, ERR_THROTTLED) || err_is(e, ERR_UNAVAILABLE)) && wait_ms > 0 &&
	       wait_ms < left_ms;
}

static bool sleep_ms(struct cancel *cancel, int64_t ms)
{
	CLEANUP(cancel_freep) struct cancel *never = cancel ? NULL : cancel_new(NULL);

	return cancel_sleep_ms(cancel ? cancel : never, ms);
}

err_t client_send(struct kube_client *c, const struct kube_call *call, struct cancel *cancel,
		  struct http_response *out)
{
	const struct http_header accept = {"Accept", call->accept};
	const int64_t deadline_ns = clock_now_ns(NULL) + c->timeout_ms * NS_PER_MS;
	int64_t left_ms = c->timeout_ms;
	struct attempt a = {.cancel = cancel};

	if (call->len > KUBE_REQUEST_MAX)
		return err_new(ERR_TOO_LARGE, "%s %s: more than %u bytes", call->method, call->path,
			       KUBE_REQUEST_MAX);
	a.request = (struct http_request){.method = call->method,
					  .path = call->path,
					  .headers = &accept,
					  .n_headers = 1,
					  .body = call->body,
					  .body_len = call->len,
					  .content_type = call->content_type,
					  .max_bytes = KUBE_OBJECT_MAX};
	for (int tries = 0;; tries++) {
		CLEANUP(http_response_release) struct http_response r = {0};

		a.request.timeout_ms = left_ms;
		TRY_(send_authorized(c, &a, &r));
		if (is_success(r.status)) {
			*out = r;
			r = (struct http_response){0};
			return NULL;
		}
		err_t e = refused(call, &r);
		left_ms = (deadline_ns - clock_now_ns(NULL)) / NS_PER_MS;
		if (tries == RETRIES_MAX || !may_retry(call, e, left_ms))
			return e;
		const int64_t wait_ms = err_retry_after_ms(e);
		err_free(e);
		if (sleep_ms(cancel, wait_ms))
			return err_new(ERR_CANCELED, "%s %s: canceled", call->method, call->path);
		left_ms -= wait_ms;
	}
}

err_t client_parse(const struct kube_call *call, const struct http_response *r, const char *kind,
		   struct jsonx **out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	CLEANUP(err_freep) err_t e = jsonx_parse(secret_bytes(r->body), secret_len(r->body), &doc);

	if (e)
		return err_new(ERR_PROTOCOL, "%s %s: the answer is not JSON", call->method, call->path);
	if (kind && !streq(jsonx_get_str(doc, "kind"), kind))
		return err_new(ERR_PROTOCOL, "%s %s: the answer is not of kind %s", call->method, call->path,
			       kind);
	*out = TAKE(doc);
	return NULL;
}

static NODISCARD err_t watch_path(struct strbuf *path, const struct kube_target *t,
				  const char *label_selector, const char *version, int timeout_s)
{
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%d", timeout_s);
	TRY_(kube_path_add(path, t));
	kube_query_add(path, "watch", "1");
	kube_query_add(path, "allowWatchBookmarks", "true");
	kube_query_add(path, "resourceVersion", version);
	kube_query_add(path, "timeoutSeconds", seconds);
	kube_query_add(path, "labelSelector", label_selector);
	return strbuf_check(path, "path");
}

err_t kube_watch(struct kube_client *c, const struct kube_target *t, enum kube_view view,
		 const char *label_selector, const char *version, int timeout_s, struct cancel *cancel,
		 http_line_fn on_line, void *arg)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};
	CLEANUP(http_response_release) struct http_response r = {0};
	const struct http_header accept = {
		"Accept", view == KUBE_FULL ? "application/json"
					    : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"};

	strbuf_init(&path, KUBE_PATH_MAX);
	TRY_(watch_path(&path, t, label_selector, version, timeout_s));
	const struct kube_call call = {.method = "GET", .path = path.p};
	struct attempt a = {
		.request = {.method = call.method,
			    .path = call.path,
			    .headers = &accept,
			    .n_headers = 1,
			    .timeout_ms = (timeout_s + WATCH_SLACK_S) * INT64_C(1000),
			    .silence_ms = KUBE_WATCH_SILENCE_MS,
			    .max_bytes = KUBE_OBJECT_MAX},
		.cancel = cancel,
		.on_line = on_line,
		.arg = arg,
	};
	TRY_(send_authorized(c, &a, &r));
	return r.status == 200 ? NULL : refused(&call, &r);
}
