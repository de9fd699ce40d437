#include "connect/rest.h"

#include "base/mem.h"

#include <string.h>

#define PATH "/connect-server/v1/resolve"

static struct answer resolve(struct rest *t, const struct secret *token, const char *references)
{
	CLEANUP(mem_freep) char *body = mem_printf("{\"references\":[%s]}", references);

	return rest_call(t, token, "POST", PATH, body);
}

static const struct jsonx *result(const struct answer *a, size_t i)
{
	return jsonx_at(jsonx_get(a->json, "results"), i);
}

static void check_value(const struct answer *a, size_t i, const char *want)
{
	CHECK_STR(jsonx_get_str(result(a, i), "value"), want);
}

static void check_failure(const struct answer *a, size_t i, int status, const char *message)
{
	const struct jsonx *error = jsonx_get(result(a, i), "error");

	CHECK_INT(jsonx_get_int(error, "status", 0), status);
	CHECK_STR(jsonx_get_str(error, "message"), message);
	CHECK(!jsonx_get(result(a, i), "value"));
}

static size_t rows_of_item(struct rest *t, const char *item_id)
{
	CLEANUP(answer_release) struct answer a = rest_call(t, t->rw, "GET", "/v1/activity", NULL);
	size_t n = 0;

	for (size_t i = 0; i < jsonx_len(a.json); i++) {
		const struct jsonx *resource = jsonx_get(jsonx_at(a.json, i), "resource");

		n += streq(jsonx_get_str(jsonx_get(resource, "item"), "id"), item_id) &&
		     streq(jsonx_get_str(jsonx_at(a.json, i), "action"), "READ");
	}
	return n;
}

TEST(resolve, each_reference_has_its_value_or_its_error_in_the_order_of_the_request)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Database", id);
	CLEANUP(mem_freep)
	char *references = mem_printf(
		"\"op://Demo Vault/Database/password\",\"op://%s/%s/PASSWORD\","
		"\"op://demo vault/dataBASE/password?attribute=type\",\"op://Demo Vault/Database/nothing\","
		"\"op://Demo Vault/Nothing/password\",\"op://Nowhere/Database/password\",\"password\"",
		t.vault_id, id);
	CLEANUP(answer_release) struct answer a = resolve(&t, t.rw, references);
	CHECK_INT(a.status, 200);
	CHECK_INT(jsonx_len(jsonx_get(a.json, "results")), 7);
	CHECK_STR(jsonx_get_str(result(&a, 0), "reference"), "op://Demo Vault/Database/password");
	check_value(&a, 0, "secret of Database");
	check_value(&a, 1, "secret of Database");
	check_value(&a, 2, "concealed");
	check_failure(&a, 3, 404, "the item has no field or file of that name or id");
	check_failure(&a, 4, 404, "the vault has no item of that title or id");
	check_failure(&a, 5, 404, "the token may read no vault of that name or id");
	check_failure(&a, 6, 400, "a secret reference begins with op://");
	/* Read once, and told of once. */
	CHECK_INT(rows_of_item(&t, id), 1);
}

TEST(resolve, what_a_token_may_not_read_looks_like_what_is_not_there)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Database", id);
	CLEANUP(mem_freep)
	char *references =
		mem_printf("\"op://Foreign/x/y\",\"op://%s/x/y\",\"op://Absent/x/y\"", t.foreign_id);
	CLEANUP(answer_release) struct answer a = resolve(&t, t.r, references);
	for (size_t i = 0; i < 3; i++)
		check_failure(&a, i, 404, "the token may read no vault of that name or id");
	CLEANUP(answer_release) struct answer b = resolve(&t, t.w, "\"op://Demo Vault/Database/password\"");
	check_failure(&b, 0, 404, "the token may read no vault of that name or id");
}

TEST(resolve, two_items_of_one_title_must_be_told_apart)
{
	CLEANUP(rest_release) struct rest t;
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Twin", first);
	rest_create(&t, "twin", second);
	CLEANUP(mem_freep)
	char *references =
		mem_printf("\"op://Demo Vault/Twin/password\",\"op://Demo Vault/%s/password\"", second);
	CLEANUP(answer_release) struct answer a = resolve(&t, t.r, references);
	check_failure(&a, 0, 400, "more than one item of the vault has that title; use its id");
	check_value(&a, 1, "secret of twin");
}

TEST(resolve, a_file_comes_as_base64)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Files", id);
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/key.pem", t.vault_id, id);
	CLEANUP(answer_release) struct answer put = rest_call_with(&t, t.rw, "PUT", path, "", "\x00\xff", 2);
	CHECK_INT(put.status, 200);
	CLEANUP(answer_release)
	struct answer a =
		resolve(&t, t.r,
			"\"op://Demo Vault/Files/key.pem\",\"op://Demo Vault/Files/key.pem?attribute=size\","
			"\"op://Demo Vault/Files/key.pem?attribute=otp\"");
	CHECK_STR(jsonx_get_str(result(&a, 0), "content"), "AP8=");
	check_value(&a, 1, "2");
	check_failure(&a, 2, 400,
		      "purpose, otp and ssh-format are for fields; the reference leads to a file");
}

TEST(resolve, a_body_that_is_wrong_is_refused_by_name)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
		{"{}", "references: must be a list of secret references: {\"references\": "
		       "[\"op://vault/item/field\"]}"},
		{"{\"references\":[1]}", "references[0]: must be a text"},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "POST", PATH, rows[i].body);

		check_error(&a, 400, rows[i].message);
	}
	CLEANUP(strbuf_release) struct strbuf many = {0};
	strbuf_init(&many, 1 << 20);
	for (int i = 0; i < 501; i++)
		strbuf_adds(&many, i ? ",\"op://a/b/c\"" : "\"op://a/b/c\"");
	CLEANUP(answer_release) struct answer a = resolve(&t, t.r, many.p);
	check_error(&a, 400, "references: at most 500 in one request");
	CLEANUP(answer_release) struct answer b = rest_call(&t, NULL, "POST", PATH, "{\"references\":[]}");
	CHECK_INT(b.status, 401);
	CLEANUP(answer_release) struct answer none = resolve(&t, t.r, "");
	CHECK_STR(none.body, "{\"results\":[]}");
	CHECK_INT(err_live(), 0);
}

TEST(resolve, many_references_to_a_large_file_end_early)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(strbuf_release) struct strbuf references = {0};
	CLEANUP(mem_freep) char *content = mem_calloc(VAULT_FILE_MAX, 1);
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/file", t.vault_id, id);
	CLEANUP(answer_release)
	struct answer put = rest_call_with(&t, t.rw, "PUT", path, "", content, VAULT_FILE_MAX);
	CHECK_INT(put.status, 200);
	strbuf_init(&references, 1 << 20);
	for (size_t i = 0; i < 500; i++)
		strbuf_addf(&references, "%s\"op://Demo Vault/one/file\"", i > 0 ? "," : "");
	CLEANUP(answer_release) struct answer a = resolve(&t, t.rw, references.p);
	check_error(&a, 413, "what one request asks for is larger than 32 MiB; ask for less");
}

TEST(resolve, the_id_of_a_vault_wins_over_its_names)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *token = NULL;
	struct vault_grant grants[3] = {
		{.rights = VAULT_READ}, {.rights = VAULT_READ}, {.rights = VAULT_READ}};
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	/* Two vaults that are called as the first one's id is. */
	object_id_set(grants[0].vault_id, t.vault_id);
	CHECK_OK(vault_admin_create_vault(t.admin, t.vault_id, grants[1].vault_id));
	CHECK_OK(vault_admin_create_vault(t.admin, t.vault_id, grants[2].vault_id));
	CHECK_OK(vault_admin_create_token(t.admin, "all", 0, grants, 3, id, &token));
	CLEANUP(mem_freep) char *reference = mem_printf("\"op://%s/one/password\"", t.vault_id);
	CLEANUP(answer_release) struct answer a = resolve(&t, token, reference);
	check_value(&a, 0, "secret of one");
}
