#include "http/peer_test.h"

#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static err_t ask(const char *base_url, const char *proxy_url, struct http_response *out)
{
	CLEANUP(http_transport_freep) struct http_transport *t = NULL;
	const struct http_client_options options = {
		.base_url = base_url, .proxy_url = proxy_url, .allow_http = true};
	const struct http_request req = peer_get("/a?b");

	TRY_(http_client_new(&options, &t));
	http_response_release(out);
	return http_request(t, &req, NULL, out);
}

TEST(client_proxy, serves_plain_http_too)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	struct peer p;

	peer_start(&p, false);
	setenv("HTTP_PROXY", peer_url(&p, "http", "127.0.0.1", "proxy"), 1);
	CHECK_OK(ask("http://far.test", NULL, &r));
	CHECK_STR(secret_bytes(r.body), "proxied GET http://far.test/a?b\n");
	unsetenv("HTTP_PROXY");
	peer_stop(&p);
}

TEST(client_proxy, of_the_environment_is_not_for_loopback_but_a_given_one_is)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	struct peer p;

	peer_start(&p, false);
	const char *proxy = peer_url(&p, "http", "127.0.0.1", "proxy");
	const char *const hosts[] = {"127.0.0.1", "localhost"};

	setenv("HTTP_PROXY", proxy, 1);
	setenv("ALL_PROXY", proxy, 1);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		const char *url = peer_url(&p, "http", hosts[i], "plain");

		CHECK_OK(ask(url, NULL, &r));
		CHECK(str_has_prefix(secret_bytes(r.body), "GET /a?b\n"));
		CHECK_OK(ask(url, proxy, &r));
		CHECK(str_has_prefix(secret_bytes(r.body), "proxied GET "));
	}
	unsetenv("HTTP_PROXY");
	unsetenv("ALL_PROXY");
	peer_stop(&p);
}

TEST(client_proxy, failures_are_told_from_those_of_the_server)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	static const struct {
		const char *url, *proxy, *want_text;
	} cases[] = {
		{"https://denied.test", NULL, "407"},
		{"https://dead.test", NULL, "502"},
		{"https://far.test", "http://127.0.0.1:1", "cannot connect to the proxy for far.test:443"},
		{"https://far.test", "http://proxy.invalid:1", "the proxy's name cannot be resolved"},
	};
	struct peer p;

	peer_start(&p, false);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *proxy =
			cases[i].proxy ? cases[i].proxy : peer_url(&p, "http", "127.0.0.1", "proxy");
		err_t e = ask(cases[i].url, proxy, &r);

		CHECK_MSG(err_is(e, ERR_UNAVAILABLE) && strstr(err_text(e), cases[i].want_text),
			  "not \"%s\": %s", cases[i].want_text, e ? err_text(e) : "succeeded");
		err_free(e);
	}
	peer_stop(&p);
}
