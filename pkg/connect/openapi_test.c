#include "connect/call.h"
#include "connect/rest.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

static bool has_route(const struct route_table *t, const char *method, const char *pattern)
{
	for (size_t i = 0; i < t->n; i++) {
		CLEANUP(mem_freep) char *lower = mem_strdup(t->v[i].method);

		for (char *p = lower; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		if (streq(lower, method) && streq(t->v[i].pattern, pattern))
			return true;
	}
	return false;
}

static void check_described(const struct jsonx *paths, const struct route_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		CLEANUP(mem_freep) char *method = mem_strdup(t->v[i].method);

		for (char *p = method; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		CHECK_MSG(jsonx_get(jsonx_get(paths, t->v[i].pattern), method), "%s %s is not described",
			  t->v[i].method, t->v[i].pattern);
	}
}

/* Both ways: what is served is described, and what is described is served. */
TEST(openapi, describes_the_routes_that_there_are)
{
	static const char *const methods[] = {"get", "put", "post", "patch", "delete"};
	const struct route_table api = connect_routes(), admin = connect_admin_routes();
	CLEANUP(rest_release) struct rest t;
	const struct jsonx *paths, *path;
	const char *pattern;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_call(&t, NULL, "GET", "/connect-server/v1/openapi.json", NULL);
	CHECK_INT(a.status, 200);
	CHECK_STR(jsonx_get_str(a.json, "openapi"), "3.1.0");
	paths = jsonx_get(a.json, "paths");
	check_described(paths, &api);
	check_described(paths, &admin);
	for (size_t i = 0; jsonx_next(paths, &i, &pattern, &path);)
		for (size_t m = 0; m < ARRAY_LEN(methods); m++)
			CHECK_MSG(!jsonx_get(path, methods[m]) || has_route(&api, methods[m], pattern) ||
					  has_route(&admin, methods[m], pattern),
				  "%s %s is not served", methods[m], pattern);
}

TEST(openapi, gives_the_limits_that_there_are)
{
	static const struct {
		const char *list;
		int64_t max;
	} cases[] = {
		{"fields", VAULT_ITEM_FIELDS_MAX}, {"sections", VAULT_ITEM_SECTIONS_MAX},
		{"tags", VAULT_ITEM_TAGS_MAX},     {"urls", VAULT_ITEM_URLS_MAX},
		{"files", VAULT_ITEM_FILES_MAX},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_call(&t, NULL, "GET", "/connect-server/v1/openapi.json", NULL);
	const struct jsonx *schemas = jsonx_get(jsonx_get(a.json, "components"), "schemas");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct jsonx *list =
			jsonx_get(jsonx_get(jsonx_get(schemas, "FullItem"), "properties"), cases[i].list);
		const struct jsonx *body =
			jsonx_get(jsonx_get(jsonx_get(schemas, "ItemBody"), "properties"), cases[i].list);

		CHECK_INT(jsonx_get_int(list, "maxItems", 0), cases[i].max);
		CHECK(!body || jsonx_get_int(body, "maxItems", 0) == cases[i].max);
	}
}
