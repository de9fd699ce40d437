#include "onepassword/answer.h"

#include "base/mem.h"
#include "onepassword/elements.h"

/* Of the server's message. */
#define MESSAGE_MAX 512

static const char *usual_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{204, "No Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{407, "Proxy Authentication Required"},
		{408, "Request Timeout"},
		{413, "Request Entity Too Large"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "no message";
}

/* own: Connect itself speaks, in its own words. We only read, so that a conflict and the like are no answers.
 */
static enum err_kind kind_of(enum err_kind kind, bool own, bool may_miss)
{
	switch (kind) {
	case ERR_DENIED:
	case ERR_THROTTLED:
	case ERR_UNAVAILABLE:
	case ERR_TIMEOUT:
		return kind;
	case ERR_INVALID:
		return own ? kind : ERR_PROTOCOL;
	case ERR_NOT_FOUND:
		return own && may_miss ? kind : ERR_PROTOCOL;
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_GONE:
	case ERR_CANCELED:
	case ERR_TOO_LARGE:
	case ERR_PROTOCOL:
	case ERR_INTERNAL:
		break;
	}
	return ERR_PROTOCOL;
}

err_t answer_check(const struct http_response *r, bool may_miss)
{
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	CLEANUP(err_freep) err_t bare = NULL;
	CLEANUP(err_freep) err_t no_json = NULL;
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *message;
	bool own;
	err_t e;

	if (r->status == 200)
		return NULL;
	bare = http_status_error(r, NULL);
	no_json = jsonx_parse(secret_bytes(r->body), secret_len(r->body), &json);
	message = jsonx_get_str(json, "message");
	own = message && jsonx_get_int(json, "status", 0) == r->status;
	strbuf_init(&text, MESSAGE_MAX);
	str_add_printable(&text, str_empty(message) ? usual_text(r->status) : message, MESSAGE_MAX);
	e = err_new(kind_of(err_kind(bare), own, may_miss), "status %d: %s", r->status, text.p);
	err_set_retry_after_ms(e, err_retry_after_ms(bare));
	return e;
}

static NODISCARD err_t parse(const char *p, size_t len, struct jsonx **out)
{
	CLEANUP(err_freep) err_t e = jsonx_parse(p, len, out);

	if (e)
		return err_new(ERR_PROTOCOL, "the answer is not what Connect gives: %s", err_text(e));
	return NULL;
}

err_t answer_json(const struct http_response *r, struct jsonx **out)
{
	return parse(secret_bytes(r->body), secret_len(r->body), out);
}

err_t answer_each(const struct http_response *r, answer_add_fn add, void *arg)
{
	struct elements elements = {.p = secret_bytes(r->body), .len = secret_len(r->body)};

	for (size_t n = 0;; n++) {
		CLEANUP(jsonx_freep) struct jsonx *element = NULL;
		const char *p = NULL;
		size_t len = 0;

		TRY(elements_next(&elements, &p, &len), "the answer is not what Connect gives");
		if (!p)
			return NULL;
		TRY(parse(p, len, &element), "element %zu", n);
		TRY(add(arg, element), "element %zu", n);
	}
}
