#include "http/http.h"

#include "base/mem.h"
#include <string.h>

/* Of a peer's message, in an error text. */
#define MESSAGE_MAX 512

void http_response_release(struct http_response *r)
{
	secret_free(r->body);
	mem_free(r->content_type);
	mem_free(r->etag);
	mem_free(r->connect_version);
	*r = (struct http_response){0};
}

/* Bytes that a header line or a request line may carry. */
static bool is_sendable(const char *s, size_t len, unsigned char lowest)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (c < lowest || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s > 0x7e)
			return false;
	}
	return true;
}

static bool is_text(const char *s)
{
	return is_sendable(s, strlen(s), ' ');
}

static err_t check_headers(const struct http_request *req)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		const struct http_header *h = &req->headers[i];

		if (str_empty(h->name) || !is_text(h->name))
			return err_new(ERR_INTERNAL, "header number %zu has no proper name", i);
		if (!h->value || !is_text(h->value))
			return err_new(ERR_INVALID, "header %s must not hold control characters", h->name);
	}
	if (req->content_type && !is_text(req->content_type))
		return err_new(ERR_INVALID, "header Content-Type must not hold control characters");
	return NULL;
}

static err_t check_bearer(const struct secret *bearer)
{
	if (!bearer)
		return NULL;
	if (secret_len(bearer) == 0)
		return err_new(ERR_INVALID, "the bearer token is empty");
	if (!is_sendable(secret_bytes(bearer), secret_len(bearer), '!'))
		return err_new(ERR_INVALID, "the bearer token must be one word without control characters");
	return NULL;
}

static err_t check_request(const struct http_request *req)
{
	if (str_empty(req->method) || !is_text(req->method))
		return err_new(ERR_INTERNAL, "request without a proper method");
	if (!req->path || req->path[0] != '/' || !is_ascii(req->path) ||
	    !is_sendable(req->path, strlen(req->path), '!'))
		return err_new(ERR_INTERNAL, "path of a request must start with / and be percent-encoded");
	if (req->timeout_ms <= 0 || req->max_bytes == 0)
		return err_new(ERR_INTERNAL, "request without timeout_ms or max_bytes");
	TRY_(check_headers(req));
	return check_bearer(req->bearer);
}

err_t http_request(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
		   struct http_response *out)
{
	TRY_(check_request(req));
	return t->request(t, req, cancel, out);
}

err_t http_stream(struct http_transport *t, const struct http_request *req, struct cancel *cancel,
		  http_line_fn on_line, void *arg, struct http_response *out)
{
	TRY_(check_request(req));
	return t->stream(t, req, cancel, on_line, arg, out);
}

void http_transport_free(struct http_transport *t)
{
	if (t)
		t->free(t);
}

void http_transport_freep(struct http_transport **t)
{
	http_transport_free(*t);
}

static enum err_kind status_kind(int status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_DENIED;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	case 410:
		return ERR_GONE;
	case 413:
		return ERR_TOO_LARGE;
	case 429:
		return ERR_THROTTLED;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	default:
		if (status >= 400 && status < 500)
			return ERR_INVALID;
		return status >= 500 && status < 600 ? ERR_UNAVAILABLE : ERR_PROTOCOL;
	}
}

err_t http_status_error(const struct http_response *r, const char *message)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, MESSAGE_MAX);
	if (!str_empty(message)) {
		strbuf_adds(&text, ": ");
		str_add_printable(&text, message, MESSAGE_MAX - text.len);
	}

	err_t e = err_new(status_kind(r->status), "HTTP %d%s", r->status, text.p);

	err_set_retry_after_ms(e, r->retry_after_ms);
	return e;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

void http_add_encoded(struct strbuf *out, const char *s)
{
	for (; *s; s++) {
		if (is_unreserved(*s))
			strbuf_addc(out, *s);
		else
			strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}
