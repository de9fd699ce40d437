/* The API over a real socket, asked by a real client. */

#include "connect/rest.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"

#include <string.h>

struct wire {
	struct rest t;
	struct http_server *server;
	struct http_transport *client;
};

static void wire_init(struct wire *w)
{
	const struct http_server_options options = {.name = "test",
						    .address = "127.0.0.1",
						    .workers = 2,
						    .max_body = 1000,
						    .headers = connect_headers,
						    .n_headers = CONNECT_HEADERS};

	rest_init(&w->t);
	CHECK_OK(http_server_start(&options, connect_handle, w->t.connect, &w->server));
	CLEANUP(mem_freep) char *url = mem_printf("http://127.0.0.1:%d", http_server_port(w->server));
	http_client_global_init();
	const struct http_client_options client_options = {
		.base_url = url, .allow_http = true, .user_agent = "connect-test"};
	CHECK_OK(http_client_new(&client_options, &w->client));
}

static void wire_release(struct wire *w)
{
	http_transport_free(w->client);
	http_client_global_release();
	http_server_stop(w->server, 5000);
	rest_release(&w->t);
}

static void ask_as(struct wire *w, const struct secret *token, const char *method, const char *path,
		   const char *body, struct http_response *out)
{
	const struct http_request req = {.method = method,
					 .path = path,
					 .bearer = token,
					 .body = body,
					 .body_len = body ? strlen(body) : 0,
					 .content_type = "application/json",
					 .timeout_ms = 10000,
					 .max_bytes = 1 << 20};

	CHECK_OK(http_request(w->client, &req, NULL, out));
}

static void ask(struct wire *w, const char *method, const char *path, const char *body,
		struct http_response *out)
{
	ask_as(w, w->t.rw, method, path, body, out);
}

/* An error has its status twice, and the headers that every answer has. */
static void check_refused(struct wire *w, const struct secret *token, const char *method, const char *path,
			  int status)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;

	ask_as(w, token, method, path, NULL, &r);
	CHECK_MSG(r.status == status, "%s %s: %d, not %d", method, path, r.status, status);
	CHECK_STR(r.connect_version, CONNECT_API_VERSION);
	CHECK_OK(jsonx_parse(secret_bytes(r.body), secret_len(r.body), &json));
	CHECK_INT(jsonx_get_int(json, "status", 0), status);
	CHECK(!str_empty(jsonx_get_str(json, "message")));
}

TEST(socket, carries_a_whole_life_of_an_item)
{
	CLEANUP(wire_release) struct wire w;
	CLEANUP(http_response_release) struct http_response made = {0};
	CLEANUP(http_response_release) struct http_response got = {0};
	CLEANUP(http_response_release) struct http_response gone = {0};
	CLEANUP(http_response_release) struct http_response missing = {0};
	CLEANUP(jsonx_freep) struct jsonx *item = NULL;

	wire_init(&w);
	CLEANUP(mem_freep) char *items = mem_printf("/v1/vaults/%s/items/", w.t.vault_id);
	ask(&w, "POST", items,
	    "{\"title\":\"t\",\"category\":\"LOGIN\",\"fields\":[{\"label\":\"a\",\"value\":\"\\u00fc\"}]}",
	    &made);
	CHECK_INT(made.status, 200);
	CHECK_STR(made.connect_version, CONNECT_API_VERSION);
	CHECK_STR(made.content_type, "application/json");
	CHECK_OK(jsonx_parse(secret_bytes(made.body), secret_len(made.body), &item));
	CLEANUP(mem_freep) char *path = mem_printf("%s%s", items, jsonx_get_str(item, "id"));
	ask(&w, "GET", path, NULL, &got);
	CHECK_INT(got.status, 200);
	CHECK(secret_eq(got.body, made.body));
	CHECK_STR(got.etag, "\"1\"");
	ask(&w, "DELETE", path, NULL, &gone);
	CHECK_INT(gone.status, 204);
	CHECK_INT(secret_len(gone.body), 0);
	ask(&w, "GET", path, NULL, &missing);
	CHECK_INT(missing.status, 404);
	CHECK_STR(missing.connect_version, CONNECT_API_VERSION);
}

TEST(socket, errors_of_every_kind_have_the_version_and_their_status_in_the_body)
{
	static const struct {
		const char *method, *path;
		int status;
	} cases[] = {
		{"GET", "/v1/vaults?filter=nonsense", 400},
		{"GET", "/v1/vaults/no-id", 400},
		{"GET", "/v1/vaults/zzzzzzzzzzzzzzzzzzzzzzzzzz", 403},
		{"GET", "/v2", 404},
		{"POST", "/v1/vaults", 405},
		{"GET", "/v1/vaults/%zz", 400},
	};
	CLEANUP(wire_release) struct wire w;

	wire_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_refused(&w, w.t.rw, cases[i].method, cases[i].path, cases[i].status);
	check_refused(&w, NULL, "GET", "/v1/vaults", 401);
	CHECK_INT(err_live(), 0);
}

TEST(socket, lists_of_items_are_summaries_with_their_vault)
{
	CLEANUP(wire_release) struct wire w;
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	char id[OBJECT_ID_SIZE];

	wire_init(&w);
	rest_create(&w.t, "one", id);
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items", w.t.vault_id);
	ask(&w, "GET", path, NULL, &r);
	CHECK_OK(jsonx_parse(secret_bytes(r.body), secret_len(r.body), &json));
	const struct jsonx *item = jsonx_at(json, 0);
	CHECK_STR(jsonx_get_str(item, "id"), id);
	CHECK_STR(jsonx_get_str(jsonx_get(item, "vault"), "id"), w.t.vault_id);
	CHECK(!jsonx_get(item, "fields") && !jsonx_get(item, "sections") && !jsonx_get(item, "files"));
	CHECK(!strstr(secret_bytes(r.body), "secret of"));
}

TEST(socket, tokens_that_are_forged_expired_or_revoked_are_refused_at_once)
{
	CLEANUP(wire_release) struct wire w;
	CLEANUP(http_response_release) struct http_response before = {0};
	CLEANUP(secret_freep) struct secret *late = NULL;
	struct vault_grant grant = {.rights = VAULT_READ};
	char id[OBJECT_ID_SIZE];

	wire_init(&w);
	object_id_set(grant.vault_id, w.t.vault_id);
	CHECK_OK(vault_admin_create_token(w.t.admin, "late", clock_wall_ms() - 1, &grant, 1, id, &late));
	check_refused(&w, late, "GET", "/v1/vaults", 401);

	const char *good = secret_bytes(w.t.rw), *payload = strchr(good, '.'),
		   *signature = strrchr(good, '.');
	const int payload_len = (int)(signature - payload);
	char *const forged[] = {
		/* {"alg":"none"}, without and with the true signature; {"alg":"HS256"} */
		mem_printf("eyJhbGciOiJub25lIn0%.*s.", payload_len, payload),
		mem_printf("eyJhbGciOiJub25lIn0%s", payload),
		mem_printf("eyJhbGciOiJIUzI1NiJ9%s", payload),
		mem_printf("%.*s", (int)(signature - good), good),
		mem_printf("%.*s", (int)strlen(good) - 1, good),
		mem_printf("%s=", good),
		mem_printf("%sA", good),
		mem_printf("%s.%s", good, signature + 1),
	};
	for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
		CLEANUP(secret_freep) struct secret *token = secret_from_str(forged[i]);

		check_refused(&w, token, "GET", "/v1/vaults", 401);
		mem_free(forged[i]);
	}

	ask(&w, "GET", "/v1/vaults", NULL, &before);
	CHECK_INT(before.status, 200);
	CHECK_OK(vault_admin_revoke_token(w.t.admin, w.t.token_id));
	check_refused(&w, w.t.rw, "GET", "/v1/vaults", 401);
	CHECK_INT(err_live(), 0);
}

TEST(socket, refusals_of_the_http_server_itself_have_the_version_too)
{
	CLEANUP(wire_release) struct wire w;
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(strbuf_release) struct strbuf body = {0};

	wire_init(&w);
	strbuf_init(&body, 4000);
	for (int i = 0; i < 300; i++)
		strbuf_adds(&body, "[1,2,3],");
	ask(&w, "POST", "/v1/vaults/x/items", body.p, &r);
	CHECK_INT(r.status, 413);
	CHECK_STR(r.connect_version, CONNECT_API_VERSION);
	CHECK(strstr(secret_bytes(r.body), "\"status\":413"));
	CHECK_INT(err_live(), 0);
}
