#include "kube/status.h"

#include <string.h>

#define MESSAGE_MAX 512
#define CAUSES_MAX 16
#define RETRY_AFTER_MAX_S 3600

static bool has_cause(const struct jsonx *status, const char *key, const char *value)
{
	const struct jsonx *causes = jsonx_get(jsonx_get(status, "details"), "causes");

	for (size_t i = 0; i < jsonx_len(causes) && i < CAUSES_MAX; i++)
		if (streq(jsonx_get_str(jsonx_at(causes, i), key), value))
			return true;
	return false;
}

/* 0: the code decides. */
static int kind_of_reason(const struct jsonx *status)
{
	const char *reason = jsonx_get_str(status, "reason");

	if (streq(reason, "AlreadyExists"))
		return ERR_EXISTS;
	if (streq(reason, "Conflict") || has_cause(status, "field", "metadata.uid"))
		return ERR_CONFLICT;
	if (streq(reason, "Expired") || streq(reason, "Gone") ||
	    has_cause(status, "reason", "ResourceVersionTooLarge"))
		return ERR_GONE;
	return 0;
}

/* Whether a message of that code tells of names, rights and versions only. */
static bool is_safe(int code, const char *message)
{
	switch (code) {
	case 401:
	case 403:
	case 404:
	case 409:
	case 410:
	case 413:
	case 429:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return str_has_prefix(message, "Internal error occurred: failed calling webhook");
	}
}

/* An admission webhook's or policy's own words follow these. */
static size_t own_words_end(const char *message)
{
	static const char *const marks[] = {" denied the request", " denied request"};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *mark = strstr(message, marks[i]);

		if (mark)
			return (size_t)(mark - message) + strlen(marks[i]);
	}
	return strlen(message);
}

static void add_fields(struct strbuf *out, const struct jsonx *status)
{
	const struct jsonx *causes = jsonx_get(jsonx_get(status, "details"), "causes");
	const char *reason = jsonx_get_str(status, "reason");
	const char *separator = ": ";

	strbuf_adds(out, str_empty(reason) ? "the API server refuses it" : reason);
	for (size_t i = 0; i < jsonx_len(causes) && i < CAUSES_MAX; i++) {
		const char *field = jsonx_get_str(jsonx_at(causes, i), "field");

		if (str_empty(field))
			continue;
		strbuf_addf(out, "%s%s", separator, field);
		separator = ", ";
	}
}

static void add_message(struct strbuf *out, const struct jsonx *status, int code, enum status_quote quote)
{
	const char *message = jsonx_get_str(status, "message");

	if (quote == STATUS_QUOTE)
		strbuf_adds(out, message ? message : "");
	else if (message && is_safe(code, message))
		strbuf_add(out, message, own_words_end(message));
	else
		add_fields(out, status);
}

static NODISCARD err_t status_error(const struct jsonx *status, int code, int64_t retry_after_ms,
				    enum status_quote quote)
{
	CLEANUP(strbuf_release) struct strbuf message = {0}, printable = {0};
	const int kind = kind_of_reason(status);
	const int64_t asked_s = jsonx_get_int(jsonx_get(status, "details"), "retryAfterSeconds", 0);

	strbuf_init(&message, 1u << 20);
	strbuf_init(&printable, MESSAGE_MAX);
	if (status)
		add_message(&message, status, code, quote);
	str_add_printable(&printable, message.p, MESSAGE_MAX);
	if (retry_after_ms == 0 && asked_s > 0)
		retry_after_ms = (asked_s < RETRY_AFTER_MAX_S ? asked_s : RETRY_AFTER_MAX_S) * 1000;

	const struct http_response answer = {.status = code, .retry_after_ms = retry_after_ms};
	err_t e = http_status_error(&answer, printable.p);
	if (kind == 0 || err_is(e, (enum err_kind)kind))
		return e;
	err_t other = err_new((enum err_kind)kind, "%s", err_text(e));
	err_set_retry_after_ms(other, err_retry_after_ms(e));
	err_free(e);
	return other;
}

err_t kube_status_error(const struct http_response *r, enum status_quote quote)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	err_t e = r->body ? jsonx_parse(secret_bytes(r->body), secret_len(r->body), &body) : NULL;
	const bool is_status = !e && streq(jsonx_get_str(body, "kind"), "Status");

	err_free(e);
	return status_error(is_status ? body : NULL, r->status, r->retry_after_ms, quote);
}

err_t kube_status_event_error(const struct jsonx *status)
{
	const int64_t code = jsonx_get_int(status, "code", 500);

	return status_error(status, code >= 400 && code <= 599 ? (int)code : 500, 0, STATUS_QUOTE);
}
