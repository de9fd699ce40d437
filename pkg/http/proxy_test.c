#include "http/proxy.h"

#include "base/test.h"
#include <stdlib.h>

TEST(proxy, is_found_by_the_rules_of_no_proxy)
{
	static const struct {
		const char *no_proxy, *host;
		int port;
		bool direct;
	} cases[] = {
		{NULL, "a.test", 443, false},
		{"", "a.test", 443, false},
		{"*", "a.test", 443, true},
		{"b.test, *", "a.test", 443, true},
		{"a.test", "a.test", 443, true},
		{"a.test", "A.Test", 443, true},
		{"a.test", "sub.a.test", 443, true},
		{"a.test", "nota.test", 443, false},
		{".a.test", "a.test", 443, false},
		{".a.test", "sub.a.test", 443, true},
		{"*.a.test", "a.test", 443, false},
		{"*.a.test", "sub.a.test", 443, true},
		{".svc,.cluster.local", "kubernetes.default.svc", 443, true},
		{"a.test:443", "a.test", 443, true},
		{"a.test:8443", "a.test", 443, false},
		{"a.test:port", "a.test", 443, false},
		{"10.0.0.0/8", "10.96.0.1", 443, true},
		{"10.0.0.0/8", "11.0.0.1", 443, false},
		{"10.0.0.0/8", "10.test", 443, false},
		{"10.96.0.0/12", "10.111.255.255", 443, true},
		{"10.96.0.0/12", "10.112.0.0", 443, false},
		{"0.0.0.0/0", "8.8.8.8", 443, true},
		{"10.96.0.1/32", "10.96.0.1", 443, true},
		{"10.0.0.0/33", "10.0.0.0", 443, false},
		{"nonsense/8", "10.0.0.0", 443, false},
		{"10.96.0.1", "10.96.0.1", 443, true},
		{"10.96.0.1:6443", "10.96.0.1", 443, false},
		{"10.96.0.1:443", "10.96.0.1", 443, true},
		{"96.0.1", "10.96.0.1", 443, false},
		{"fd00::/8", "fd12::1", 443, true},
		{"fd00::/8", "fe80::1", 443, false},
		{"FD12::0001", "fd12::1", 443, true},
		{"[fd12::1]:443", "fd12::1", 443, true},
		{"[fd12::1]:444", "fd12::1", 443, false},
		{"[fd12::1]", "fd12::1", 443, true},
		{",, ,", "a.test", 443, false},
		{".", "a.test", 443, false},
		{":443", "a.test", 443, false},
		{NULL, "localhost", 443, true},
		{NULL, "127.0.0.1", 443, true},
		{NULL, "127.8.8.8", 443, true},
		{NULL, "::1", 443, true},
		{NULL, "128.0.0.1", 443, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct proxy_env env = {.https = "http://p:1", .no_proxy = cases[i].no_proxy};
		const char *got = proxy_env_find(&env, true, cases[i].host, cases[i].port);

		CHECK_MSG((got == NULL) == cases[i].direct, "NO_PROXY %s, host %s:%d: %s",
			  cases[i].no_proxy ? cases[i].no_proxy : "(none)", cases[i].host, cases[i].port,
			  got ? got : "direct");
	}
}

TEST(proxy, depends_on_the_scheme)
{
	const struct proxy_env env = {.http = "http://p:1", .https = "http://p:2"};
	const struct proxy_env none = {0};

	CHECK_STR(proxy_env_find(&env, false, "a.test", 80), "http://p:1");
	CHECK_STR(proxy_env_find(&env, true, "a.test", 443), "http://p:2");
	CHECK_STR(proxy_env_find(&none, true, "a.test", 443), NULL);
}

TEST(proxy, environment_has_two_spellings_and_the_upper_case_wins)
{
	static const char *const variables[] = {"HTTP_PROXY",  "http_proxy", "HTTPS_PROXY",
						"https_proxy", "NO_PROXY",   "no_proxy"};
	struct proxy_env env;

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	proxy_env_read(&env);
	CHECK(!env.http && !env.https && !env.no_proxy);
	setenv("http_proxy", "http://lower:1", 1);
	setenv("https_proxy", "http://lower:2", 1);
	setenv("no_proxy", "lower.test", 1);
	proxy_env_read(&env);
	CHECK_STR(env.http, "http://lower:1");
	CHECK_STR(env.https, "http://lower:2");
	CHECK_STR(env.no_proxy, "lower.test");
	setenv("HTTPS_PROXY", "http://upper:2", 1);
	setenv("HTTP_PROXY", "", 1);
	proxy_env_read(&env);
	CHECK_STR(env.https, "http://upper:2");
	CHECK_STR(env.http, "http://lower:1");
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
}
