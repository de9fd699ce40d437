#include "connect/rest.h"

#include "base/mem.h"

#include <string.h>

TEST(activity, shows_a_token_what_it_did_newest_first_and_nothing_of_others)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Database", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(answer_release) struct answer read = rest_vault(&t, t.rw, "GET", below, NULL);
	CLEANUP(answer_release) struct answer other = rest_vault(&t, t.r, "GET", below, NULL);
	CHECK_INT(read.status, 200);
	CHECK_INT(other.status, 200);
	CLEANUP(answer_release) struct answer a = rest_call(&t, t.rw, "GET", "/v1/activity", NULL);
	CHECK_INT(a.status, 200);
	CHECK_INT(jsonx_len(a.json), 2);
	CHECK(strstr(a.head, "Content-Range: 1-2/2\r\n"));
	const struct jsonx *newest = jsonx_at(a.json, 0), *oldest = jsonx_at(a.json, 1);
	CHECK_STR(jsonx_get_str(newest, "action"), "READ");
	CHECK_STR(jsonx_get_str(newest, "result"), "SUCCESS");
	CHECK_INT(strlen(jsonx_get_str(newest, "requestId")), 36);
	CHECK_STR(jsonx_get_str(jsonx_get(newest, "actor"), "jti"), t.token_id);
	CHECK_STR(jsonx_get_str(jsonx_get(newest, "actor"), "requestIp"), "10.0.0.7");
	CHECK_STR(jsonx_get_str(jsonx_get(newest, "resource"), "type"), "ITEM");
	CHECK_STR(jsonx_get_str(jsonx_get(jsonx_get(newest, "resource"), "item"), "id"), id);
	CHECK_STR(jsonx_get_str(oldest, "action"), "CREATE");
}

TEST(activity, is_paged)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (int i = 0; i < 5; i++) {
		CLEANUP(answer_release) struct answer list = rest_vault(&t, t.rw, "GET", "/items", NULL);

		CHECK_INT(list.status, 200);
	}
	CLEANUP(answer_release)
	struct answer page = rest_call(&t, t.rw, "GET", "/v1/activity?limit=2&offset=3", NULL);
	CHECK_INT(jsonx_len(page.json), 2);
	CHECK(strstr(page.head, "Content-Range: 4-5/5\r\n"));
	CLEANUP(answer_release)
	struct answer past = rest_call(&t, t.rw, "GET", "/v1/activity?offset=9", NULL);
	CHECK_INT(jsonx_len(past.json), 0);
	CHECK(strstr(past.head, "Content-Range: */6\r\n"));
	CLEANUP(answer_release) struct answer bad = rest_call(&t, t.rw, "GET", "/v1/activity?limit=x", NULL);
	check_error(&bad, 400, "limit must be a number from 0 to 1000");
	CLEANUP(answer_release) struct answer nobody = rest_call(&t, NULL, "GET", "/v1/activity", NULL);
	CHECK_INT(nobody.status, 401);
}
