#include "http/http.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include <string.h>

TEST(http, status_errors_have_their_kind)
{
	static const struct {
		int status;
		enum err_kind want;
	} cases[] = {
		{400, ERR_INVALID},     {401, ERR_DENIED},   {403, ERR_DENIED},      {404, ERR_NOT_FOUND},
		{405, ERR_INVALID},     {408, ERR_TIMEOUT},  {409, ERR_CONFLICT},    {410, ERR_GONE},
		{413, ERR_TOO_LARGE},   {422, ERR_INVALID},  {429, ERR_THROTTLED},   {500, ERR_UNAVAILABLE},
		{503, ERR_UNAVAILABLE}, {504, ERR_TIMEOUT},  {599, ERR_UNAVAILABLE}, {302, ERR_PROTOCOL},
		{204, ERR_PROTOCOL},    {700, ERR_PROTOCOL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct http_response r = {.status = cases[i].status};
		err_t e = http_status_error(&r, NULL);

		CHECK_MSG(err_is(e, cases[i].want), "%d: %s", cases[i].status, err_kind_name(err_kind(e)));
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}

TEST(http, status_error_tells_status_message_and_retry_after)
{
	const struct http_response r = {.status = 429, .retry_after_ms = 7000};
	err_t e = http_status_error(&r, "slow\ndown");

	CHECK(str_has_prefix(err_text(e), "HTTP 429: slow"));
	CHECK(strchr(err_text(e), '\n') == NULL);
	CHECK_INT(err_retry_after_ms(e), 7000);
	err_free(e);
	e = http_status_error(&r, "");
	CHECK_STR(err_text(e), "HTTP 429");
	err_free(e);
	CHECK_INT(err_live(), 0);
}

TEST(http, status_error_cuts_a_long_message)
{
	const struct http_response r = {.status = 500};
	CLEANUP(mem_freep) char *message = mem_printf("%05000d", 0);
	err_t e = http_status_error(&r, message);

	CHECK(strlen(err_text(e)) > 400 && strlen(err_text(e)) < 600);
	err_free(e);
	CHECK_INT(err_live(), 0);
}

TEST(http, percent_encodes_all_but_unreserved_characters)
{
	CLEANUP(strbuf_release) struct strbuf b = {0};

	strbuf_init(&b, 200);
	http_add_encoded(&b, "aZ09-._~ /?#[]@!$&'()*+,;=%\"\n\xc3\xa9");
	CHECK_STR(b.p, "aZ09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%22%0A%C3%A9");
}

static err_t answer_empty(void *arg, const struct http_request *req, struct http_response *out)
{
	(void)arg;
	(void)req;
	http_fake_answer(out, 200, "");
	return NULL;
}

TEST(http, requests_that_cannot_be_sent_are_refused_before_the_transport)
{
	static const struct http_header newline = {"X-Test", "a\r\nX-Evil: b"}, no_name = {"", "a"};
	CLEANUP(secret_freep) struct secret *two_lines = secret_from_str("token\n");
	CLEANUP(secret_freep) struct secret *none = secret_from_str("");
	const struct http_request right = {.method = "GET", .path = "/a", .timeout_ms = 1, .max_bytes = 1};
	struct http_request cases[11];
	static const enum err_kind want[ARRAY_LEN(cases)] = {
		ERR_INTERNAL, ERR_INTERNAL, ERR_INTERNAL, ERR_INTERNAL, ERR_INTERNAL, ERR_INTERNAL,
		ERR_INVALID,  ERR_INTERNAL, ERR_INVALID,  ERR_INVALID,  ERR_INVALID,
	};
	struct http_fake *fake = http_fake_new(answer_empty, NULL);
	struct http_transport *t = http_fake_transport(fake);
	struct http_response r = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cases[i] = right;
	cases[0].method = "";
	cases[1].path = "a";
	cases[2].path = "/a b";
	cases[3].path = "/\xc3\xa9";
	cases[4].timeout_ms = 0;
	cases[5].max_bytes = 0;
	cases[6].headers = &newline;
	cases[6].n_headers = 1;
	cases[7].headers = &no_name;
	cases[7].n_headers = 1;
	cases[8].bearer = two_lines;
	cases[9].bearer = none;
	cases[10].content_type = "a\nb";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_t e = http_request(t, &cases[i], NULL, &r);

		CHECK_MSG(err_is(e, want[i]), "case %zu: %s", i, e ? err_text(e) : "succeeded");
		CHECK(strstr(err_text(e), "token\n") == NULL && strstr(err_text(e), "Evil") == NULL);
		err_free(e);
	}
	CHECK_INT(http_fake_count(fake), 0);
	http_transport_freep(&t);
	http_fake_free(fake);
	CHECK_INT(err_live(), 0);
}
