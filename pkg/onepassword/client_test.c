#include "onepassword/client.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include "onepassword/request.h"

#include <string.h>

#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ID_I "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define ID_J "jjjjjjjjjjjjjjjjjjjjjjjjjj"
#define ID_F "ffffffffffffffffffffffffff"
#define ID_G "gggggggggggggggggggggggggg"
#define VAULT "{\"id\":\"" ID_V "\",\"name\":\"Ops\",\"contentVersion\":3}"
#define SUMMARY "{\"id\":\"" ID_I "\",\"title\":\"DB\",\"version\":2}"
#define ITEM                                                                                                 \
	"{\"id\":\"" ID_I "\",\"vault\":{\"id\":\"" ID_V                                                     \
	"\"},\"fields\":[{\"label\":\"p\",\"value\":\"canary\"}]}"

/* A client on a server that gives the same answer to all. */
struct rig {
	int status;
	const char *body;
	int64_t retry_after_ms;
	int failures; /* answers of status 500 that come first */
	struct strv bearers;
	size_t max_bytes; /* of the last request */
	struct http_fake *fake;
	struct op_endpoint *endpoint;
	struct op_client *client;
	struct cancel *cancel;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct rig *r = arg;

	strv_add(&r->bearers, secret_bytes(req->bearer));
	r->max_bytes = req->max_bytes;
	CHECK_INT(req->timeout_ms, OP_TIMEOUT_MS);
	if (r->failures > 0) {
		r->failures--;
		http_fake_answer(out, 500, "{\"status\":500,\"message\":\"not synced\"}");
		return NULL;
	}
	http_fake_answer(out, r->status, r->body);
	out->retry_after_ms = r->retry_after_ms;
	return NULL;
}

static void rig_start(struct rig *r, int status, const char *body)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str(" token-1\n");

	*r = (struct rig){.status = status, .body = body, .cancel = cancel_new(NULL)};
	r->fake = http_fake_new(answer, r);
	CHECK_OK(op_endpoint_new("http://connect:8080/", token, &r->endpoint));
	r->client = op_client_new_on(r->endpoint, http_fake_transport(r->fake));
	r->client->file_wait_ms = 1;
}

static void rig_stop(struct rig *r)
{
	op_client_free(r->client);
	op_endpoint_free(r->endpoint);
	http_fake_free(r->fake);
	strv_release(&r->bearers);
	cancel_free(r->cancel);
}

TEST(client, hears_of_changes_where_there_is_a_feed)
{
	static const struct {
		int status;
		const char *body;
		bool fails;
		enum err_kind kind;
	} rows[] = {
		{200, "{\"cursor\":\"a-1_Z\",\"vaults\":[]}", false, ERR_INTERNAL},
		{404, "404 page not found", true, ERR_NOT_FOUND},
		{404, "{\"status\":404,\"message\":\"no such path\"}", true, ERR_NOT_FOUND},
		{405, "", true, ERR_NOT_FOUND},
		{401, "{\"status\":401,\"message\":\"Invalid token\"}", true, ERR_DENIED},
		{429, "{\"status\":429,\"message\":\"too many\"}", true, ERR_THROTTLED},
		{200, "<html>", true, ERR_PROTOCOL},
		{200, "{}", true, ERR_PROTOCOL},
		{200, "{\"cursor\":\"\"}", true, ERR_PROTOCOL},
		{200, "{\"cursor\":\"a&b\"}", true, ERR_PROTOCOL},
		{200, "{\"cursor\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		 true, ERR_PROTOCOL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(rig_stop) struct rig r = {0};
		char cursor[OP_CURSOR_SIZE] = "before";

		rig_start(&r, rows[i].status, rows[i].body);
		err_t e CLEANUP(err_freep) = op_wait_changes(r.client, cursor, 25, r.cancel);
		CHECK_MSG(rows[i].fails ? err_is(e, rows[i].kind) : !e, "%s", rows[i].body);
		CHECK_STR(cursor, rows[i].fails ? "before" : "a-1_Z");
	}
}

TEST(client, lists_vaults)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(op_vaults_release) struct op_vaults l = {0};

	rig_start(&r, 200, "[" VAULT ",\n" VAULT "]");
	CHECK_OK(op_list_vaults(r.client, r.cancel, &l));
	CHECK_INT(l.n, 2);
	CHECK_STR(l.v[1].name, "Ops");
	CHECK_INT(l.v[1].content_version, 3);
	CHECK_INT(http_fake_count(r.fake), 1);
	CHECK_STR(http_fake_line(r.fake, 0), "GET /v1/vaults");
	CHECK_STR(r.bearers.v[0], "token-1");
	CHECK_INT(r.max_bytes, OP_LIST_MAX);
}

TEST(client, lists_items)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(op_items_release) struct op_items l = {0};

	rig_start(&r, 200, "[" SUMMARY "," SUMMARY "," SUMMARY "]");
	CHECK_OK(op_list_items(r.client, ID_V, NULL, &l));
	CHECK_INT(l.n, 3);
	CHECK_STR(l.v[2].title, "DB");
	CHECK_STR(http_fake_line(r.fake, 0), "GET /v1/vaults/" ID_V "/items");
}

TEST(client, empty_lists_are_lists)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(op_items_release) struct op_items items = {0};
	CLEANUP(op_vaults_release) struct op_vaults vaults = {0};

	rig_start(&r, 200, "[]");
	CHECK_OK(op_list_items(r.client, ID_V, r.cancel, &items));
	CHECK_OK(op_list_vaults(r.client, r.cancel, &vaults));
	CHECK_INT(items.n + vaults.n, 0);
}

TEST(client, gets_an_item)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(item_freep) struct item *item = NULL;

	rig_start(&r, 200, ITEM);
	CHECK_OK(op_get_item(r.client, ID_V, ID_I, r.cancel, &item));
	CHECK_STR(secret_bytes(item->fields[0].value), "canary");
	CHECK_STR(http_fake_line(r.fake, 0), "GET /v1/vaults/" ID_V "/items/" ID_I);
	CHECK_INT(r.max_bytes, OP_ITEM_MAX);
}

TEST(client, refuses_another_item_than_the_one_asked_for)
{
	CLEANUP(rig_stop) struct rig r = {0};
	struct item *item = NULL;

	rig_start(&r, 200, ITEM);
	CHECK_ERR(op_get_item(r.client, ID_V, ID_J, r.cancel, &item), ERR_PROTOCOL);
	CHECK_ERR(op_get_item(r.client, ID_J, ID_I, r.cancel, &item), ERR_PROTOCOL);
	CHECK(!item);
}

TEST(client, asks_for_nothing_with_what_is_no_id)
{
	static const char *const wrong[] = {
		"", ".", "..", "a/b", ID_V "v", "vvvvvvvvvvvvvvvvvvvvvvvvv?", "VVVVVVVVVVVVVVVVVVVVVVVVVV"};
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 200, "[]");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct op_items l = {0};
		struct item *item = NULL;

		CHECK_ERR(op_list_items(r.client, wrong[i], r.cancel, &l), ERR_INVALID);
		CHECK_ERR(op_get_item(r.client, wrong[i], ID_I, r.cancel, &item), ERR_INVALID);
		CHECK_ERR(op_get_item(r.client, ID_V, wrong[i], r.cancel, &item), ERR_INVALID);
	}
	CHECK_INT(http_fake_count(r.fake), 0);
}

TEST(client, skips_no_malformed_element)
{
	static const struct {
		const char *body, *want;
	} cases[] = {
		{"[" SUMMARY ",{}]",
		 "list of items: element 1: item of a list: id is not an id of 26 characters a-z0-9"},
		{"[null]", "list of items: element 0: item of a list: not an object"},
		{"{}", "list of items: the answer is not what Connect gives: list: not a JSON array"},
		{"", "list of items: the answer is not what Connect gives: list: not a JSON array"},
		{"<html>", "list of items: the answer is not what Connect gives: list: not a JSON array"},
		{"[" SUMMARY, "list of items: the answer is not what Connect gives: list: not closed"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(rig_stop) struct rig r = {0};
		struct op_items l = {0};

		rig_start(&r, 200, cases[i].body);
		CLEANUP(err_freep) err_t e = op_list_items(r.client, ID_V, r.cancel, &l);
		CHECK_MSG(err_is(e, ERR_PROTOCOL) && l.n == 0, "%s", cases[i].body);
		CHECK_STR(err_text(e), cases[i].want);
	}
}

TEST(client, element_that_is_no_json_is_a_protocol_error)
{
	CLEANUP(rig_stop) struct rig r = {0};
	struct op_items items = {0};
	struct op_vaults vaults = {0};
	struct item *item = NULL;

	rig_start(&r, 200, "[{'canary'}]");
	CLEANUP(err_freep) err_t e = op_list_items(r.client, ID_V, r.cancel, &items);
	CHECK(err_is(e, ERR_PROTOCOL));
	CHECK(!strstr(err_text(e), "canary"));
	CHECK_ERR(op_list_vaults(r.client, r.cancel, &vaults), ERR_PROTOCOL);
	CHECK_ERR(op_get_item(r.client, ID_V, ID_I, r.cancel, &item), ERR_PROTOCOL);
}

TEST(client, statuses_become_errors_with_connects_message)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
		const char *want;
	} cases[] = {
		{401, "{\"status\":401,\"message\":\"Invalid token signature\"}", ERR_DENIED,
		 "status 401: Invalid token signature"},
		{403, "{\"status\":403,\"message\":\"vault x is not in scope\"}", ERR_DENIED,
		 "status 403: vault x is not in scope"},
		{400, "{\"status\":400,\"message\":\"Invalid Item UUID\"}", ERR_INVALID,
		 "status 400: Invalid Item UUID"},
		{404, "{\"status\":404,\"message\":\"item x not found\"}", ERR_NOT_FOUND,
		 "status 404: item x not found"},
		{404, "{\"message\":\"no Route matched\"}", ERR_PROTOCOL, "status 404: no Route matched"},
		{404, "{\"status\":\"404\",\"message\":\"m\"}", ERR_PROTOCOL, "status 404: m"},
		{404, "{\"status\":404}", ERR_PROTOCOL, "status 404: Not Found"},
		{404, "404 page not found\n", ERR_PROTOCOL, "status 404: Not Found"},
		{404, "", ERR_PROTOCOL, "status 404: Not Found"},
		{500, "{\"status\":500,\"message\":\"\"}", ERR_UNAVAILABLE,
		 "status 500: Internal Server Error"},
		{502, "<html>canary</html>", ERR_UNAVAILABLE, "status 502: Bad Gateway"},
		{503, "[]", ERR_UNAVAILABLE, "status 503: Service Unavailable"},
		{504, "", ERR_TIMEOUT, "status 504: Gateway Timeout"},
		{429, "", ERR_THROTTLED, "status 429: Too Many Requests"},
		{302, "", ERR_PROTOCOL, "status 302: Found"},
		{204, "", ERR_PROTOCOL, "status 204: No Content"},
		{418, "", ERR_PROTOCOL, "status 418: no message"},
		{409, "{\"status\":409,\"message\":\"m\"}", ERR_PROTOCOL, "status 409: m"},
		{410, "", ERR_PROTOCOL, "status 410: no message"},
		{500, "{\"status\":500,\"message\":\"a\\nb\\u001b[31m\"}", ERR_UNAVAILABLE,
		 "status 500: a?b?[31m"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(rig_stop) struct rig r = {0};
		struct item *item = NULL;

		rig_start(&r, cases[i].status, cases[i].body);
		CLEANUP(err_freep) err_t e = op_get_item(r.client, ID_V, ID_I, r.cancel, &item);
		CHECK_MSG(e && err_kind(e) == cases[i].kind && !item, "%s", cases[i].want);
		CHECK_STR(err_text(e), cases[i].want);
	}
}

TEST(client, long_messages_are_cut)
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(rig_stop) struct rig r = {0};
	struct op_vaults l = {0};

	strbuf_init(&body, 10000);
	strbuf_adds(&body, "{\"status\":500,\"message\":\"");
	for (int i = 0; i < 5000; i++)
		strbuf_addc(&body, 'x');
	strbuf_adds(&body, "\"}");
	rig_start(&r, 500, body.p);
	CLEANUP(err_freep) err_t e = op_list_vaults(r.client, r.cancel, &l);
	CHECK_INT(strlen(err_text(e)), strlen("status 500: ") + 512);
}

TEST(client, only_an_item_or_its_vault_can_be_missing)
{
	CLEANUP(rig_stop) struct rig r = {0};
	struct op_vaults vaults = {0};
	struct op_items items = {0};

	rig_start(&r, 404, "{\"status\":404,\"message\":\"not found\"}");
	CHECK_ERR(op_list_vaults(r.client, r.cancel, &vaults), ERR_PROTOCOL);
	CHECK_ERR(op_list_items(r.client, ID_V, r.cancel, &items), ERR_NOT_FOUND);
}

TEST(client, retry_after_is_carried)
{
	CLEANUP(rig_stop) struct rig r = {0};
	struct op_vaults l = {0};

	rig_start(&r, 429, "");
	r.retry_after_ms = 7000;
	CLEANUP(err_freep) err_t e = op_list_vaults(r.client, r.cancel, &l);
	CHECK_INT(err_retry_after_ms(e), 7000);
}

TEST(client, uses_a_new_token_from_the_next_request_on)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(secret_freep) struct secret *next = secret_from_str("\ttoken-2\r\n");
	CLEANUP(op_vaults_release) struct op_vaults l = {0};
	struct op_vaults again = {0};

	rig_start(&r, 200, "[]");
	CHECK_OK(op_list_vaults(r.client, r.cancel, &l));
	op_endpoint_set_token(r.endpoint, next);
	CHECK_OK(op_list_vaults(r.client, r.cancel, &again));
	CHECK_STR(r.bearers.v[0], "token-1");
	CHECK_STR(r.bearers.v[1], "token-2");
}

TEST(client, sends_what_writers_ask_for)
{
	CLEANUP(rig_stop) struct rig r = {0};
	CLEANUP(secret_freep) struct secret *body = secret_from_str("{\"title\":\"T\"}");
	CLEANUP(op_reply_release) struct op_reply reply = {0}, none = {0};
	const struct op_call put = {.method = "PUT",
				    .path = "/v1/vaults/" ID_V "/items/" ID_I,
				    .body = body,
				    .if_match = "\"3\""};

	rig_start(&r, 201, "{\"id\":\"" ID_I "\"}");
	CHECK_OK(op_send(r.client, &put, r.cancel, &reply));
	CHECK_STR(http_fake_line(r.fake, 0), "PUT /v1/vaults/" ID_V "/items/" ID_I);
	CHECK_STR(http_fake_body(r.fake, 0), "{\"title\":\"T\"}");
	CHECK_STR(jsonx_get_str(reply.json, "id"), ID_I);
	r.status = 204;
	r.body = "";
	CHECK_OK(op_send(r.client, &(struct op_call){.method = "DELETE", .path = put.path}, r.cancel, &none));
	CHECK(!none.json);
	r.status = 412;
	r.body = "{\"status\":412,\"message\":\"another version\"}";
	CLEANUP(err_freep) err_t e = op_send(r.client, &put, r.cancel, &none);
	CHECK(e && strstr(err_text(e), "status 412: another version"));
	CHECK(!strstr(err_text(e), "title"));
}

TEST(client, survives_every_fault)
{
	for (enum http_fault fault = HTTP_FAULT_NONE + 1; fault < HTTP_FAULT_END; fault++) {
		CLEANUP(rig_stop) struct rig r = {0};
		struct op_vaults vaults = {0};
		struct op_items items = {0};
		struct item *item = NULL;

		rig_start(&r, 200, "[" SUMMARY "]");
		http_fake_fault(r.fake, 0, 3, fault);
		CLEANUP(err_freep) err_t of_items = op_list_items(r.client, ID_V, r.cancel, &items);
		r.body = "[" VAULT "]";
		CLEANUP(err_freep) err_t of_vaults = op_list_vaults(r.client, r.cancel, &vaults);
		r.body = ITEM;
		CLEANUP(err_freep) err_t of_item = op_get_item(r.client, ID_V, ID_I, r.cancel, &item);
		CHECK_MSG(of_items && of_vaults && of_item, "fault %d", (int)fault);
		CHECK(items.n == 0 && vaults.n == 0 && !item);
		CHECK(!strstr(err_text(of_item), "canary"));
	}
}

TEST(client, does_nothing_once_canceled)
{
	CLEANUP(rig_stop) struct rig r = {0};
	struct op_vaults l = {0};

	rig_start(&r, 200, "[]");
	cancel_set(r.cancel);
	CHECK_ERR(op_list_vaults(r.client, r.cancel, &l), ERR_CANCELED);
}

TEST(client, no_error_is_left)
{
	op_client_free(NULL);
	op_endpoint_free(NULL);
	CHECK_INT(err_live(), 0);
}
