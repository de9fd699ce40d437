#include "kube/status.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

static err_t error_of(int code, const char *body, enum status_quote quote)
{
	CLEANUP(http_response_release)
	struct http_response r = {.status = code, .body = secret_from_str(body)};

	return kube_status_error(&r, quote);
}

static char *status(int code, const char *reason, const char *message, const char *details)
{
	return mem_printf("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":%d,"
			  "\"reason\":\"%s\",\"message\":\"%s\",\"details\":{%s}}",
			  code, reason, message, details);
}

TEST(status, kind_follows_reason_and_code)
{
	static const struct {
		int code;
		const char *reason, *details;
		enum err_kind kind;
	} cases[] = {
		{400, "BadRequest", "", ERR_INVALID},
		{401, "Unauthorized", "", ERR_DENIED},
		{403, "Forbidden", "", ERR_DENIED},
		{404, "NotFound", "", ERR_NOT_FOUND},
		{409, "AlreadyExists", "", ERR_EXISTS},
		{409, "Conflict", "", ERR_CONFLICT},
		{410, "Expired", "", ERR_GONE},
		{410, "Gone", "", ERR_GONE},
		{422, "Invalid", "", ERR_INVALID},
		{422, "Invalid", "\"causes\":[{\"reason\":\"FieldValueInvalid\",\"field\":\"type\"}]",
		 ERR_INVALID},
		{422, "Invalid", "\"causes\":[{\"reason\":\"FieldValueInvalid\",\"field\":\"metadata.uid\"}]",
		 ERR_CONFLICT},
		{429, "TooManyRequests", "", ERR_THROTTLED},
		{500, "InternalError", "", ERR_UNAVAILABLE},
		{500, "Expired", "", ERR_GONE},
		{503, "ServiceUnavailable", "", ERR_UNAVAILABLE},
		{504, "Timeout", "", ERR_TIMEOUT},
		{504, "Timeout",
		 "\"causes\":[{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"Too large\"}]", ERR_GONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep)
		char *body = status(cases[i].code, cases[i].reason, "why", cases[i].details);
		CLEANUP(err_freep) err_t e = error_of(cases[i].code, body, STATUS_QUOTE);

		CHECK_MSG(err_is(e, cases[i].kind), "%d %s: %s", cases[i].code, cases[i].reason, err_text(e));
		CHECK(strstr(err_text(e), "why"));
	}
}

TEST(status, any_body_gives_an_error)
{
	static const char *const bodies[] = {"",
					     "<html>502</html>",
					     "[]",
					     "{\"kind\":\"Secret\",\"message\":\"x\"}",
					     "{\"kind\":\"Status\"}",
					     "{\"kind\":\"Status\",\"details\":[1],\"reason\":7}"};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		CLEANUP(err_freep) err_t e = error_of(502, bodies[i], STATUS_QUOTE);

		CHECK(err_is(e, ERR_UNAVAILABLE));
		CHECK_STR(err_text(e), "HTTP 502");
	}
}

TEST(status, the_message_is_printable_and_cut)
{
	char message[2000];

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	memcpy(message, "a\\n\\u001bb", strlen("a\\n\\u001bb"));
	CLEANUP(mem_freep) char *body = status(422, "Invalid", message, "");
	CLEANUP(err_freep) err_t e = error_of(422, body, STATUS_QUOTE);

	CHECK(strlen(err_text(e)) <= strlen("HTTP 422: ") + 512);
	CHECK(strlen(err_text(e)) > 400);
	CHECK(!strpbrk(err_text(e), "\n\x1b"));
}

TEST(status, the_server_s_wait_comes_from_header_or_body)
{
	CLEANUP(mem_freep) char *body = status(429, "TooManyRequests", "slow", "\"retryAfterSeconds\":4");
	CLEANUP(err_freep) err_t e = error_of(429, body, STATUS_QUOTE);

	CHECK_INT(err_retry_after_ms(e), 4000);

	CLEANUP(http_response_release)
	struct http_response r = {.status = 429, .body = secret_from_str(body), .retry_after_ms = 7000};
	CLEANUP(err_freep) err_t by_header = kube_status_error(&r, STATUS_QUOTE);
	CHECK_INT(err_retry_after_ms(by_header), 7000);

	CLEANUP(mem_freep)
	char *gone = status(410, "AlreadyExists", "odd", "\"retryAfterSeconds\":999999999");
	CLEANUP(err_freep) err_t capped = error_of(410, gone, STATUS_QUOTE);
	CHECK_INT(err_retry_after_ms(capped), 3600 * 1000);
}

/* The canary stands for the content of a Secret. */
TEST(status, what_was_sent_is_not_quoted_where_that_is_asked_for)
{
	static const struct {
		int code;
		const char *reason, *message, *details, *want;
	} cases[] = {
		{400, "BadRequest", "illegal base64 data: canary", "", "HTTP 400: BadRequest"},
		{422, "Invalid", "Invalid value: canary",
		 "\"causes\":[{\"field\":\"data[a b]\",\"message\":\"canary\"},{\"field\":\"type\"},{}]",
		 "HTTP 422: Invalid: data[a b], type"},
		{500, "InternalError", "failed to create typed patch object: canary", "",
		 "HTTP 500: InternalError"},
		{500, "InternalError",
		 "Internal error occurred: failed calling webhook \\\"w\\\": connection refused", "",
		 "HTTP 500: Internal error occurred: failed calling webhook \"w\": connection refused"},
		{403, "Forbidden", "secrets is forbidden: User cannot patch", "",
		 "HTTP 403: secrets is forbidden: User cannot patch"},
		{403, "Forbidden", "admission webhook \\\"w\\\" denied the request: canary is weak", "",
		 "HTTP 403: admission webhook \"w\" denied the request"},
		{403, "Forbidden", "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: canary",
		 "", "HTTP 403: ValidatingAdmissionPolicy 'p' with binding 'b' denied request"},
		{409, "Conflict", "the object has been modified", "",
		 "HTTP 409: the object has been modified"},
		{418, "", "canary", "", "HTTP 418: the API server refuses it"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep)
		char *body = status(cases[i].code, cases[i].reason, cases[i].message, cases[i].details);
		CLEANUP(err_freep) err_t e = error_of(cases[i].code, body, STATUS_QUOTE_SAFE);

		CHECK_STR(err_text(e), cases[i].want);
	}
}

TEST(status, watch_events_carry_their_code)
{
	static const struct {
		const char *text;
		enum err_kind kind;
	} cases[] = {
		{"{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}",
		 ERR_GONE},
		{"{\"kind\":\"Status\",\"code\":429,\"details\":{\"retryAfterSeconds\":1}}", ERR_THROTTLED},
		{"{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\"}", ERR_UNAVAILABLE},
		{"{\"kind\":\"Status\",\"code\":200}", ERR_UNAVAILABLE},
		{"{\"kind\":\"Status\",\"code\":-7}", ERR_UNAVAILABLE},
		{"[]", ERR_UNAVAILABLE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(jsonx_freep) struct jsonx *v = NULL;

		CHECK_OK(jsonx_parse(cases[i].text, strlen(cases[i].text), &v));
		CHECK_ERR(kube_status_event_error(v), cases[i].kind);
	}
	CHECK_INT(err_live(), 0);
}
