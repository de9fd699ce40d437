#include "connect/rest.h"

#include "base/mem.h"
#include "vault/db.h"

#include <string.h>

static const struct jsonx *field_of(const struct answer *a, const char *label)
{
	const struct jsonx *fields = jsonx_get(a->json, "fields");

	for (size_t i = 0; i < jsonx_len(fields); i++) {
		if (streq(jsonx_get_str(jsonx_at(fields, i), "label"), label))
			return jsonx_at(fields, i);
	}
	return NULL;
}

static struct answer get_item(struct rest *t, const char *id)
{
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);

	return rest_vault(t, t->rw, "GET", below, NULL);
}

TEST(items, are_created_as_version_1_with_status_200)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_vault(
		&t, t.rw, "POST", "/items/",
		"{\"vault\":{\"id\":\"a name of a vault\"},\"title\":\"Database\",\"category\":\"DATABASE\","
		"\"tags\":[\"prod\"],\"favorite\":true,\"urls\":[{\"primary\":true,\"href\":\"https://x\"}],"
		"\"sections\":[{\"id\":\"s1\",\"label\":\"Admin\"}],"
		"\"fields\":[{\"id\":\"f1\",\"section\":{\"id\":\"s1\"},\"label\":\"user\",\"value\":"
		"\"root\"},"
		"{\"purpose\":\"PASSWORD\",\"value\":\"hunter2\"},{\"purpose\":\"NOTES\"}]}");
	CHECK_INT(a.status, 200);
	CHECK(object_id_is_valid(jsonx_get_str(a.json, "id")));
	CHECK_STR(jsonx_get_str(jsonx_get(a.json, "vault"), "id"), t.vault_id);
	CHECK_INT(jsonx_get_int(a.json, "version", 0), 1);
	CHECK_STR(jsonx_get_str(a.json, "lastEditedBy"), t.token_id);
	CHECK(jsonx_true(jsonx_get(a.json, "favorite")));
	CHECK_STR(jsonx_str(jsonx_at(jsonx_get(a.json, "tags"), 0)), "prod");
	CHECK_STR(jsonx_get_str(jsonx_at(jsonx_get(a.json, "urls"), 0), "href"), "https://x");
	CHECK_STR(jsonx_get_str(field_of(&a, "user"), "type"), "STRING");
	CHECK_STR(jsonx_get_str(jsonx_get(field_of(&a, "user"), "section"), "label"), "Admin");
	CHECK_STR(jsonx_get_str(field_of(&a, "password"), "id"), "password");
	CHECK_STR(jsonx_get_str(field_of(&a, "password"), "type"), "CONCEALED");
	CHECK_STR(jsonx_get_str(field_of(&a, "password"), "value"), "hunter2");
	CHECK(!jsonx_get(field_of(&a, "notesPlain"), "value"));
	CLEANUP(answer_release) struct answer again = get_item(&t, jsonx_get_str(a.json, "id"));
	CHECK_STR(again.body, a.body);
	CHECK(strstr(again.head, "ETag: \"1\"\r\n"));
}

TEST(items, bodies_of_all_clients_are_accepted)
{
	static const char *const bodies[] = {
		/* Go */
		("{\"id\":\"\",\"title\":\"go\",\"vault\":{\"id\":\"x\"},\"category\":\"LOGIN\","
		 "\"createdAt\":"
		 "\"0001-01-01T00:00:00Z\","
		 "\"updatedAt\":\"0001-01-01T00:00:00Z\",\"fields\":[{\"id\":\"\",\"type\":\"\",\"label\":"
		 "\"a\",\"value\":\"b\","
		 "\"entropy\":0}]}"),
		/* JavaScript */
		("{\"vault\":{\"id\":\"x\"},\"category\":\"LOGIN\",\"title\":\"js\",\"fields\":[{\"type\":"
		 "\"STRING\",\"purpose\":\"\","
		 "\"label\":\"a\",\"value\":\"b\",\"generate\":false,\"recipe\":null}],\"sections\":[],"
		 "\"urls\":[],\"tags\":[]}"),
		/* Ansible */
		("{\"title\":\"ansible\",\"vault\":{\"id\":\"x\"},\"category\":\"API_CREDENTIAL\",\"tags\":"
		 "null,\"urls\":null,"
		 "\"favorite\":null,\"sections\":null,\"fields\":[{\"label\":\"a\",\"section\":null,"
		 "\"recipe\":null,\"value\":\"b\","
		 "\"generate\":false,\"purpose\":null,\"type\":null,\"id\":null}]}"),
		/* External Secrets */
		("{\"title\":\"eso\",\"vault\":{\"id\":\"a "
		 "name\"},\"category\":\"SERVER\",\"sections\":[{\"id\":\"\",\"label\":\"\"}],"
		 "\"fields\":[{\"label\":\"a\",\"value\":\"b\",\"type\":\"CONCEALED\"}],\"lastEditedBy\":"
		 "\"me\",\"version\":7,"
		 "\"state\":\"ARCHIVED\",\"trashed\":false,\"unknown\":{}}"),
		/* lower case types, as in the examples of the API's description */
		("{\"title\":\"case\",\"category\":\"login\",\"fields\":[{\"label\":\"a\",\"value\":\"b\","
		 "\"type\":\"string\"}]}"),
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		CLEANUP(answer_release) struct answer a = rest_vault(&t, t.rw, "POST", "/items", bodies[i]);

		CHECK_MSG(a.status == 200, "%zu: %s", i, a.body);
		CHECK_INT(jsonx_get_int(a.json, "version", 0), 1);
		CHECK_INT(jsonx_len(jsonx_get(a.json, "sections")), 0);
		CHECK(!str_empty(jsonx_get_str(field_of(&a, "a"), "id")));
		CHECK_STR(jsonx_get_str(field_of(&a, "a"), "value"), "b");
		CHECK(!str_has_prefix(jsonx_get_str(a.json, "createdAt"), "0001"));
		CHECK(!jsonx_get(a.json, "state"));
	}
}

TEST(items, bodies_that_are_wrong_get_a_400_that_says_what)
{
	static const struct {
		const char *body, *message;
	} cases[] = {
		{"{\"title\":\"x\"}",
		 "Required field \"item.templateUuid\" not found: give the item a category"},
		{"{\"category\":\"NONSENSE\"}", "Invalid item category"},
		{"{\"category\":\"CUSTOM\"}", "Invalid item category"},
		{"{\"category\":\"DOCUMENT\"}", "Invalid item category"},
		{"[]", "Logic: (Unable to parse Item): the body is not a JSON object"},
		{"{\"category\":\"LOGIN\",\"title\":7}", "title is not a text"},
		{"{\"category\":\"LOGIN\",\"tags\":\"x\"}", "tags is not a list"},
		{"{\"category\":\"LOGIN\",\"tags\":[7]}", "tags[0] is not a text"},
		{"{\"category\":\"LOGIN\",\"urls\":[7]}", "urls[0] is not an object"},
		{"{\"category\":\"LOGIN\",\"sections\":[7]}", "sections[0] is not an object"},
		{"{\"category\":\"LOGIN\",\"fields\":[7]}", "fields[0] is not an object"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"value\":7}]}", "fields[0].value is not a text"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"type\":\"DATE\",\"generate\":true}]}",
		 "fields[0].generate: makes passwords, no value of the type DATE"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"section\":7}]}",
		 "fields[0].section is not an object"},
		{"{\"category\":\"LOGIN\",\"fields\":[{},{\"purpose\":\"OTHER\"}]}",
		 "fields[1].purpose is USERNAME, PASSWORD, NOTES or empty"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"type\":\"NONSENSE\"}]}",
		 "Validation: (validateVaultItem failed to Validate), Couldn't validate the item: "
		 "\"[ItemValidator] has found 1 "
		 "errors, 0 warnings: \nErrors:{1. fields[0] has unsupported field type: NONSENSE}\""},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"purpose\":\"PASSWORD\"},{\"purpose\":\"PASSWORD\"}]"
		 "}",
		 "Logic: (Unable to parse Item), Validation: (too many \"password\" fields in Apply()), You "
		 "can only use one "
		 "\"password\" field."},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"type\":\"DATE\",\"value\":\"tomorrow\"}]}",
		 "fields[0].value: a date is YYYY-MM-DD or Unix seconds"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"type\":\"MONTH_YEAR\",\"value\":\"2025-01\"}]}",
		 "fields[0].value: a month is YYYYMM or YYYY/MM"},
		{"{\"category\":\"LOGIN\",\"fields\":[{\"generate\":true,\"recipe\":{\"length\":99}}]}",
		 "fields[0]: recipe.length is a number from 1 to 64"},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(answer_release)
		struct answer a = rest_vault(&t, t.rw, "POST", "/items", cases[i].body);

		check_error(&a, 400, cases[i].message);
	}
	CLEANUP(answer_release) struct answer empty = rest_vault(&t, t.rw, "POST", "/items", NULL);
	CHECK_INT(empty.status, 400);
	CLEANUP(answer_release) struct answer list = rest_vault(&t, t.rw, "GET", "/items", NULL);
	CHECK_STR(list.body, "[]");
}

TEST(items, values_are_made_and_normalized)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_vault(
		&t, t.rw, "POST", "/items",
		"{\"title\":\"x\",\"category\":\"LOGIN\",\"fields\":["
		"{\"label\":\"date\",\"type\":\"DATE\",\"value\":\"2020-10-19\"},"
		"{\"label\":\"month\",\"type\":\"MONTH_YEAR\",\"value\":\"2025/01\"},"
		"{\"label\":\"code\",\"type\":\"TOTP\",\"value\":\"otpauth://totp/x?secret=JBSWY3DP\"},"
		"{\"purpose\":\"PASSWORD\",\"generate\":true,\"recipe\":{\"length\":8,\"characterSets\":["
		"\"DIGITS\"]}},"
		"{\"label\":\"kept\",\"value\":\"mine\",\"generate\":true},"
		"{\"label\":\"made\",\"generate\":true},"
		"{\"label\":\"in\",\"section\":{\"label\":\"New Section\"},\"value\":\"v\"}]}");
	CHECK_INT(a.status, 200);
	CHECK_STR(jsonx_get_str(field_of(&a, "date"), "value"), "1603108860");
	CHECK_STR(jsonx_get_str(field_of(&a, "month"), "value"), "2025/01");
	CHECK_STR(jsonx_get_str(field_of(&a, "code"), "type"), "OTP");
	CHECK_INT(strspn(jsonx_get_str(field_of(&a, "password"), "value"), "0123456789"), 8);
	CHECK_STR(jsonx_get_str(field_of(&a, "kept"), "value"), "mine");
	CHECK_INT(strlen(jsonx_get_str(field_of(&a, "made"), "value")), 32);
	const struct jsonx *section = jsonx_at(jsonx_get(a.json, "sections"), 0);
	CHECK_STR(jsonx_get_str(section, "label"), "New Section");
	CHECK_STR(jsonx_get_str(jsonx_get(field_of(&a, "in"), "section"), "id"),
		  jsonx_get_str(section, "id"));
}

TEST(items, a_replacement_answers_the_old_version_and_shows_the_next)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "old", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"title\":\"new\",\"category\":"
				"\"LOGIN\",\"version\":99}",
				id, t.vault_id);
	for (int64_t version = 1; version < 4; version++) {
		CLEANUP(answer_release) struct answer put = rest_vault(&t, t.rw, "PUT", below, body);
		CLEANUP(answer_release) struct answer get = get_item(&t, id);

		CHECK_INT(put.status, 200);
		CHECK_INT(jsonx_get_int(put.json, "version", 0), version);
		CHECK_STR(jsonx_get_str(put.json, "title"), "new");
		CHECK_INT(jsonx_get_int(get.json, "version", 0), version + 1);
		CHECK_INT(jsonx_len(jsonx_get(get.json, "fields")), 0);
	}
}

TEST(items, a_replacement_must_name_the_item_and_obeys_if_match)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "old", id);
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items/%s", t.vault_id, id);
	CLEANUP(mem_freep)
	char *body = mem_printf(
		"{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"title\":\"new\",\"category\":\"LOGIN\"}", id,
		t.vault_id);
	CLEANUP(mem_freep)
	char *other = mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"x\"},\"category\":\"LOGIN\"}", id);
	CLEANUP(answer_release)
	struct answer no_id = rest_call(&t, t.rw, "PUT", path, "{\"category\":\"LOGIN\"}");
	check_error(&no_id, 400, "id in the body is not the item's id in the path");
	CLEANUP(answer_release) struct answer vault = rest_call(&t, t.rw, "PUT", path, other);
	check_error(&vault, 400, "vault.id in the body is not the vault's id in the path");
	CLEANUP(answer_release)
	struct answer stale =
		rest_call_with(&t, t.rw, "PUT", path, "If-Match: \"2\"\r\n", body, strlen(body));
	CHECK_INT(stale.status, 412);
	CLEANUP(answer_release)
	struct answer bad = rest_call_with(&t, t.rw, "PUT", path, "If-Match: x\r\n", body, strlen(body));
	CHECK_INT(bad.status, 412);
	CLEANUP(answer_release)
	struct answer good = rest_call_with(&t, t.rw, "PUT", path, "If-Match: \"1\"\r\n", body, strlen(body));
	CHECK_INT(good.status, 200);
}

static struct answer patch(struct rest *t, const struct secret *token, const char *id, const char *body)
{
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);

	return rest_vault(t, token, "PATCH", below, body);
}

TEST(items, are_patched_by_the_ids_of_fields_and_all_at_once_or_not_at_all)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "patched", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(answer_release)
	struct answer done =
		patch(&t, t.rw, id,
		      "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"New\"},"
		      "{\"op\":\"add\",\"path\":\"/fields\",\"value\":{\"id\":\"extra\",\"label\":\"e\"}},"
		      "{\"op\":\"replace\",\"path\":\"/fields/extra/value\",\"value\":\"x\"},"
		      "{\"op\":\"add\",\"path\":\"/tags/-\",\"value\":\"t\"}]");
	CHECK_MSG(done.status == 200, "%s", done.body);
	CHECK_INT(jsonx_get_int(done.json, "version", 0), 1);
	CLEANUP(answer_release) struct answer now = rest_vault(&t, t.r, "GET", below, NULL);
	CHECK_INT(jsonx_get_int(now.json, "version", 0), 2);
	CHECK_STR(jsonx_get_str(now.json, "title"), "New");
	CHECK_STR(jsonx_get_str(field_of(&now, "e"), "value"), "x");
	CHECK_STR(jsonx_str(jsonx_at(jsonx_get(now.json, "tags"), 1)), "t");

	CLEANUP(answer_release) struct answer none = patch(&t, t.rw, id, "[]");
	CHECK_INT(none.status, 200);
	CHECK_INT(jsonx_get_int(none.json, "version", 0), 2);
	CLEANUP(answer_release)
	struct answer half = patch(&t, t.rw, id,
				   "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"Half\"},"
				   "{\"op\":\"remove\",\"path\":\"/fields/none\"}]");
	CHECK_INT(half.status, 400);
	CHECK(strstr(half.body, "operation 1: The item doesn't have a field"));
	CLEANUP(answer_release) struct answer object = patch(&t, t.rw, id, "{\"op\":\"add\"}");
	CHECK_INT(object.status, 400);
	CHECK(strstr(object.body, "a patch is a list of operations"));
	CLEANUP(answer_release) struct answer after = rest_vault(&t, t.r, "GET", below, NULL);
	CHECK_INT(jsonx_get_int(after.json, "version", 0), 2);
	CHECK_STR(jsonx_get_str(after.json, "title"), "New");
}

TEST(items, are_patched_only_by_who_may_read_and_write)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "patched", id);
	CLEANUP(answer_release) struct answer w = patch(&t, t.w, id, "[]");
	CHECK_INT(w.status, 403);
	CLEANUP(answer_release) struct answer r = patch(&t, t.r, id, "[]");
	CHECK_INT(r.status, 403);
	CLEANUP(answer_release) struct answer gone = patch(&t, t.rw, t.vault_id, "[]");
	CHECK_INT(gone.status, 404);
}

TEST(items, show_the_current_code_of_a_one_time_password)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_vault(
		&t, t.rw, "POST", "/items",
		"{\"title\":\"otp\",\"category\":\"LOGIN\",\"fields\":[{\"label\":\"code\",\"type\":\"TOTP\","
		"\"value\":"
		"\"otpauth://totp/"
		"x?secret=GEZDGNBVGY3TQOJQ\"},{\"label\":\"bad\",\"type\":\"OTP\",\"value\":\"!\"}]}");
	CHECK_INT(a.status, 200);
	const char *code = jsonx_get_str(field_of(&a, "code"), "totp");
	CHECK(code && strlen(code) == 6 && strspn(code, "0123456789") == 6);
	CHECK(!jsonx_get(field_of(&a, "bad"), "totp"));
}

TEST(items, are_gone_once_deleted)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "doomed", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s/", id);
	CLEANUP(mem_freep) char *message = mem_printf("item %s not found", id);
	CLEANUP(answer_release) struct answer gone = rest_vault(&t, t.rw, "DELETE", below, NULL);
	CHECK_INT(gone.status, 204);
	CHECK_INT(gone.body_len, 0);
	static const char *const methods[] = {"DELETE", "GET"};
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		CLEANUP(answer_release) struct answer a = rest_vault(&t, t.rw, methods[i], below, NULL);

		check_error(&a, 404, message);
	}
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"category\":\"LOGIN\"}", id,
				t.vault_id);
	CLEANUP(answer_release) struct answer put = rest_vault(&t, t.rw, "PUT", below, body);
	check_error(&put, 404, message);
}

TEST(items, lists_are_summaries_that_filters_narrow)
{
	static const struct {
		const char *filter;
		size_t n;
	} cases[] = {
		{"", 3},
		{"?filter=title%20eq%20%22one%22", 1},
		{"?filter=title+eq+%22One%22", 0},
		{"?filter=title+eq+%22Demo+%22q%22+%26+%231%22", 1},
		{"?filter=title+co+%22e%22", 2},
		{"?filter=tag+eq+%22tag+of+one%22", 1},
		{"?filter=tag+co+of", 3},
		{"?filter=tag+eq+nothing", 0},
	};
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	rest_create(&t, "two", id);
	rest_create(&t, "Demo \\\"q\\\" & #1", id);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *below = mem_printf("/items/%s", cases[i].filter);
		CLEANUP(answer_release) struct answer a = rest_vault(&t, t.rw, "GET", below, NULL);

		CHECK_MSG(a.status == 200 && jsonx_len(a.json) == cases[i].n, "%s: %s", below, a.body);
		for (size_t k = 0; k < jsonx_len(a.json); k++) {
			const struct jsonx *item = jsonx_at(a.json, k);

			CHECK_STR(jsonx_get_str(jsonx_get(item, "vault"), "id"), t.vault_id);
			CHECK(!jsonx_get(item, "fields") && !jsonx_get(item, "sections"));
		}
		CHECK(!strstr(a.body, "secret of"));
	}
	CLEANUP(answer_release)
	struct answer bad = rest_vault(&t, t.rw, "GET", "/items?filter=title+eq+%22x", NULL);
	CHECK_INT(bad.status, 400);
	CHECK_INT(err_live(), 0);
}

TEST(items, that_have_not_changed_are_not_sent_again)
{
	static const struct {
		const char *header;
		int status;
	} rows[] = {
		{"If-None-Match: \"1\"\r\n", 304},
		{"If-None-Match: W/\"1\"\r\n", 304},
		{"If-None-Match: \"7\", \"1\"\r\n", 304},
		{"If-None-Match: *\r\n", 304},
		{"If-None-Match: \"11\"\r\n", 200},
		{"If-None-Match: 1\r\n", 200},
		{"", 200},
	};
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items/%s", t.vault_id, id);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(answer_release)
		struct answer a = rest_call_with(&t, t.r, "GET", path, rows[i].header, NULL, 0);

		CHECK_INT(a.status, rows[i].status);
		CHECK(strstr(a.head, "ETag: \"1\"\r\n"));
		CHECK((a.body_len == 0) == (rows[i].status == 304));
	}
}

TEST(items, a_delete_obeys_if_match)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items/%s", t.vault_id, id);
	CLEANUP(answer_release)
	struct answer stale = rest_call_with(&t, t.rw, "DELETE", path, "If-Match: \"2\"\r\n", NULL, 0);
	CHECK_INT(stale.status, 412);
	CLEANUP(answer_release)
	struct answer gone = rest_call_with(&t, t.rw, "DELETE", path, "If-Match: \"1\"\r\n", NULL, 0);
	CHECK_INT(gone.status, 204);
}

TEST(items, one_that_is_damaged_hides_no_other)
{
	CLEANUP(rest_release) struct rest t;
	char whole[OBJECT_ID_SIZE], damaged[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "whole", whole);
	rest_create(&t, "damaged", damaged);
	CLEANUP(mem_freep)
	char *sql = mem_printf("UPDATE item SET data = zeroblob(length(data)) WHERE id = '%s'", damaged);
	CLEANUP(db_freep) struct db *disk = NULL;
	CHECK_OK(db_open(vault_store_path(t.store), false, &disk));
	CHECK_OK(db_script(disk, sql));
	CLEANUP(answer_release) struct answer list = rest_vault(&t, t.r, "GET", "/items", NULL);
	CHECK_INT(list.status, 200);
	CHECK_INT(jsonx_len(list.json), 1);
	CHECK_STR(jsonx_get_str(jsonx_at(list.json, 0), "id"), whole);
	CHECK(strstr(list.head, "Connect-Server-Damaged: some records\r\n"));
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", damaged);
	CLEANUP(answer_release) struct answer item = rest_vault(&t, t.r, "GET", below, NULL);
	check_error(&item, 500, "Something went wrong");
}

TEST(items, one_field_is_given_by_its_id_or_label)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep)
	char *by_id = mem_printf("/connect-server/v1/vaults/%s/items/%s/fields/password", t.vault_id, id);
	CLEANUP(mem_freep)
	char *by_label = mem_printf("/connect-server/v1/vaults/%s/items/%s/fields/Password", t.vault_id, id);
	CLEANUP(mem_freep)
	char *none = mem_printf("/connect-server/v1/vaults/%s/items/%s/fields/nothing", t.vault_id, id);
	CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "GET", by_id, NULL);
	CHECK_STR(jsonx_get_str(a.json, "value"), "secret of one");
	CLEANUP(answer_release) struct answer b = rest_call(&t, t.r, "GET", by_label, NULL);
	CHECK_STR(jsonx_get_str(b.json, "value"), "secret of one");
	CLEANUP(answer_release) struct answer c = rest_call(&t, t.r, "GET", none, NULL);
	check_error(&c, 404, "the item has no field of that id or label");
	CLEANUP(answer_release) struct answer d = rest_call(&t, t.w, "GET", by_id, NULL);
	CHECK_INT(d.status, 403);
}

static struct answer put_password(struct rest *t, const char *id, const char *password)
{
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(mem_freep)
	char *body =
		mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"title\":\"x\",\"category\":\"LOGIN\","
			   "\"fields\":[{\"purpose\":\"PASSWORD\",%s}]}",
			   id, t->vault_id, password);

	return rest_vault(t, t->rw, "PUT", below, body);
}

TEST(items, fields_that_the_template_conceals_are_concealed_unless_told_otherwise)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_vault(&t, t.rw, "POST", "/items",
				     "{\"title\":\"x\",\"category\":\"API_CREDENTIAL\",\"fields\":["
				     "{\"id\":\"credential\",\"label\":\"a\",\"value\":\"v\"},"
				     "{\"id\":\"hostname\",\"label\":\"b\",\"value\":\"v\"},"
				     "{\"id\":\"\",\"label\":\"credential\",\"value\":\"v\"}]}");
	CLEANUP(answer_release)
	struct answer b =
		rest_vault(&t, t.rw, "POST", "/items",
			   "{\"title\":\"x\",\"category\":\"API_CREDENTIAL\",\"fields\":["
			   "{\"id\":\"credential\",\"label\":\"a\",\"type\":\"STRING\",\"value\":\"v\"}]}");

	CHECK_STR(jsonx_get_str(field_of(&a, "a"), "type"), "CONCEALED");
	CHECK_STR(jsonx_get_str(field_of(&a, "b"), "type"), "STRING");
	CHECK_STR(jsonx_get_str(field_of(&a, "credential"), "type"), "STRING");
	CHECK_STR(jsonx_get_str(field_of(&b, "a"), "type"), "STRING");
}

TEST(items, passwords_tell_strength_and_history)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer a = rest_vault(&t, t.rw, "POST", "/items",
				     "{\"title\":\"x\",\"category\":\"LOGIN\",\"fields\":["
				     "{\"purpose\":\"PASSWORD\",\"value\":\"hunter2\"},"
				     "{\"purpose\":\"USERNAME\",\"value\":\"me\"}]}");
	const struct jsonx *first = jsonx_get(field_of(&a, "password"), "passwordDetails");
	const char *id = jsonx_get_str(a.json, "id");

	CHECK_STR(jsonx_get_str(first, "strength"), "TERRIBLE");
	CHECK(!jsonx_true(jsonx_get(first, "generated")));
	CHECK(!jsonx_get(first, "history"));
	CHECK(!jsonx_get(field_of(&a, "username"), "passwordDetails"));

	CLEANUP(answer_release) struct answer b = put_password(&t, id, "\"generate\":true");
	const struct jsonx *second = jsonx_get(field_of(&b, "password"), "passwordDetails");

	CHECK_STR(jsonx_get_str(second, "strength"), "FANTASTIC");
	CHECK(jsonx_true(jsonx_get(second, "generated")));
	CHECK(jsonx_get_int(second, "entropy", 0) > 100);
	CHECK_INT(jsonx_get_int(field_of(&b, "password"), "entropy", 0), jsonx_get_int(second, "entropy", 1));
	CHECK_STR(jsonx_str(jsonx_at(jsonx_get(second, "history"), 0)), "hunter2");

	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(answer_release)
	struct answer c = rest_vault(&t, t.rw, "PATCH", below,
				     "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"y\"}]");
	CLEANUP(answer_release) struct answer d = get_item(&t, id);
	const struct jsonx *third = jsonx_get(field_of(&d, "password"), "passwordDetails");

	CHECK_INT(c.status, 200);
	CHECK(jsonx_true(jsonx_get(third, "generated")));
	CHECK_INT(jsonx_len(jsonx_get(third, "history")), 1);
}

TEST(items, passwords_tell_nothing_to_who_may_only_write)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "x", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(mem_freep)
	char *body =
		mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"title\":\"x\",\"category\":\"LOGIN\","
			   "\"fields\":[{\"purpose\":\"PASSWORD\",\"value\":\"mine\"}]}",
			   id, t.vault_id);
	CLEANUP(answer_release) struct answer put = rest_vault(&t, t.w, "PUT", below, body);

	CHECK_INT(put.status, 200);
	CHECK(!strstr(put.body, "history") && !strstr(put.body, "secret"));
}

TEST(items, a_list_that_has_not_changed_is_a_304)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	CLEANUP(mem_freep) char *all = mem_printf("/v1/vaults/%s/items", t.vault_id);
	CLEANUP(mem_freep) char *some = mem_printf("%s?filter=title+eq+%%22one%%22", all);
	const char *const lists[] = {"/v1/vaults", all, some};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		CLEANUP(answer_release) struct answer first = rest_call(&t, t.rw, "GET", lists[i], NULL);
		CHECK_INT(first.status, 200);
		const char *at = strstr(first.head, "ETag: \"");
		CHECK(at);
		CLEANUP(mem_freep) char *etag = mem_strndup(at + 6, strcspn(at + 6, "\r"));
		CLEANUP(mem_freep) char *header = mem_printf("If-None-Match: \"0\", %s\r\n", etag);
		CLEANUP(answer_release)
		struct answer same = rest_call_with(&t, t.rw, "GET", lists[i], header, NULL, 0);
		CHECK_INT(same.status, 304);
		CHECK_INT(same.body_len, 0);
		CHECK(strstr(same.head, etag));
		rest_create(&t, "one", id);
		CLEANUP(answer_release)
		struct answer changed = rest_call_with(&t, t.rw, "GET", lists[i], header, NULL, 0);
		CHECK_INT(changed.status, 200);
		CHECK(!strstr(changed.head, etag));
	}
}
