#include "base/mem.h"
#include "base/test.h"
#include "http/router.h"

static void nothing(void *arg, const struct http_server_request *req, const struct router_match *m,
		    struct http_server_reply *reply)
{
	(void)arg;
	(void)req;
	(void)m;
	(void)reply;
}

static const struct route routes[] = {
	{"GET", "/", nothing},
	{"GET", "/v1/vaults", nothing},
	{"POST", "/v1/vaults", nothing},
	{"GET", "/v1/vaults/mine", nothing},
	{"GET", "/v1/vaults/{vault}", nothing},
	{"GET", "/v1/vaults/{vault}/items/{item}", nothing},
	{"PATCH", "/v1/vaults/{vault}/items/{item}", nothing},
	{"GET", "/x/{a}/{b}/{c}/{d}", nothing},
};

static enum router_result find(const char *method, const char *path, const struct route **out,
			       struct router_match *m)
{
	return router_find(routes, ARRAY_LEN(routes), method, path, out, m);
}

TEST(router, finds_the_route_and_its_parameters)
{
	static const struct {
		const char *method, *path, *pattern, *params[ROUTER_PARAMS_MAX];
	} cases[] = {
		{"GET", "/", "/", {0}},
		{"GET", "/v1/vaults", "/v1/vaults", {0}},
		{"GET", "/v1/vaults/", "/v1/vaults", {0}},
		{"POST", "/v1/vaults", "/v1/vaults", {0}},
		{"GET", "/v1/v%61ults", "/v1/vaults", {0}},
		{"GET", "/v1/vaults/mine", "/v1/vaults/mine", {0}},
		{"GET", "/v1/vaults/m", "/v1/vaults/{vault}", {"m"}},
		{"GET", "/v1/vaults/mines", "/v1/vaults/{vault}", {"mines"}},
		{"GET", "/v1/vaults/a%2Fb%20c+d", "/v1/vaults/{vault}", {"a/b c+d"}},
		{"GET", "/v1/vaults/%C3%a9%7B", "/v1/vaults/{vault}", {"\xc3\xa9{"}},
		{"GET", "/v1/vaults/..", "/v1/vaults/{vault}", {".."}},
		{"GET", "/v1/vaults/a/items/b/", "/v1/vaults/{vault}/items/{item}", {"a", "b"}},
		{"PATCH", "/v1/vaults/a/items/b", "/v1/vaults/{vault}/items/{item}", {"a", "b"}},
		{"GET", "/x/1/2/3/4", "/x/{a}/{b}/{c}/{d}", {"1", "2", "3", "4"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct route *route = NULL;
		struct router_match m;

		CHECK_MSG(find(cases[i].method, cases[i].path, &route, &m) == ROUTER_FOUND, "%s",
			  cases[i].path);
		CHECK_STR(route->method, cases[i].method);
		CHECK_STR(route->pattern, cases[i].pattern);
		for (size_t k = 0; k < ROUTER_PARAMS_MAX; k++)
			CHECK_STR(k < m.n ? m.params[k] : NULL, cases[i].params[k]);
		router_match_release(&m);
	}
}

TEST(router, tells_why_there_is_no_route)
{
	static const struct {
		const char *method, *path;
		enum router_result result;
	} cases[] = {
		{"GET", "/v1", ROUTER_NOT_FOUND},
		{"GET", "/v1/vault", ROUTER_NOT_FOUND},
		{"GET", "/v1/vaultss", ROUTER_NOT_FOUND},
		{"GET", "/v1/Vaults", ROUTER_NOT_FOUND},
		{"GET", "/v1//", ROUTER_NOT_FOUND},
		{"GET", "//", ROUTER_NOT_FOUND},
		{"GET", "/v1%2Fvaults", ROUTER_NOT_FOUND},
		{"GET", "/v1/vaults//items/b", ROUTER_NOT_FOUND},
		{"GET", "/v1/vaults/a/items", ROUTER_NOT_FOUND},
		{"GET", "/v1/vaults/a/items//", ROUTER_NOT_FOUND},
		{"GET", "/v1/vaults/a/items/b/c", ROUTER_NOT_FOUND},
		{"DELETE", "/v1/vaults", ROUTER_METHOD_NOT_ALLOWED},
		{"get", "/v1/vaults", ROUTER_METHOD_NOT_ALLOWED},
		{"BREW", "/", ROUTER_METHOD_NOT_ALLOWED},
		{"POST", "/v1/vaults/a/items/b", ROUTER_METHOD_NOT_ALLOWED},
		{"GET", "", ROUTER_BAD_PATH},
		{"GET", "v1/vaults", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/%", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/%4", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/%4g", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/%g4", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/a%00", ROUTER_BAD_PATH},
		{"GET", "/v1/vaults/%ff", ROUTER_BAD_PATH},
		{"GET", "/nowhere/%zz", ROUTER_BAD_PATH},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct route *route = NULL;
		struct router_match m;

		CHECK_MSG(find(cases[i].method, cases[i].path, &route, &m) == cases[i].result, "%s",
			  cases[i].path);
		CHECK(route == NULL);
		CHECK_INT(m.n, 0);
		router_match_release(&m);
	}
}

TEST(router, takes_no_more_parameters_than_fit)
{
	static const struct route many[] = {{"GET", "/{a}/{b}/{c}/{d}/{e}", nothing}};
	const struct route *route = NULL;
	struct router_match m;

	CHECK_INT(router_find(many, 1, "GET", "/1/2/3/4/5", &route, &m), ROUTER_FOUND);
	CHECK_INT(m.n, ROUTER_PARAMS_MAX);
	router_match_release(&m);
	CHECK_INT(m.n, 0);
}

TEST(router, finds_nothing_in_an_empty_table)
{
	const struct route *route = NULL;
	struct router_match m;

	CHECK_INT(router_find(routes, 0, "GET", "/", &route, &m), ROUTER_NOT_FOUND);
	router_match_release(&m);
}

TEST(router, decodes_query_parameters)
{
	static const struct {
		const char *query, *name, *value;
	} cases[] = {
		{"", "a", NULL},
		{"a=1", "a", "1"},
		{"a=1", "b", NULL},
		{"aa=1&a=2", "a", "2"},
		{"a=1&a=2", "a", "1"},
		{"a", "a", ""},
		{"a=", "a", ""},
		{"&&a=b=c&", "a", "b=c"},
		{"filter=title+eq+%22x%26y%2B%22", "filter", "title eq \"x&y+\""},
		{"filter=a;b", "filter", "a;b"},
		{"%66ilter=x", "filter", "x"},
		{"a+b=c", "a b", "c"},
		{"a=%zz%4", "a", "%zz%4"},
		{"a=x%00y", "a", "x%00y"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *value = router_query(cases[i].query, cases[i].name);

		CHECK_STR(value, cases[i].value);
	}
}
