#include "base/mem.h"
#include "connect/call.h"
#include "connect/item_json.h"
#include "http/http.h"

#include <string.h>

#define NAME_MAX_BYTES 255

static bool wants_inline(const struct call *c)
{
	/* Two descriptions of the API name it differently. */
	return call_wants(c, "inline_files") || call_wants(c, "inline_content");
}

static NODISCARD err_t write_file(struct call *c, struct jsonw *w, const struct vault_item *item,
				  const struct vault_item_file *file)
{
	CLEANUP(mem_freep) char *name = NULL;
	CLEANUP(secret_freep) struct secret *content = NULL;

	if (wants_inline(c)) {
		if ((size_t)file->size > c->connect->options.max_inline_bytes)
			return call_fail(c, 413,
					 "File is too large to inline in request. Use the "
					 "/v1/vaults/%s/items/%s/files/%s/content endpoint instead.",
					 item->vault_id, item->id, file->id);
		TRY_(vault_file_read(c->connect->options.store, c->access, item->vault_id, item->id, file->id,
				     &name, &content));
	}
	item_json_file(w, item, file, content);
	return NULL;
}

err_t handle_file_list(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_READ, "read"));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < item.n_files; i++)
		TRY_(write_file(c, &w, &item, &item.files[i]));
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t answer_file(struct call *c, const struct vault_item *item, const char *file_id)
{
	struct jsonw w;

	for (size_t i = 0; i < item->n_files; i++) {
		if (!streq(item->files[i].id, file_id))
			continue;
		call_json(c, &w);
		TRY_(write_file(c, &w, item, &item->files[i]));
		return jsonw_done(&w);
	}
	return err_new(ERR_NOT_FOUND, "file %s not found", file_id);
}

static NODISCARD err_t enter_file(struct call *c)
{
	TRY_(call_enter_item(c, VAULT_READ, "read"));
	if (!object_id_is_valid(c->params[2]))
		return err_new(ERR_INVALID, "Invalid File UUID");
	return NULL;
}

err_t handle_file_get(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};

	TRY_(enter_file(c));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	return answer_file(c, &item, c->params[2]);
}

/* RFC 6266: a quoted name for all, and the exact one for those that are not plain ASCII. */
static void set_disposition(struct call *c, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf value = {0};
	bool is_plain = true;

	strbuf_init(&value, 8 * (NAME_MAX_BYTES + 1));
	strbuf_adds(&value, "attachment; filename=\"");
	for (const char *p = name; *p; p++) {
		const bool plain = *p >= ' ' && *p <= '~' && *p != '"' && *p != '\\';

		strbuf_addc(&value, plain ? *p : '_');
		is_plain = is_plain && plain;
	}
	strbuf_addc(&value, '"');
	if (!is_plain) {
		strbuf_adds(&value, "; filename*=UTF-8''");
		http_add_encoded(&value, name);
	}
	http_reply_header(c->reply, "Content-Disposition", value.p);
}

err_t handle_file_content(struct call *c)
{
	CLEANUP(mem_freep) char *name = NULL;
	CLEANUP(secret_freep) struct secret *content = NULL;

	TRY_(enter_file(c));
	TRY_(vault_file_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
			     c->params[2], &name, &content));
	set_disposition(c, name);
	return call_text(c, "application/octet-stream", secret_bytes(content), secret_len(content));
}

static NODISCARD err_t check_name(const char *name)
{
	const size_t len = strlen(name);

	if (len > NAME_MAX_BYTES || streq(name, ".") || streq(name, ".."))
		return err_new(ERR_INVALID, "the name of a file has 1 to %d bytes", NAME_MAX_BYTES);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == '/' || name[i] == 0x7f)
			return err_new(ERR_INVALID,
				       "the name of a file has no '/' and no control characters");
	}
	return NULL;
}

err_t handle_file_put(struct call *c)
{
	char file_id[OBJECT_ID_SIZE];
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_WRITE, "update"));
	TRY_(check_name(c->params[2]));
	TRY_(vault_file_put(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
			    c->params[2], c->req->body, c->req->body_len, file_id));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_kstr(&w, "id", file_id);
	jsonw_kstr(&w, "name", c->params[2]);
	jsonw_kint(&w, "size", (int64_t)c->req->body_len);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
