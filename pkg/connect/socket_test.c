/* The API over a real socket, asked by a real client. */

#include "connect/rest.h"

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

static void ask(struct wire *w, const char *method, const char *path, const char *body,
		struct http_response *out)
{
	const struct http_request req = {.method = method,
					 .path = path,
					 .bearer = w->t.rw,
					 .body = body,
					 .body_len = body ? strlen(body) : 0,
					 .content_type = "application/json",
					 .timeout_ms = 10000,
					 .max_bytes = 1 << 20};

	CHECK_OK(http_request(w->client, &req, NULL, out));
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
