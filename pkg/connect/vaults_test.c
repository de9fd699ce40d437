#include "connect/rest.h"

#include "base/mem.h"

#include <string.h>

TEST(vaults, lists_show_those_that_the_token_may_read)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "GET", "/v1/vaults", NULL);
	const struct jsonx *vault = jsonx_at(a.json, 0);
	CHECK_INT(a.status, 200);
	CHECK_INT(jsonx_len(a.json), 1);
	CHECK_STR(jsonx_get_str(vault, "id"), t.vault_id);
	CHECK_STR(jsonx_get_str(vault, "name"), "Demo Vault");
	CHECK_STR(jsonx_get_str(vault, "type"), "USER_CREATED");
	CHECK_INT(jsonx_get_int(vault, "items", -1), 0);
	CHECK_INT(jsonx_get_int(vault, "attributeVersion", -1), 1);
	CHECK(strchr(jsonx_get_str(vault, "createdAt"), 'T'));
	CLEANUP(answer_release) struct answer one = rest_vault(&t, t.r, "GET", "/", NULL);
	CHECK_INT(one.status, 200);
	CHECK_STR(jsonx_get_str(one.json, "name"), "Demo Vault");
}

TEST(vaults, are_found_by_name_or_title_however_it_is_encoded)
{
	static const struct {
		const char *query;
		size_t n;
	} cases[] = {
		{"?filter=name%20eq%20%22Demo%20Vault%22", 1},
		{"?filter=title+eq+%22Demo+Vault%22", 1},
		{"/?filter=title%20eq%20%22demo%20vault%22", 1},
		{"?filter=title+co+%22vault%22", 1},
		{"?filter=name+eq+%22Foreign%22", 0},
		{"?filter=name+eq+%22Demo%22", 0},
		{"?filter=", 1},
		{"?other=1", 1},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults%s", cases[i].query);
		CLEANUP(answer_release) struct answer a = rest_call(&t, t.rw, "GET", path, NULL);

		CHECK_MSG(a.status == 200 && jsonx_len(a.json) == cases[i].n, "%s: %s", path, a.body);
	}
}

TEST(vaults, a_malformed_filter_is_a_400)
{
	static const char *const queries[] = {"name%20eq%20%22Demo", "tag+eq+x", "nonsense",
					      "name+eq+%27a%27+b", "%22"};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults?filter=%s", queries[i]);
		CLEANUP(answer_release) struct answer a = rest_call(&t, t.rw, "GET", path, NULL);

		CHECK_MSG(a.status == 400, "%s", path);
		CHECK(str_has_prefix(jsonx_get_str(a.json, "message"), "Invalid filter: "));
	}
	CHECK_INT(err_live(), 0);
}

TEST(vaults, versions_and_counts_follow_the_items)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	CLEANUP(answer_release) struct answer before = rest_vault(&t, t.rw, "GET", "", NULL);
	rest_create(&t, "one", id);
	rest_create(&t, "two", id);
	CLEANUP(mem_freep) char *item = mem_printf("/items/%s", id);
	CLEANUP(answer_release) struct answer gone = rest_vault(&t, t.rw, "DELETE", item, NULL);
	CHECK_INT(gone.status, 204);
	CLEANUP(answer_release) struct answer after = rest_vault(&t, t.rw, "GET", "", NULL);
	CHECK_INT(jsonx_get_int(after.json, "contentVersion", 0),
		  jsonx_get_int(before.json, "contentVersion", 0) + 3);
	CHECK_INT(jsonx_get_int(after.json, "attributeVersion", 0),
		  jsonx_get_int(before.json, "attributeVersion", 0));
	CHECK_INT(jsonx_get_int(after.json, "items", 0), 1);
}
