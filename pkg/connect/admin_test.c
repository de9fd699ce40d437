#include "connect/rest.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "vault/usage.h"

#include <string.h>

static struct secret *bearer_of(const struct admin_key *key)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 256);
	strbuf_addf(&text, "%s.", key->id);
	crypto_base64url(secret_bytes(key->secret), secret_len(key->secret), &text);
	return secret_from_str(text.p);
}

static struct answer call(struct rest *t, const char *method, const char *path, const char *body)
{
	CLEANUP(secret_freep) struct secret *bearer = bearer_of(&t->setup.admin_key);
	CLEANUP(mem_freep) char *whole = mem_printf("/admin/v1%s", path);

	return rest_call(t, bearer, method, whole, body);
}

static void check_status(struct rest *t, int status, const char *method, const char *path, const char *body)
{
	CLEANUP(answer_release) struct answer a = call(t, method, path, body);

	CHECK_MSG(a.status == status, "%s %s: %d %s", method, path, a.status, a.body);
}

/* Issues a token that may read the vault. */
static struct answer issue(struct rest *t, const char *more)
{
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"name\":\"ci\",\"vaults\":[{\"id\":\"%s\",\"read\":true}]%s}", t->vault_id,
				more);

	return call(t, "POST", "/tokens", body);
}

static int try_token(struct rest *t, const char *text)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str(text);
	CLEANUP(answer_release) struct answer a = rest_vault(t, token, "GET", "", NULL);

	return a.status;
}

TEST(admin, refuses_every_key_but_an_administrator_key)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(secret_freep) struct secret *bearer = bearer_of(&t.setup.admin_key);
	CLEANUP(secret_freep) struct secret *wrong = secret_from_str("mmmmmmmmmmmmmmmmmmmmmmmmmm.AAAA");
	CLEANUP(mem_freep) char *changed = mem_strdup(secret_bytes(bearer));
	changed[40] = changed[40] == 'A' ? 'B' : 'A';
	CLEANUP(secret_freep) struct secret *other = secret_from_str(changed);
	const struct secret *const keys[] = {NULL, t.rw, wrong, other};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		CLEANUP(answer_release)
		struct answer a = rest_call(&t, keys[i], "GET", "/admin/v1/tokens", NULL);

		check_error(&a, 401,
			    "needed is an administrator key or a session: Authorization: Bearer ID.SECRET");
	}
	CLEANUP(answer_release) struct answer a = rest_call(&t, bearer, "GET", "/v1/vaults", NULL);
	CHECK_INT(a.status, 401);
}

TEST(admin, a_token_is_issued_listed_renamed_and_revoked_at_once)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer made = issue(&t, ",\"expiresIn\":\"90d\"");
	CHECK_INT(made.status, 201);
	const char *token = jsonx_get_str(made.json, "token");
	CHECK_STR(jsonx_get_str(made.json, "state"), "ACTIVE");
	CHECK_STR(jsonx_get_str(made.json, "creatorId"), t.setup.admin_key.id);
	CHECK(jsonx_get_str(made.json, "expiresAt"));
	CHECK_INT(try_token(&t, token), 200);
	CLEANUP(mem_freep) char *path = mem_printf("/tokens/%s", jsonx_get_str(made.json, "id"));
	CLEANUP(answer_release) struct answer renamed = call(&t, "PATCH", path, "{\"name\":\"ci 2\"}");
	CHECK_STR(jsonx_get_str(renamed.json, "name"), "ci 2");
	CHECK(!jsonx_get(renamed.json, "token"));
	check_status(&t, 204, "DELETE", path, NULL);
	CHECK_INT(try_token(&t, token), 401);
	CLEANUP(answer_release) struct answer got = call(&t, "GET", path, NULL);
	CHECK_STR(jsonx_get_str(got.json, "state"), "REVOKED");
}

TEST(admin, a_token_shows_when_and_from_where_it_was_used)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer used = rest_vault(&t, t.rw, "GET", "", NULL);
	CHECK_INT(used.status, 200);
	CHECK_OK(usage_log_flush(t.usage));
	CLEANUP(mem_freep) char *path = mem_printf("/tokens/%s", t.token_id);
	CLEANUP(answer_release) struct answer got = call(&t, "GET", path, NULL);
	CHECK_STR(jsonx_get_str(got.json, "lastUsedFrom"), "10.0.0.7");
	CHECK(jsonx_get_str(got.json, "lastUsedAt"));
}

TEST(admin, grants_of_a_live_token_change)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(mem_freep) char *path = mem_printf("/tokens/%s/vaults/%s", t.token_id, t.foreign_id);
	CLEANUP(mem_freep) char *vault = mem_printf("/v1/vaults/%s", t.foreign_id);
	CLEANUP(answer_release) struct answer granted = call(&t, "PUT", path, "{\"read\":true}");
	CHECK_INT(jsonx_len(jsonx_get(granted.json, "vaults")), 2);
	CLEANUP(answer_release) struct answer in = rest_call(&t, t.rw, "GET", vault, NULL);
	CHECK_INT(in.status, 200);
	check_status(&t, 204, "DELETE", path, NULL);
	CLEANUP(answer_release) struct answer out = rest_call(&t, t.rw, "GET", vault, NULL);
	CHECK_INT(out.status, 403);
	check_status(&t, 400, "PUT", path, "{}");
}

TEST(admin, two_vaults_may_have_one_name_and_a_filter_finds_both)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(mem_freep) char *vault = mem_printf("/vaults/%s", t.foreign_id);
	CLEANUP(mem_freep) char *grant = mem_printf("/tokens/%s/vaults/%s", t.token_id, t.foreign_id);
	check_status(&t, 200, "PATCH", vault, "{\"name\":\"Demo Vault\"}");
	check_status(&t, 200, "PUT", grant, "{\"read\":true}");
	CLEANUP(answer_release)
	struct answer a = rest_call(&t, t.rw, "GET", "/v1/vaults?filter=name+eq+%22Demo+Vault%22", NULL);
	CHECK_INT(jsonx_len(a.json), 2);
	CHECK(!streq(jsonx_get_str(jsonx_at(a.json, 0), "id"), jsonx_get_str(jsonx_at(a.json, 1), "id")));
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s", t.foreign_id);
	CLEANUP(answer_release) struct answer one = rest_call(&t, t.rw, "GET", path, NULL);
	CHECK_INT(one.status, 200);
	CHECK_STR(jsonx_get_str(one.json, "id"), t.foreign_id);
}

TEST(admin, a_replacement_has_the_same_grants)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(mem_freep) char *path = mem_printf("/tokens/%s/replace", t.token_id);
	CLEANUP(answer_release)
	struct answer made = call(&t, "POST", path, "{\"overlap\":\"72h\",\"expiresIn\":\"30d\"}");
	CHECK_INT(made.status, 201);
	CHECK_INT(try_token(&t, jsonx_get_str(made.json, "token")), 200);
	CHECK_INT(try_token(&t, secret_bytes(t.rw)), 200);
}

TEST(admin, a_vault_is_made_renamed_and_deleted)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer made = call(&t, "POST", "/vaults", "{\"name\":\"New\",\"description\":\"d\"}");
	CHECK_INT(made.status, 201);
	CLEANUP(mem_freep) char *path = mem_printf("/vaults/%s", jsonx_get_str(made.json, "id"));
	CLEANUP(answer_release) struct answer renamed = call(&t, "PATCH", path, "{\"name\":\"Newer\"}");
	CHECK_STR(jsonx_get_str(renamed.json, "name"), "Newer");
	CHECK_STR(jsonx_get_str(renamed.json, "description"), "d");
	check_status(&t, 204, "DELETE", path, NULL);
	check_status(&t, 404, "GET", path, NULL);
	check_status(&t, 404, "DELETE", path, NULL);
}

TEST(admin, a_second_server_has_credentials_vaults_and_tokens_of_its_own)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer made = call(&t, "POST", "/servers", "{\"name\":\"Staging\"}");
	CHECK_INT(made.status, 201);
	const char *id = jsonx_get_str(made.json, "id");
	CHECK_STR(jsonx_get_str(jsonx_get(made.json, "credentials"), "deviceUuid"), id);
	CLEANUP(mem_freep)
	char *body =
		mem_printf("{\"name\":\"x\",\"serverId\":\"%s\",\"vaults\":[{\"id\":\"%s\",\"read\":true}]}",
			   id, t.vault_id);
	CLEANUP(mem_freep) char *vault = mem_printf("/servers/%s/vaults/%s", id, t.vault_id);
	CLEANUP(mem_freep) char *server = mem_printf("/servers/%s", id);
	check_status(&t, 400, "POST", "/tokens", body);
	check_status(&t, 200, "PUT", vault, NULL);
	CLEANUP(answer_release) struct answer token = call(&t, "POST", "/tokens", body);
	CHECK_INT(token.status, 201);
	CHECK_INT(try_token(&t, jsonx_get_str(token.json, "token")), 401);
	check_status(&t, 204, "DELETE", vault, NULL);
	check_status(&t, 200, "PATCH", server, "{\"name\":\"Stage\"}");
	CLEANUP(answer_release) struct answer list = call(&t, "GET", "/servers", NULL);
	CHECK_INT(jsonx_len(list.json), 2);
	CHECK(!strstr(list.body, "credentials"));
	check_status(&t, 204, "DELETE", server, NULL);
	check_status(&t, 404, "GET", server, NULL);
}

TEST(admin, an_auditors_key_looks_only)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer made = call(&t, "POST", "/keys", "{\"name\":\"audit\",\"role\":\"auditor\"}");
	CHECK_INT(made.status, 201);
	const struct jsonx *key = jsonx_get(made.json, "key");
	CLEANUP(mem_freep)
	char *text = mem_printf("%s.%s", jsonx_get_str(key, "id"), jsonx_get_str(key, "secret"));
	CLEANUP(secret_freep) struct secret *bearer = secret_from_str(text);
	static const struct {
		const char *method, *path;
		int status;
	} cases[] = {
		{"GET", "/admin/v1/tokens", 200},       {"GET", "/admin/v1/usage", 200},
		{"GET", "/admin/v1/servers", 200},      {"GET", "/admin/v1/keys", 200},
		{"GET", "/admin/v1/usage/verify", 200}, {"GET", "/admin/v1/vaults", 403},
		{"POST", "/admin/v1/vaults", 403},      {"POST", "/admin/v1/tokens", 403},
		{"POST", "/admin/v1/keys", 403},        {"DELETE", "/admin/v1/usage?olderThan=1d", 403},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(answer_release)
		struct answer a = rest_call(&t, bearer, cases[i].method, cases[i].path, NULL);

		CHECK_MSG(a.status == cases[i].status, "%s %s: %d", cases[i].method, cases[i].path, a.status);
	}
	CLEANUP(mem_freep) char *path = mem_printf("/keys/%s", jsonx_get_str(made.json, "id"));
	check_status(&t, 204, "DELETE", path, NULL);
	CLEANUP(answer_release) struct answer gone = rest_call(&t, bearer, "GET", "/admin/v1/tokens", NULL);
	CHECK_INT(gone.status, 401);
	CLEANUP(answer_release)
	struct answer report = call(&t, "GET", "/usage?action=ADMIN&result=SUCCESS", NULL);
	const struct jsonx *row = jsonx_at(jsonx_get(report.json, "rows"), 0);
	CHECK_STR(jsonx_get_str(row, "what"), "admin_key_delete");
	CHECK_STR(jsonx_get_str(row, "subjectId"), jsonx_get_str(made.json, "id"));
	CLEANUP(mem_freep) char *own = mem_printf("/keys/%s", t.setup.admin_key.id);
	check_status(&t, 409, "DELETE", own, NULL);
	check_status(&t, 400, "POST", "/keys", "{\"name\":\"x\",\"role\":\"king\"}");
}

TEST(admin, says_what_is_wrong_with_a_body)
{
	static const struct {
		const char *method, *path, *body;
	} cases[] = {
		{"POST", "/tokens", NULL},
		{"POST", "/tokens", "[]"},
		{"POST", "/tokens", "{"},
		{"POST", "/tokens", "{\"name\":\"x\"}"},
		{"POST", "/tokens", "{\"name\":\"x\",\"vaults\":[]}"},
		{"POST", "/tokens", "{\"name\":\"x\",\"vaults\":[{\"read\":true}]}"},
		{"POST", "/tokens", "{\"name\":\"x\",\"vaults\":[{\"name\":\"Foreign\"}]}"},
		{"POST", "/tokens", "{\"vaults\":[{\"name\":\"Foreign\",\"read\":true}]}"},
		{"POST", "/tokens",
		 "{\"name\":\"x\",\"expiresIn\":\"soon\",\"vaults\":[{\"name\":\"Foreign\",\"read\":true}]}"},
		{"POST", "/vaults", "{}"},
		{"POST", "/vaults", "{\"name\":7}"},
		{"GET", "/usage?limit=0", NULL},
		{"GET", "/usage?from=yesterday", NULL},
		{"DELETE", "/usage", NULL},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_status(&t, 400, cases[i].method, cases[i].path, cases[i].body);
	check_status(&t, 404, "GET", "/tokens/no-id", NULL);
	check_status(&t, 404, "GET", "/tokens/zzzzzzzzzzzzzzzzzzzzzzzzzz", NULL);
	check_status(&t, 404, "GET", "/nothing", NULL);
}

TEST(admin, the_usage_report_tells_tokens_apart_and_shows_refusals)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "Database", id);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(answer_release) struct answer read = rest_vault(&t, t.rw, "GET", below, NULL);
	CLEANUP(answer_release) struct answer denied = rest_vault(&t, t.w, "GET", below, NULL);
	CHECK_INT(read.status, 200);
	CHECK_INT(denied.status, 403);
	CHECK_OK(usage_log_flush(t.usage));
	CLEANUP(mem_freep) char *path = mem_printf("/usage?item=%s", id);
	CLEANUP(answer_release) struct answer report = call(&t, "GET", path, NULL);
	const struct jsonx *rows = jsonx_get(report.json, "rows");
	CHECK_INT(jsonx_len(rows), 3);
	CHECK_STR(jsonx_get_str(jsonx_at(rows, 0), "result"), "DENY");
	CHECK_STR(jsonx_get_str(jsonx_at(rows, 1), "action"), "READ");
	CHECK_STR(jsonx_get_str(jsonx_get(jsonx_at(rows, 1), "actor"), "id"), t.token_id);
	CHECK_STR(jsonx_get_str(jsonx_at(rows, 1), "usedBy"), "test");
	CHECK_STR(jsonx_get_str(jsonx_at(rows, 1), "address"), "10.0.0.7");
	CHECK_STR(jsonx_get_str(jsonx_at(rows, 2), "action"), "CREATE");
	CHECK(!strstr(report.body, "Database") && !strstr(report.body, "secret of"));
	CLEANUP(answer_release) struct answer check = call(&t, "GET", "/usage/verify", NULL);
	CHECK(jsonx_true(jsonx_get(check.json, "ok")));
}

TEST(admin, what_administrators_do_is_recorded)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer made = issue(&t, "");
	CLEANUP(answer_release) struct answer report = call(&t, "GET", "/usage?action=ADMIN", NULL);
	const struct jsonx *row = jsonx_at(jsonx_get(report.json, "rows"), 0);
	CHECK_STR(jsonx_get_str(row, "what"), "admin_token_create");
	CHECK_STR(jsonx_get_str(row, "subjectId"), jsonx_get_str(made.json, "id"));
	CHECK_STR(jsonx_get_str(jsonx_get(row, "actor"), "id"), t.setup.admin_key.id);
}

TEST(admin, the_csv_report_holds_no_formula)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer used =
		rest_call_with(&t, t.rw, "GET", "/v1/vaults", "User-Agent: =HYPERLINK(\"x\")\r\n", NULL, 0);
	CHECK_INT(used.status, 200);
	CHECK_OK(usage_log_flush(t.usage));
	CLEANUP(answer_release) struct answer csv = call(&t, "GET", "/usage.csv", NULL);
	CHECK(strstr(csv.head, "Content-Type: text/csv"));
	CHECK(strstr(csv.body, "\"Display\""));
	CHECK(strstr(csv.body, "\"'=HYPERLINK(\"\"x\"\")\""));
}
