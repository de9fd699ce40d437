#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include "onepassword/request.h"

#include <string.h>

#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ID_I "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define ID_F "ffffffffffffffffffffffffff"
#define ID_G "gggggggggggggggggggggggggg"
#define OWN_PATH "/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_F "/content"

struct rig {
	int failures;     /* answers of status 500 that come first */
	bool then_cancel; /* at the first of them */
	char *body;       /* of every file */
	bool by_a_proxy;  /* which answers 200 */
	struct http_fake *fake;
	struct op_endpoint *endpoint;
	struct op_client *client;
	struct cancel *cancel;
	struct item item;
	struct item_file files[6];
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct rig *r = arg;

	CHECK_INT(req->max_bytes, OP_FILE_MAX);
	if (r->failures == 0) {
		http_fake_answer(out, 200, r->body);
		out->connect_version = mem_strdup(r->by_a_proxy ? NULL : "1.8.1");
		return NULL;
	}
	r->failures--;
	http_fake_answer(out, 500, "{\"status\":500,\"message\":\"not synced\"}");
	if (r->then_cancel)
		cancel_set(r->cancel);
	return NULL;
}

static char *text_of(size_t len)
{
	char *s = mem_alloc(len + 1);

	memset(s, 'x', len);
	s[len] = '\0';
	return s;
}

static void rig_start(struct rig *r, size_t n_files, const char *content_path, size_t len)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");

	*r = (struct rig){.body = text_of(len), .cancel = cancel_new(NULL)};
	r->fake = http_fake_new(answer, r);
	CHECK_OK(op_endpoint_new("http://connect", token, &r->endpoint));
	r->client = op_client_new_on(r->endpoint, http_fake_transport(r->fake));
	r->client->file_wait_ms = 1;
	for (size_t i = 0; i < n_files; i++)
		r->files[i] = (struct item_file){.id = mem_strdup(ID_F),
						 .name = mem_strdup("a.txt"),
						 .content_path = mem_strdup(content_path)};
	r->item = (struct item){.id = mem_strdup(ID_I), .vault_id = mem_strdup(ID_V)};
	r->item.files = r->files;
	r->item.n_files = n_files;
}

static void rig_stop(struct rig *r)
{
	for (size_t i = 0; i < r->item.n_files; i++) {
		mem_free(r->files[i].id);
		mem_free(r->files[i].name);
		mem_free(r->files[i].content_path);
		secret_free(r->files[i].content);
	}
	mem_free(r->item.id);
	mem_free(r->item.vault_id);
	op_client_free(r->client);
	op_endpoint_free(r->endpoint);
	http_fake_free(r->fake);
	cancel_free(r->cancel);
	mem_free(r->body);
}

TEST(files, are_loaded_once)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 2, "", 3);
	CHECK_OK(op_load_files(r.client, &r.item, r.cancel));
	CHECK_STR(secret_bytes(r.files[0].content), "xxx");
	CHECK_STR(secret_bytes(r.files[1].content), "xxx");
	CHECK_INT(http_fake_count(r.fake), 2);
	CHECK_OK(op_load_files(r.client, &r.item, r.cancel));
	CHECK_INT(http_fake_count(r.fake), 2);
}

TEST(files, of_an_item_without_any_cost_nothing)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 0, "", 0);
	CHECK_OK(op_load_files(r.client, &r.item, r.cancel));
	CHECK_INT(http_fake_count(r.fake), 0);
}

TEST(files, are_not_what_a_proxy_answers)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 10);
	r.by_a_proxy = true;
	CHECK_ERR(op_load_files(r.client, &r.item, r.cancel), ERR_PROTOCOL);
	CHECK(!r.files[0].content);
}

TEST(files, may_be_empty)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 0);
	CHECK_OK(op_load_files(r.client, &r.item, r.cancel));
	CHECK(r.files[0].content);
	CHECK_INT(secret_len(r.files[0].content), 0);
}

TEST(files, are_asked_for_where_a_files_content_can_be)
{
	static const struct {
		const char *content_path, *want;
	} cases[] = {
		{OWN_PATH, OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content",
		 "/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content"},
		{"", OWN_PATH},
		{"v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"https://elsewhere/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"@elsewhere/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"//elsewhere/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"/v2/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"/v1/vault/" ID_V "/items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"/v1/vaults/../items/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"/v1/vaults/" ID_V "/item/" ID_I "/files/" ID_G "/content", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/%2e%2e/files/" ID_G "/content", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/file/" ID_G "/content", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/g/content", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/contents", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content?x=1", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G "/content/", OWN_PATH},
		{"/v1/vaults/" ID_V "/items/" ID_I "/files/" ID_G, OWN_PATH},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(rig_stop) struct rig r = {0};

		rig_start(&r, 1, cases[i].content_path, 1);
		CHECK_OK(op_load_files(r.client, &r.item, r.cancel));
		CHECK(str_has_prefix(http_fake_line(r.fake, 0), "GET "));
		CHECK_STR(http_fake_line(r.fake, 0) + strlen("GET "), cases[i].want);
	}
}

TEST(files, not_yet_synced_are_asked_for_again)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 1);
	r.failures = 4;
	CHECK_OK(op_load_files(r.client, &r.item, NULL));
	CHECK_INT(http_fake_count(r.fake), 5);
}

TEST(files, never_synced_are_an_error_after_five_attempts)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 1);
	r.failures = 99;
	CLEANUP(err_freep) err_t e = op_load_files(r.client, &r.item, r.cancel);
	CHECK(err_is(e, ERR_UNAVAILABLE));
	CHECK_STR(err_text(e), "file \"a.txt\": status 500: not synced");
	CHECK_INT(http_fake_count(r.fake), 5);
}

TEST(files, wait_ends_with_a_cancel)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 1);
	r.client->file_wait_ms = 3600 * 1000;
	r.failures = 99;
	r.then_cancel = true;
	CHECK_ERR(op_load_files(r.client, &r.item, r.cancel), ERR_CANCELED);
	CHECK_INT(http_fake_count(r.fake), 1);
}

TEST(files, too_large_are_named)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", OP_FILE_MAX + 1);
	CLEANUP(err_freep) err_t answered = op_load_files(r.client, &r.item, r.cancel);
	CHECK(err_is(answered, ERR_TOO_LARGE));
	CHECK(str_has_prefix(err_text(answered), "file \"a.txt\": "));
	CHECK_INT(http_fake_count(r.fake), 1);

	r.files[0].size = OP_FILE_MAX + 1;
	CLEANUP(err_freep) err_t announced = op_load_files(r.client, &r.item, r.cancel);
	CHECK(err_is(announced, ERR_TOO_LARGE));
	CHECK_STR(err_text(announced), "file \"a.txt\": larger than 1048576 bytes");
	CHECK_INT(http_fake_count(r.fake), 1);
}

TEST(files, have_a_ceiling_together)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 4, "", OP_FILE_MAX);
	CHECK_OK(op_load_files(r.client, &r.item, r.cancel));

	CLEANUP(rig_stop) struct rig more = {0};

	rig_start(&more, 5, "", OP_FILE_MAX);
	CHECK_ERR(op_load_files(more.client, &more.item, more.cancel), ERR_TOO_LARGE);
}

/* The item exists all the same: its own 404 is another one. */
TEST(files, missing_are_no_missing_item)
{
	CLEANUP(rig_stop) struct rig r = {0};

	rig_start(&r, 1, "", 1);
	http_fake_fault(r.fake, 0, 1, HTTP_FAULT_404);
	CHECK_ERR(op_load_files(r.client, &r.item, r.cancel), ERR_PROTOCOL);
}

TEST(files, survive_every_fault)
{
	for (enum http_fault fault = HTTP_FAULT_NONE + 1; fault < HTTP_FAULT_END; fault++) {
		CLEANUP(rig_stop) struct rig r = {0};

		rig_start(&r, 2, "", 4);
		http_fake_fault(r.fake, 1, 5, fault);
		/* Half of a file is a file; that it came whole is what the HTTP client sees to. */
		const bool unseen = fault == HTTP_FAULT_TRUNCATED;
		CLEANUP(err_freep) err_t e = op_load_files(r.client, &r.item, r.cancel);
		CHECK_MSG(unseen == !e, "fault %d", (int)fault);
		CHECK_STR(secret_bytes(r.files[0].content), "xxxx");
		CHECK(unseen == !!r.files[1].content);
	}
}

TEST(files, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
