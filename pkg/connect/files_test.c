#include "connect/rest.h"

#include "base/mem.h"

#include <string.h>

static char *file_path(const struct rest *t, const char *item_id, const char *rest)
{
	return mem_printf("/v1/vaults/%s/items/%s/files%s", t->vault_id, item_id, rest);
}

static void upload(struct rest *t, const char *item_id, const char *name, const char *p, size_t len,
		   char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/%s", t->vault_id, item_id, name);
	CLEANUP(answer_release) struct answer a = rest_call_with(t, t->rw, "PUT", path, "", p, len);

	CHECK_INT(a.status, 200);
	CHECK_INT(jsonx_get_int(a.json, "size", 0), len);
	object_id_set(out_id, jsonx_get_str(a.json, "id"));
}

TEST(files, of_an_item_without_any_are_an_empty_list)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	CLEANUP(mem_freep) char *path = file_path(&t, id, "/");
	CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "GET", path, NULL);
	CHECK_INT(a.status, 200);
	CHECK_STR(a.body, "[]");
	CLEANUP(mem_freep) char *missing = file_path(&t, id, "/zzzzzzzzzzzzzzzzzzzzzzzzzz");
	CLEANUP(answer_release) struct answer none = rest_call(&t, t.r, "GET", missing, NULL);
	check_error(&none, 404, "file zzzzzzzzzzzzzzzzzzzzzzzzzz not found");
	CLEANUP(mem_freep) char *content = file_path(&t, id, "/zzzzzzzzzzzzzzzzzzzzzzzzzz/content");
	CLEANUP(answer_release) struct answer gone = rest_call(&t, t.r, "GET", content, NULL);
	check_error(&gone, 404, "file zzzzzzzzzzzzzzzzzzzzzzzzzz not found");
}

TEST(files, are_described_and_downloaded_as_they_were_uploaded)
{
	static const char bytes[] = "\x00\xff-----BEGIN";
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "priv%20key.pem", bytes, sizeof(bytes), file_id);
	CLEANUP(mem_freep) char *list_path = file_path(&t, id, "");
	CLEANUP(answer_release) struct answer list = rest_call(&t, t.r, "GET", list_path, NULL);
	const struct jsonx *file = jsonx_at(list.json, 0);
	CHECK_STR(jsonx_get_str(file, "id"), file_id);
	CHECK_STR(jsonx_get_str(file, "name"), "priv key.pem");
	CHECK_INT(jsonx_get_int(file, "size", 0), sizeof(bytes));
	CHECK(!jsonx_get(file, "content"));
	/* Clients append it to the address of the server. */
	CLEANUP(answer_release)
	struct answer content = rest_call(&t, t.r, "GET", jsonx_get_str(file, "content_path"), NULL);
	CHECK_INT(content.status, 200);
	CHECK(content.body_len == sizeof(bytes) && memcmp(content.body, bytes, sizeof(bytes)) == 0);
	CHECK(strstr(content.head, "Content-Type: application/octet-stream\r\n"));
	CHECK(strstr(content.head, "Content-Disposition: attachment; filename=\"priv key.pem\"\r\n"));
	CHECK(strstr(content.head, "Content-Length: 13\r\n"));
	CLEANUP(mem_freep) char *item_path = mem_printf("/items/%s", id);
	CLEANUP(answer_release) struct answer item = rest_vault(&t, t.r, "GET", item_path, NULL);
	CHECK_STR(jsonx_get_str(jsonx_at(jsonx_get(item.json, "files"), 0), "id"), file_id);
	CHECK_INT(jsonx_get_int(item.json, "version", 0), 2);
}

TEST(files, are_inlined_up_to_the_limit)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE], large[101] = {0};

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "small", "abc", 3, file_id);
	CLEANUP(mem_freep)
	char *path =
		mem_printf("/v1/vaults/%s/items/%s/files/%s?inline_content=true", t.vault_id, id, file_id);
	CLEANUP(answer_release) struct answer one = rest_call(&t, t.r, "GET", path, NULL);
	CHECK_STR(jsonx_get_str(one.json, "content"), "YWJj");
	CLEANUP(mem_freep) char *list_path = file_path(&t, id, "?inline_files=true");
	CLEANUP(answer_release) struct answer list = rest_call(&t, t.r, "GET", list_path, NULL);
	CHECK_STR(jsonx_get_str(jsonx_at(list.json, 0), "content"), "YWJj");
	upload(&t, id, "large", large, sizeof(large), file_id);
	CLEANUP(answer_release) struct answer over = rest_call(&t, t.r, "GET", list_path, NULL);
	CHECK_INT(over.status, 413);
	CHECK(str_has_prefix(jsonx_get_str(over.json, "message"),
			     "File is too large to inline in request. Use the "));
}

TEST(files, names_from_elsewhere_do_no_harm)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "%22%C3%BC.txt", "x", 1, file_id);
	CLEANUP(mem_freep)
	char *path = mem_printf("/v1/vaults/%s/items/%s/files/%s/content", t.vault_id, id, file_id);
	CLEANUP(answer_release) struct answer a = rest_call(&t, t.r, "GET", path, NULL);
	CHECK(strstr(
		a.head,
		"Content-Disposition: attachment; filename=\"___.txt\"; filename*=UTF-8''%22%C3%BC.txt\r\n"));
	static const char *const bad[] = {"a%2Fb", "..", "%0D%0Ax"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(mem_freep)
		char *put =
			mem_printf("/connect-server/v1/vaults/%s/items/%s/files/%s", t.vault_id, id, bad[i]);
		CLEANUP(answer_release) struct answer refused = rest_call(&t, t.rw, "PUT", put, "x");

		CHECK_INT(refused.status, 400);
	}
	CLEANUP(mem_freep)
	char *put = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/x", t.vault_id, id);
	CLEANUP(answer_release) struct answer reader = rest_call(&t, t.r, "PUT", put, "x");
	CHECK_INT(reader.status, 403);
	CHECK_INT(err_live(), 0);
}

TEST(files, a_range_of_the_content_can_be_asked_for)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "file", "0123456789", 10, file_id);
	CLEANUP(mem_freep) char *below = mem_printf("/%s/content", file_id);
	CLEANUP(mem_freep) char *path = file_path(&t, id, below);
	CLEANUP(answer_release)
	struct answer part = rest_call_with(&t, t.r, "GET", path, "Range: bytes=2-4\r\n", NULL, 0);
	CHECK_INT(part.status, 206);
	CHECK_STR(part.body, "234");
	CHECK(strstr(part.head, "Content-Range: bytes 2-4/10\r\n"));
	CLEANUP(answer_release)
	struct answer outside = rest_call_with(&t, t.r, "GET", path, "Range: bytes=10-\r\n", NULL, 0);
	check_error(&outside, 416, "the file has 10 bytes, none of them in that range");
	CHECK(strstr(outside.head, "Content-Range: bytes */10\r\n"));
	CLEANUP(answer_release) struct answer whole = rest_call(&t, t.r, "GET", path, NULL);
	CHECK_INT(whole.status, 200);
	CHECK_STR(whole.body, "0123456789");
	CHECK(strstr(whole.head, "Accept-Ranges: bytes\r\n"));
}

TEST(files, that_changed_are_sent_whole_and_the_same_not_again)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE], other_id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "file", "0123456789", 10, file_id);
	upload(&t, id, "other", "x", 1, other_id);
	CLEANUP(mem_freep) char *below = mem_printf("/%s/content", file_id);
	CLEANUP(mem_freep) char *path = file_path(&t, id, below);
	CLEANUP(answer_release)
	struct answer same = rest_call_with(&t, t.r, "GET", path, "If-None-Match: \"2\"\r\n", NULL, 0);
	CHECK_INT(same.status, 304);
	CHECK_INT(same.body_len, 0);
	CHECK(strstr(same.head, "ETag: \"2\"\r\n"));
	CLEANUP(answer_release)
	struct answer rest =
		rest_call_with(&t, t.r, "GET", path, "Range: bytes=8-\r\nIf-Range: \"2\"\r\n", NULL, 0);
	CHECK_INT(rest.status, 206);
	CHECK_STR(rest.body, "89");
	upload(&t, id, "file", "abcdefghij", 10, file_id);
	CLEANUP(answer_release)
	struct answer changed =
		rest_call_with(&t, t.r, "GET", path, "Range: bytes=8-\r\nIf-Range: \"2\"\r\n", NULL, 0);
	CHECK_INT(changed.status, 200);
	CHECK_STR(changed.body, "abcdefghij");
}

TEST(files, are_taken_away_one_by_one)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "first", "1", 1, first);
	upload(&t, id, "second", "22", 2, second);
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/%s", t.vault_id, id, first);
	CLEANUP(answer_release) struct answer denied = rest_call(&t, t.r, "DELETE", path, NULL);
	CHECK_INT(denied.status, 403);
	CLEANUP(answer_release) struct answer gone = rest_call(&t, t.rw, "DELETE", path, NULL);
	CHECK_INT(gone.status, 204);
	CLEANUP(answer_release) struct answer again = rest_call(&t, t.rw, "DELETE", path, NULL);
	CHECK_INT(again.status, 404);
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", id);
	CLEANUP(answer_release) struct answer item = rest_vault(&t, t.r, "GET", below, NULL);
	CHECK_INT(jsonx_get_int(item.json, "version", 0), 4);
	CHECK_INT(jsonx_len(jsonx_get(item.json, "files")), 1);
	CLEANUP(mem_freep) char *content_below = mem_printf("/%s/content", second);
	CLEANUP(mem_freep) char *content_path = file_path(&t, id, content_below);
	CLEANUP(answer_release) struct answer content = rest_call(&t, t.r, "GET", content_path, NULL);
	CHECK_STR(content.body, "22");
}

TEST(files, a_document_is_made_with_its_file)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/vaults/%s/documents?title=Root+CA&name=ca.pem&tags=a,b",
				t.vault_id);
	CLEANUP(mem_freep) char *nameless = mem_printf("/connect-server/v1/vaults/%s/documents", t.vault_id);
	CLEANUP(answer_release) struct answer a = rest_call_with(&t, t.rw, "POST", path, "", "pem", 3);
	CHECK_INT(a.status, 200);
	CHECK_STR(jsonx_get_str(a.json, "category"), "DOCUMENT");
	CHECK_STR(jsonx_get_str(a.json, "title"), "Root CA");
	CHECK_INT(jsonx_len(jsonx_get(a.json, "tags")), 2);
	const struct jsonx *file = jsonx_at(jsonx_get(a.json, "files"), 0);
	CHECK_STR(jsonx_get_str(file, "name"), "ca.pem");
	CLEANUP(answer_release)
	struct answer content = rest_call(&t, t.r, "GET", jsonx_get_str(file, "content_path"), NULL);
	CHECK_STR(content.body, "pem");
	/* Its title may be changed as that of any item. */
	CLEANUP(mem_freep) char *below = mem_printf("/items/%s", jsonx_get_str(a.json, "id"));
	CLEANUP(answer_release)
	struct answer patched = rest_vault(&t, t.rw, "PATCH", below,
					   "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"CA\"}]");
	CHECK_INT(patched.status, 200);
	CLEANUP(answer_release) struct answer item = rest_vault(&t, t.r, "GET", below, NULL);
	CHECK_STR(jsonx_get_str(item.json, "title"), "CA");
	CHECK_INT(jsonx_len(jsonx_get(item.json, "files")), 1);
	CLEANUP(answer_release) struct answer bad = rest_call_with(&t, t.rw, "POST", nameless, "", "x", 1);
	check_error(&bad, 400, "name: the name of the file is missing");
	CHECK_INT(err_live(), 0);
}

static void check_status(struct rest *t, const char *method, const char *path, const char *header, int status)
{
	CLEANUP(answer_release) struct answer a = rest_call_with(t, t->rw, method, path, header, "new", 3);

	CHECK_MSG(a.status == status, "%s %s: %d, not %d", method, header, a.status, status);
}

TEST(files, are_written_and_taken_away_only_as_the_conditions_say)
{
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "one", id);
	upload(&t, id, "file", "old", 3, file_id);
	CLEANUP(mem_freep)
	char *file = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/file", t.vault_id, id);
	CLEANUP(mem_freep)
	char *other = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/other", t.vault_id, id);
	CLEANUP(mem_freep)
	char *by_id = mem_printf("/connect-server/v1/vaults/%s/items/%s/files/%s", t.vault_id, id, file_id);

	check_status(&t, "PUT", file, "If-None-Match: *\r\n", 412);
	check_status(&t, "PUT", file, "If-Match: \"1\"\r\n", 412);
	check_status(&t, "PUT", file, "If-Match: file\r\n", 412);
	check_status(&t, "PUT", file, "If-Match: \"2\"\r\n", 200); /* now it has version 3 */
	check_status(&t, "PUT", other, "If-Match: \"2\"\r\n", 412);
	check_status(&t, "PUT", other, "If-Match: *\r\n", 412);
	check_status(&t, "PUT", other, "If-None-Match: *\r\n", 200);
	check_status(&t, "PUT", other, "If-Match: *\r\n", 200);
	check_status(&t, "DELETE", by_id, "If-Match: \"2\"\r\n", 412);
	check_status(&t, "DELETE", by_id, "If-Match: \"3\"\r\n", 204);
}
