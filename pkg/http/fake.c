#include "http/fake.h"

#include "base/mem.h"
#include "base/sync.h"
#include "http/lines.h"

#define FAULT_RETRY_AFTER_MS 7000

struct fault_range {
	size_t at, times;
	enum http_fault fault;
};

struct http_fake {
	pthread_mutex_t mutex; /* guards all but handler and arg */
	http_fake_fn handler;
	void *arg;
	struct strv lines, bodies;
	struct fault_range *faults;
	size_t n_faults;
};

struct fake_transport {
	struct http_transport base; /* first, so that the seam's pointer is this one */
	struct http_fake *fake;
};

static int fault_status(enum http_fault fault)
{
	static const int statuses[HTTP_FAULT_END] = {
		[HTTP_FAULT_401] = 401, [HTTP_FAULT_403] = 403, [HTTP_FAULT_404] = 404,
		[HTTP_FAULT_409] = 409, [HTTP_FAULT_410] = 410, [HTTP_FAULT_422] = 422,
		[HTTP_FAULT_429] = 429, [HTTP_FAULT_500] = 500,
	};

	return statuses[fault];
}

struct http_fake *http_fake_new(http_fake_fn handler, void *arg)
{
	struct http_fake *f = MEM_NEW(struct http_fake);

	sync_mutex_init(&f->mutex);
	f->handler = handler;
	f->arg = arg;
	return f;
}

void http_fake_free(struct http_fake *f)
{
	if (!f)
		return;
	http_fake_forget(f);
	sync_mutex_destroy(&f->mutex);
	mem_free(f);
}

void http_fake_forget(struct http_fake *f)
{
	SYNC_SCOPE(&f->mutex);
	strv_release(&f->lines);
	strv_release(&f->bodies);
	mem_free(TAKE(f->faults));
	f->n_faults = 0;
}

size_t http_fake_count(struct http_fake *f)
{
	SYNC_SCOPE(&f->mutex);
	return f->lines.n;
}

const char *http_fake_line(struct http_fake *f, size_t i)
{
	SYNC_SCOPE(&f->mutex);
	return i < f->lines.n ? f->lines.v[i] : NULL;
}

const char *http_fake_body(struct http_fake *f, size_t i)
{
	SYNC_SCOPE(&f->mutex);
	return i < f->bodies.n ? f->bodies.v[i] : NULL;
}

void http_fake_fault(struct http_fake *f, size_t at, size_t times, enum http_fault fault)
{
	SYNC_SCOPE(&f->mutex);
	f->faults = mem_grow(f->faults, f->n_faults + 1, sizeof(*f->faults));
	f->faults[f->n_faults++] = (struct fault_range){.at = at, .times = times, .fault = fault};
}

void http_fake_answer(struct http_response *out, int status, const char *body)
{
	http_response_release(out);
	out->status = status;
	out->body = secret_from_str(body);
	out->content_type = mem_strdup("application/json");
}

/* Notes the request and returns the fault that is due at its number. */
static enum http_fault record(struct http_fake *f, const struct http_request *req)
{
	char *line = mem_printf("%s %s", req->method, req->path);
	char *body = mem_strndup(req->body ? req->body : "", req->body ? req->body_len : 0);

	SYNC_SCOPE(&f->mutex);
	const size_t number = f->lines.n;

	strv_add_take(&f->lines, &line);
	strv_add_take(&f->bodies, &body);
	for (size_t i = 0; i < f->n_faults; i++) {
		const struct fault_range *r = &f->faults[i];

		if (number >= r->at && number - r->at < r->times)
			return r->fault;
	}
	return HTTP_FAULT_NONE;
}

static err_t check_cancel(const struct http_request *req, struct cancel *cancel)
{
	if (cancel_is_set(cancel))
		return err_new(ERR_CANCELED, "%s %s: canceled", req->method, req->path);
	return NULL;
}

static err_t check_size(const struct http_request *req, size_t len)
{
	if (len > req->max_bytes)
		return err_new(ERR_TOO_LARGE, "%s %s: the answer is over %zu bytes", req->method, req->path,
			       req->max_bytes);
	return NULL;
}

static void answer_fault_status(struct http_response *r, int status)
{
	CLEANUP(mem_freep) char *body = mem_printf("{\"code\":%d,\"message\":\"injected\"}", status);

	http_fake_answer(r, status, body);
	if (status == 429)
		r->retry_after_ms = FAULT_RETRY_AFTER_MS;
}

/* What becomes of an answer that the handler gave. */
static err_t spoil(enum http_fault fault, const struct http_request *req, struct http_response *r)
{
	const char *body = r->body ? secret_bytes(r->body) : "";

	if (fault == HTTP_FAULT_RESET)
		return err_new(ERR_UNAVAILABLE, "%s %s: connection reset", req->method, req->path);
	if (fault == HTTP_FAULT_TIMEOUT)
		return err_new(ERR_TIMEOUT, "%s %s: no answer within %lld ms", req->method, req->path,
			       (long long)req->timeout_ms);
	if (fault == HTTP_FAULT_EMPTY)
		http_fake_answer(r, 200, "");
	if (fault == HTTP_FAULT_WRONG_TYPE)
		http_fake_answer(r, 200, body[0] == '[' ? "{}" : "[]");
	if (fault == HTTP_FAULT_TRUNCATED) {
		struct secret *half = secret_from(body, secret_len(r->body) / 2);

		secret_free(r->body);
		r->body = half;
	}
	return NULL;
}

static err_t exchange(struct http_fake *f, const struct http_request *req, struct cancel *cancel,
		      struct http_response *out)
{
	CLEANUP(http_response_release) struct http_response r = {0};

	TRY_(check_cancel(req, cancel));

	const enum http_fault fault = record(f, req);

	if (fault == HTTP_FAULT_REFUSED)
		return err_new(ERR_UNAVAILABLE, "%s %s: connection refused", req->method, req->path);
	if (fault_status(fault) != 0) {
		answer_fault_status(&r, fault_status(fault));
	} else if (fault == HTTP_FAULT_HTML) {
		http_fake_answer(&r, 200, "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n");
		mem_free(r.content_type);
		r.content_type = mem_strdup("text/html");
	} else {
		TRY(f->handler(f->arg, req, &r), "%s %s", req->method, req->path);
		TRY_(check_cancel(req, cancel));
		TRY_(spoil(fault, req, &r));
	}
	if (!r.body)
		r.body = secret_from("", 0);
	*out = r;
	r = (struct http_response){0};
	return NULL;
}

static err_t fake_request(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
			  struct http_response *out)
{
	CLEANUP(http_response_release) struct http_response r = {0};

	TRY_(exchange(((struct fake_transport *)t)->fake, req, cancel, &r));
	TRY_(check_size(req, secret_len(r.body)));
	*out = r;
	r = (struct http_response){0};
	return NULL;
}

static err_t deliver(const struct http_request *req, struct cancel *cancel, struct http_lines *lines,
		     http_line_fn on_line, void *arg)
{
	const char *line = NULL;
	size_t len = 0;

	for (;;) {
		TRY(http_lines_next(lines, &line, &len), "%s %s", req->method, req->path);
		if (!line)
			break;
		TRY_(check_cancel(req, cancel));
		TRY_(on_line(arg, line, len));
	}
	TRY(http_lines_rest(lines, &line, &len), "%s %s", req->method, req->path);
	return line ? on_line(arg, line, len) : NULL;
}

static err_t fake_stream(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
			 http_line_fn on_line, void *arg, struct http_response *out)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(http_lines_release) struct http_lines lines = {0};

	http_lines_init(&lines, req->max_bytes);
	TRY_(exchange(((struct fake_transport *)t)->fake, req, cancel, &r));
	if (r.status == 200) {
		TRY_(http_lines_add(&lines, secret_bytes(r.body), secret_len(r.body)));
		TRY_(deliver(req, cancel, &lines, on_line, arg));
		secret_reset(r.body);
	} else {
		TRY_(check_size(req, secret_len(r.body)));
	}
	*out = r;
	r = (struct http_response){0};
	return NULL;
}

static void fake_free(struct http_transport *t)
{
	mem_free(t);
}

struct http_transport *http_fake_transport(struct http_fake *f)
{
	struct fake_transport *t = MEM_NEW(struct fake_transport);

	t->base = (struct http_transport){.request = fake_request, .stream = fake_stream, .free = fake_free};
	t->fake = f;
	return &t->base;
}
