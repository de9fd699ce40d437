#include "http/client_curl.h"

#include "base/clock.h"

/* Longest single wait: libcurl's own timers and cancel end it before. */
#define WAIT_MAX_MS 60000

int client_status(const struct http_client *c)
{
	long status = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

static bool is_lines(const struct transfer *t)
{
	return t->stream && client_status(t->client) == 200;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->last_byte_ns = clock_now_ns(NULL);
	http_head_add(&t->head, p, size * n);
	return size * n;
}

/* Only stores: what the bytes mean is looked at between two calls into libcurl. */
static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	const size_t len = size * n;
	err_t e = NULL;

	t->last_byte_ns = clock_now_ns(NULL);
	e = is_lines(t) ? http_lines_add(&t->lines, p, len) : secret_add(t->body, p, len);
	if (!e)
		return len;
	err_free(e);
	t->failed = err_new(ERR_TOO_LARGE, "%s %s: the answer is over %zu bytes", t->req->method,
			    t->req->path, t->req->max_bytes);
	return 0;
}

static err_t canceled(const struct transfer *t)
{
	return err_new(ERR_CANCELED, "%s %s: canceled", t->req->method, t->req->path);
}

static err_t deliver(struct transfer *t, struct cancel *cancel, http_line_fn on_line, void *arg)
{
	const char *line = NULL;
	size_t len = 0;

	for (;;) {
		TRY(http_lines_next(&t->lines, &line, &len), "%s %s", t->req->method, t->req->path);
		if (!line)
			return NULL;
		if (cancel_is_set(cancel))
			return canceled(t);
		TRY_(on_line(arg, line, len));
		/* The time in which nobody listened is no silence of the peer. */
		t->last_byte_ns = clock_now_ns(NULL);
	}
}

static err_t deliver_rest(struct transfer *t, http_line_fn on_line, void *arg)
{
	const char *line = NULL;
	size_t len = 0;

	TRY(http_lines_rest(&t->lines, &line, &len), "%s %s", t->req->method, t->req->path);
	return line ? on_line(arg, line, len) : NULL;
}

/* How long to wait for the next byte; 0 when a stream has been silent for too long. libcurl's own low-speed
 * limit would find that too, but it knows whole seconds only and looks at the mean of several. */
static int64_t wait_left_ms(const struct transfer *t)
{
	int64_t left_ns = 0, left_ms = 0;

	if (!t->stream || t->req->silence_ms <= 0)
		return WAIT_MAX_MS;
	left_ns = t->last_byte_ns + t->req->silence_ms * NS_PER_MS - clock_now_ns(NULL);
	left_ms = left_ns > 0 ? left_ns / NS_PER_MS + 1 : 0;
	return left_ms < WAIT_MAX_MS ? left_ms : WAIT_MAX_MS;
}

static err_t wait_for_bytes(struct transfer *t, struct cancel *cancel)
{
	const int64_t wait_ms = wait_left_ms(t);

	if (cancel_is_set(cancel))
		return canceled(t);
	if (wait_ms == 0)
		return err_new(ERR_TIMEOUT, "%s %s: no byte for %lld ms", t->req->method, t->req->path,
			       (long long)t->req->silence_ms);
	/* A wakeup that came before this call ends it at once, so a cancel is never slept through. */
	if (curl_multi_poll(t->client->multi, NULL, 0, (int)wait_ms, NULL) != CURLM_OK)
		return err_new(ERR_INTERNAL, "%s %s: curl_multi_poll failed", t->req->method, t->req->path);
	return NULL;
}

static CURLcode result_of(const struct http_client *c)
{
	CURLMsg *msg = NULL;
	int left = 0;

	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (msg->msg == CURLMSG_DONE)
			return msg->data.result;
	}
	return CURLE_OK;
}

static err_t run(struct transfer *t, struct cancel *cancel, http_line_fn on_line, void *arg)
{
	struct http_client *c = t->client;
	int running = 1;
	CURLcode code = CURLE_OK;

	for (;;) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			return err_new(ERR_INTERNAL, "%s %s: curl_multi_perform failed", t->req->method,
				       t->req->path);
		if (t->stream)
			TRY_(deliver(t, cancel, on_line, arg));
		if (running == 0)
			break;
		TRY_(wait_for_bytes(t, cancel));
	}
	if (t->failed)
		return TAKE(t->failed);
	code = result_of(c);
	if (code != CURLE_OK)
		return client_error(t, code);
	return t->stream ? deliver_rest(t, on_line, arg) : NULL;
}

static void wake(void *arg)
{
	const struct http_client *c = arg;

	/* The one call of the multi interface that another thread may make. */
	(void)curl_multi_wakeup(c->multi);
}

err_t client_transfer(struct transfer *t, struct cancel *cancel, http_line_fn on_line, void *arg)
{
	struct http_client *c = t->client;
	CURL *easy = c->easy;
	struct cancel_hook hook = {.wake = wake, .arg = c};
	err_t e = NULL;

	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	t->last_byte_ns = clock_now_ns(NULL);
	if (curl_multi_add_handle(c->multi, easy) != CURLM_OK)
		return err_new(ERR_INTERNAL, "%s %s: curl_multi_add_handle failed", t->req->method,
			       t->req->path);
	if (cancel)
		cancel_hook(cancel, &hook);
	e = run(t, cancel, on_line, arg);
	if (cancel)
		cancel_unhook(cancel, &hook);
	/* Of a transfer that did not end this closes the connection. */
	(void)curl_multi_remove_handle(c->multi, easy);
	return e;
}
