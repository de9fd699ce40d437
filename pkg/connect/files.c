#include "base/mem.h"
#include "connect/call.h"
#include "connect/etag.h"
#include "connect/item_body.h"
#include "connect/item_json.h"
#include "connect/range.h"
#include "http/http.h"

#include <stdio.h>
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
	CLEANUP(vault_file_content_release) struct vault_file_content content = {0};

	if (wants_inline(c)) {
		if ((size_t)file->size > c->connect->options.max_inline_bytes)
			return call_fail(c, 413,
					 "File is too large to inline in request. Use the "
					 "/v1/vaults/%s/items/%s/files/%s/content endpoint instead.",
					 item->vault_id, item->id, file->id);
		TRY_(vault_file_read(c->connect->options.store, c->access, item->vault_id, item->id, file->id,
				     &content));
	}
	item_json_file(w, item, file, content.bytes);
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

static NODISCARD err_t enter_file(struct call *c, enum vault_right right, const char *doing)
{
	TRY_(call_enter_item(c, right, doing));
	if (!object_id_is_valid(c->params[2]))
		return err_new(ERR_INVALID, "Invalid File UUID");
	return NULL;
}

err_t handle_file_get(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};

	TRY_(enter_file(c, VAULT_READ, "read"));
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

static NODISCARD err_t answer_range(struct call *c, const struct secret *content, size_t first, size_t last)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "bytes %zu-%zu/%zu", first, last, secret_len(content));
	http_reply_header(c->reply, "Content-Range", text);
	TRY_(call_text(c, "application/octet-stream", secret_bytes(content) + first, last - first + 1));
	http_reply_status(c->reply, 206);
	return NULL;
}

static NODISCARD err_t answer_content(struct call *c, const struct vault_file_content *file)
{
	const struct secret *content = file->bytes;
	const size_t len = secret_len(content);
	/* A part is of use to its client only when it has the rest of these bytes. */
	const bool may_be_part =
		str_empty(c->req->if_range) || etag_is_exactly(c->req->if_range, file->version);
	size_t first = 0, last = 0;
	char text[64];

	http_reply_header(c->reply, "Accept-Ranges", "bytes");
	switch (range_of(may_be_part ? c->req->range : "", len, &first, &last)) {
	case RANGE_PART:
		return answer_range(c, content, first, last);
	case RANGE_OUTSIDE:
		(void)snprintf(text, sizeof(text), "bytes */%zu", len);
		http_reply_header(c->reply, "Content-Range", text);
		return call_fail(c, 416, "the file has %zu bytes, none of them in that range", len);
	case RANGE_WHOLE:
	default:
		return call_text(c, "application/octet-stream", secret_bytes(content), len);
	}
}

err_t handle_file_content(struct call *c)
{
	CLEANUP(vault_file_content_release) struct vault_file_content file = {0};

	TRY_(enter_file(c, VAULT_READ, "read"));
	TRY_(vault_file_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
			     c->params[2], &file));
	etag_set(c->reply, file.version);
	if (etag_is_among(c->req->if_none_match, file.version)) {
		http_reply_status(c->reply, 304);
		return NULL;
	}
	set_disposition(c, file.name);
	return answer_content(c, &file);
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

/* What must be there for a write: If-Match, or If-None-Match: * for a file that there is not yet. */
static NODISCARD err_t wanted_version(struct call *c, int64_t *out)
{
	TRY_(call_if_match(c, out));
	if (streq(c->req->if_match, "*"))
		*out = VAULT_FILE_THERE;
	else if (*out == 0 && streq(c->req->if_none_match, "*"))
		*out = VAULT_FILE_NEW;
	return NULL;
}

static NODISCARD err_t conflict_is_412(struct call *c, err_t e)
{
	if (!err_is(e, ERR_CONFLICT))
		return e;
	err_free(e);
	return call_fail(c, 412, "the file is not the one that If-Match or If-None-Match asks for");
}

err_t handle_file_put(struct call *c)
{
	char file_id[OBJECT_ID_SIZE];
	int64_t version = 0;
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_WRITE, "update"));
	TRY_(check_name(c->params[2]));
	TRY_(wanted_version(c, &version));
	TRY_(conflict_is_412(c, vault_file_put(c->connect->options.store, c->access, call_vault_id(c),
					       call_item_id(c), c->params[2], version, c->req->body,
					       c->req->body_len, file_id)));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_kstr(&w, "id", file_id);
	jsonw_kstr(&w, "name", c->params[2]);
	jsonw_kint(&w, "size", (int64_t)c->req->body_len);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t handle_file_delete(struct call *c)
{
	int64_t version = 0;

	TRY_(enter_file(c, VAULT_WRITE, "update"));
	TRY_(call_if_match(c, &version));
	TRY_(conflict_is_412(c, vault_file_delete(c->connect->options.store, c->access, call_vault_id(c),
						  call_item_id(c), c->params[2], version)));
	http_reply_status(c->reply, 204);
	return NULL;
}

/* The title, the file's name and tags are parameters, since the body is the file. */
static NODISCARD err_t read_document(const struct call *c, struct vault_item *out, char **out_name)
{
	CLEANUP(mem_freep) char *title = router_query(c->req->query, "title");
	CLEANUP(mem_freep) char *name = router_query(c->req->query, "name");
	CLEANUP(mem_freep) char *tags = router_query(c->req->query, "tags");

	if (str_empty(name))
		return err_new(ERR_INVALID, "name: the name of the file is missing");
	TRY(check_name(name), "name");
	TRY_(item_body_document(str_empty(title) ? name : title, tags ? tags : "", out));
	*out_name = TAKE(name);
	return NULL;
}

err_t handle_document_create(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	CLEANUP(mem_freep) char *name = NULL;
	struct jsonw w;

	TRY_(call_enter_vault(c, VAULT_WRITE, "create"));
	TRY_(read_document(c, &item, &name));
	TRY_(vault_document_create(c->connect->options.store, c->access, call_vault_id(c), name, c->req->body,
				   c->req->body_len, &item));
	object_id_set(c->made_id, item.id);
	call_json(c, &w);
	if (call_may_read(c))
		item_json_full(&w, &item, item.version);
	else
		item_json_receipt(&w, &item, item.version);
	return jsonw_done(&w);
}
