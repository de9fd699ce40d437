#include "base/mem.h"
#include "http/router.h"
#include <stdlib.h>
#include <string.h>

/* "METHOD path query" against a table. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route routes[] = {
	{"GET", "/", NULL},
	{"GET", "/v1/vaults", NULL},
	{"GET", "/v1/vaults/{vault}/items/{item}", NULL},
	{"PATCH", "/v1/vaults/{vault}/items/{item}", NULL},
	{"GET", "/v1/vaults/{vault}/items/{item}/files/{file}/content", NULL},
};

static void require(bool cond)
{
	if (!cond)
		abort();
}

static size_t params_of(const char *pattern)
{
	size_t n = 0;

	for (; *pattern; pattern++)
		n += *pattern == '{';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *method = mem_strndup((const char *)data, size);
	CLEANUP(mem_freep) char *value = NULL;
	char *path = method + strcspn(method, " "), *query;
	const struct route *route = NULL;
	struct router_match m;
	enum router_result result;

	if (*path)
		*path++ = '\0';
	query = path + strcspn(path, " ");
	if (*query)
		*query++ = '\0';
	result = router_find(routes, ARRAY_LEN(routes), method, path, &route, &m);
	require((result == ROUTER_FOUND) == (route != NULL));
	require(m.n == (route ? params_of(route->pattern) : 0));
	for (size_t i = 0; i < m.n; i++)
		require(m.params[i][0] && str_is_utf8(m.params[i], strlen(m.params[i])));
	router_match_release(&m);
	value = router_query(query, "filter");
	require(!value || strlen(value) <= strlen(query));
	return 0;
}
