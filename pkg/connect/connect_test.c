/* What holds for every request, and the routes that are not of vaults, items or files. */

#include "connect/rest.h"

#include "base/log.h"
#include "base/mem.h"
#include "vault/db.h"

#include <string.h>

TEST(connect, heartbeat_health_and_metrics_are_open)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer heartbeat = rest_call(&t, NULL, "GET", "/heartbeat", NULL);
	CHECK_INT(heartbeat.status, 200);
	CHECK_STR(heartbeat.body, ".");
	CHECK(strstr(heartbeat.head, "Content-Type: text/plain"));
	CLEANUP(answer_release) struct answer health = rest_call(&t, t.rw, "GET", "/health", NULL);
	CHECK_INT(health.status, 200);
	CHECK_STR(jsonx_get_str(health.json, "name"), "1Password Connect API");
	CHECK_STR(jsonx_get_str(health.json, "version"), "1.8.1");
	CHECK_STR(jsonx_get_str(jsonx_at(jsonx_get(health.json, "dependencies"), 0), "status"), "ACTIVE");

	CLEANUP(answer_release) struct answer far = rest_call(&t, NULL, "GET", "/metrics", NULL);
	check_error(&far, 401, "Invalid bearer token");
	CLEANUP(answer_release) struct answer trusted = rest_call(&t, t.r, "GET", "/metrics", NULL);
	CHECK_INT(trusted.status, 200);
	t.peer = "127.0.0.1";
	CLEANUP(answer_release) struct answer near = rest_call(&t, NULL, "GET", "/metrics", NULL);
	CHECK_INT(near.status, 200);
	CHECK(strstr(near.body, "connect_requests_total{route=\"heartbeat\",code=\"200\"} 1"));
	CHECK(strstr(near.head, "Content-Type: text/plain"));
}

TEST(connect, metrics_count_answers_by_their_exact_status)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep) char *item = mem_printf("/v1/vaults/%s/items/%s", t.vault_id, id);
	CLEANUP(answer_release)
	struct answer same = rest_call_with(&t, t.rw, "GET", item, "If-None-Match: *\r\n", NULL, 0);
	CHECK_INT(same.status, 304);
	CLEANUP(answer_release) struct answer gone = rest_call(&t, t.rw, "DELETE", item, NULL);
	CHECK_INT(gone.status, 204);
	CLEANUP(answer_release) struct answer again = rest_call(&t, t.rw, "DELETE", item, NULL);
	CHECK_INT(again.status, 404);
	CLEANUP(answer_release) struct answer metrics = rest_call(&t, t.r, "GET", "/metrics", NULL);
	CHECK(strstr(metrics.body, "connect_requests_total{route=\"item_create\",code=\"200\"} 1"));
	CHECK(strstr(metrics.body, "connect_requests_total{route=\"item_get\",code=\"304\"} 1"));
	CHECK(strstr(metrics.body, "connect_requests_total{route=\"item_delete\",code=\"204\"} 1"));
	CHECK(strstr(metrics.body, "connect_requests_total{route=\"item_delete\",code=\"404\"} 1"));
}

TEST(connect, unknown_paths_and_methods_get_json)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	static const char *const paths[] = {
		"/", "/v1", "/v1/", "/v2/vaults", "/v1/vaults/a/b", "/v1/vaultsx", "/v1//vaults"};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		CLEANUP(answer_release) struct answer a = rest_call(&t, t.rw, "GET", paths[i], NULL);

		check_error(&a, 404, "404 page not found");
	}
	CLEANUP(answer_release) struct answer bad = rest_call(&t, t.rw, "GET", "/v1/vaults/%zz", NULL);
	CHECK_INT(bad.status, 400);
	CLEANUP(answer_release) struct answer method = rest_vault(&t, t.rw, "POST", "/items/x", "[]");
	CHECK_INT(method.status, 405);
	CHECK(strstr(method.head, "Allow: GET, PUT, PATCH, DELETE\r\n"));
}

TEST(connect, a_token_is_needed_and_must_be_live)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *nonsense = secret_from_str("nonsense");

	rest_init(&t);
	CLEANUP(answer_release) struct answer none = rest_call(&t, NULL, "GET", "/v1/vaults", NULL);
	check_error(&none, 401, "Invalid bearer token");
	CHECK(strstr(none.head, "WWW-Authenticate: Bearer\r\n"));
	CLEANUP(answer_release) struct answer bad = rest_call(&t, nonsense, "GET", "/v1/vaults", NULL);
	check_error(&bad, 401, "Invalid bearer token");
	/* The token is looked at before everything else. */
	CLEANUP(answer_release)
	struct answer first = rest_call(&t, NULL, "GET", "/v1/vaults/no-id/items/no-id", NULL);
	check_error(&first, 401, "Invalid bearer token");
	CLEANUP(answer_release)
	struct answer basic =
		rest_call_with(&t, NULL, "GET", "/v1/vaults", "Authorization: Basic YTpi\r\n", NULL, 0);
	check_error(&basic, 401, "Invalid bearer token");

	CLEANUP(answer_release) struct answer good = rest_call(&t, t.rw, "GET", "/v1/vaults", NULL);
	CHECK_INT(good.status, 200);
	CHECK_OK(vault_admin_revoke_token(t.admin, t.token_id));
	CLEANUP(answer_release) struct answer revoked = rest_call(&t, t.rw, "GET", "/v1/vaults", NULL);
	check_error(&revoked, 401, "Invalid bearer token: it was revoked");
	CLEANUP(answer_release) struct answer write = rest_vault(&t, t.rw, "POST", "/items", "{}");
	CHECK_INT(write.status, 401);
}

TEST(connect, checks_come_in_the_order_of_the_contract)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(mem_freep) char *in_foreign = NULL;

	rest_init(&t);
	CLEANUP(answer_release)
	struct answer syntax = rest_call(&t, t.rw, "GET", "/v1/vaults/no-id/items/no-id", NULL);
	check_error(&syntax, 400, "Invalid Vault UUID");
	in_foreign = mem_printf("/v1/vaults/%s/items/no-id", t.foreign_id);
	CLEANUP(answer_release) struct answer scope = rest_call(&t, t.rw, "GET", in_foreign, NULL);
	CLEANUP(mem_freep) char *message = mem_printf("vault %s is not in scope", t.foreign_id);
	check_error(&scope, 403, message);
	/* One that does not exist at all looks the same. */
	CLEANUP(answer_release)
	struct answer gone = rest_call(&t, t.rw, "GET", "/v1/vaults/zzzzzzzzzzzzzzzzzzzzzzzzzz", NULL);
	check_error(&gone, 403, "vault zzzzzzzzzzzzzzzzzzzzzzzzzz is not in scope");
	CLEANUP(answer_release) struct answer item = rest_vault(&t, t.rw, "GET", "/items/no-id", NULL);
	check_error(&item, 400, "Invalid Item UUID");
	CLEANUP(answer_release)
	struct answer missing = rest_vault(&t, t.rw, "GET", "/items/zzzzzzzzzzzzzzzzzzzzzzzzzz", NULL);
	check_error(&missing, 404, "item zzzzzzzzzzzzzzzzzzzzzzzzzz not found");
}

TEST(connect, rights_are_separate)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep) char *item = mem_printf("/items/%s", id);
	static const char *const writes[] = {"PUT", "DELETE"};
	for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
		CLEANUP(answer_release) struct answer a = rest_vault(&t, t.r, writes[i], item, "{}");

		CHECK_INT(a.status, 403);
		CHECK(str_has_prefix(jsonx_get_str(a.json, "message"),
				     "Authorization: token does not have permission"));
	}
	CLEANUP(answer_release) struct answer post = rest_vault(&t, t.r, "POST", "/items", "{}");
	CHECK_INT(post.status, 403);
	static const char *const reads[] = {"", "/items", "/items?filter=title%20eq%20%22one%22"};
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		CLEANUP(answer_release) struct answer a = rest_vault(&t, t.w, "GET", reads[i], NULL);

		CHECK_INT(a.status, 403);
	}
	CLEANUP(answer_release) struct answer get = rest_vault(&t, t.w, "GET", item, NULL);
	CHECK_INT(get.status, 403);
}

TEST(connect, a_token_without_the_right_to_read_learns_only_ids_and_versions)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "hidden", id);
	CLEANUP(mem_freep) char *item = mem_printf("/items/%s", id);
	CLEANUP(mem_freep)
	char *body = mem_printf(
		"{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"title\":\"new\",\"category\":\"LOGIN\"}", id,
		t.vault_id);
	CLEANUP(answer_release) struct answer put = rest_vault(&t, t.w, "PUT", item, body);
	CHECK_INT(put.status, 200);
	CLEANUP(mem_freep)
	char *want = mem_printf("{\"id\":\"%s\",\"vault\":{\"id\":\"%s\"},\"version\":1}", id, t.vault_id);
	CHECK_STR(put.body, want);
	CLEANUP(answer_release) struct answer post = rest_vault(&t, t.w, "POST", "/items", body);
	CHECK_INT(post.status, 200);
	CHECK(!strstr(post.body, "title"));
	CHECK_INT(jsonx_get_int(post.json, "version", 0), 1);
	CLEANUP(answer_release) struct answer vaults = rest_call(&t, t.w, "GET", "/v1/vaults", NULL);
	CHECK_STR(vaults.body, "[]");
	CLEANUP(answer_release) struct answer gone = rest_vault(&t, t.w, "DELETE", item, NULL);
	CHECK_INT(gone.status, 204);
}

static void keep_lines(void *arg, const char *line, size_t len)
{
	strbuf_add(arg, line, len);
}

TEST(connect, what_breaks_on_our_side_is_logged_and_not_told)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(strbuf_release) struct strbuf lines = {0};
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "canary-title", id);
	/* A disk that gives back something else. */
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", t.dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *item = mem_printf("/items/%s", id);
	struct db *disk = NULL;
	CHECK_OK(db_open(path, false, &disk));
	CHECK_OK(db_script(disk, "UPDATE part SET data = zeroblob(100)"));
	db_free(disk);
	strbuf_init(&lines, 65536);
	log_set_sink(keep_lines, &lines);
	CLEANUP(answer_release) struct answer a = rest_vault(&t, t.rw, "GET", item, NULL);
	log_set_sink(NULL, NULL);
	check_error(&a, 500, "Something went wrong");
	CHECK(strstr(lines.p, id) && strstr(lines.p, t.token_id));
	CHECK(!strstr(lines.p, "canary"));
	CHECK_INT(err_live(), 0);
}

TEST(connect, is_not_ready_without_its_database)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(db_freep) struct db *d = NULL;

	rest_init(&t);
	CLEANUP(answer_release) struct answer ready = rest_call(&t, NULL, "GET", "/readyz", NULL);
	CHECK_INT(ready.status, 200);
	CHECK_OK(db_open(vault_store_path(t.store), false, &d));
	CHECK_OK(db_run(d, "DELETE FROM store", DB_NO_ARGS, NULL));
	CLEANUP(answer_release) struct answer away = rest_call(&t, NULL, "GET", "/readyz", NULL);
	CHECK_INT(away.status, 503);
	CLEANUP(answer_release) struct answer health = rest_call(&t, NULL, "GET", "/health", NULL);
	CHECK_INT(health.status, 200);
	CHECK(strstr(health.body, "\"ERROR\""));
}

TEST(connect, too_many_requests_with_a_token_or_from_an_address_are_sent_away)
{
	CLEANUP(rest_release) struct rest t;
	const struct connect_options by_token = {.token_rate = 1}, by_address = {.address_rate = 2};

	rest_init(&t);
	rest_limit(&t, &by_token);
	for (int i = 0; i < 2; i++) {
		CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "GET", "/v1/vaults", NULL);
		CHECK_INT(a.status, 200);
	}
	CLEANUP(answer_release) struct answer over = rest_call(&t, t.r, "GET", "/v1/vaults", NULL);
	check_error(&over, 429,
		    "too many requests with this token; come again after the time in Retry-After");
	CHECK(strstr(over.head, "Retry-After: 1\r\n"));
	CLEANUP(answer_release) struct answer other = rest_call(&t, t.rw, "GET", "/v1/vaults", NULL);
	CHECK_INT(other.status, 200);

	rest_limit(&t, &by_address);
	for (int i = 0; i < 4; i++) {
		CLEANUP(answer_release) struct answer a = rest_call(&t, NULL, "GET", "/v1/vaults", NULL);
		CHECK_INT(a.status, 401);
	}
	CLEANUP(answer_release) struct answer stranger = rest_call(&t, NULL, "GET", "/v1/vaults", NULL);
	check_error(&stranger, 429,
		    "too many requests with this address; come again after the time in Retry-After");
	t.peer = "10.0.0.8";
	CLEANUP(answer_release) struct answer elsewhere = rest_call(&t, NULL, "GET", "/v1/vaults", NULL);
	CHECK_INT(elsewhere.status, 401);
}
