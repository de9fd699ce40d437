#include "base/mem.h"
#include "connect/resolver.h"
#include "onepassword/referent.h"

#include <string.h>

#define REFERENCES_MAX 500

/* What one reference gives. */
struct resolved {
	struct secret *value;
	bool is_file;
};

static void resolved_release(struct resolved *r)
{
	secret_free(r->value);
}

static NODISCARD err_t read_file(struct call *c, const struct jsonx *item, const struct jsonx *file,
				 struct secret **out)
{
	CLEANUP(vault_file_content_release) struct vault_file_content content = {0};

	TRY_(vault_file_read(c->connect->options.store, c->access,
			     jsonx_get_str(jsonx_get(item, "vault"), "id"), jsonx_get_str(item, "id"),
			     jsonx_get_str(file, "id"), &content));
	*out = TAKE(content.bytes);
	return NULL;
}

static NODISCARD err_t resolve(struct resolver *r, const char *text, struct resolved *out)
{
	CLEANUP(op_reference_release) struct op_reference ref = {0};
	const struct jsonx *item = NULL;
	struct referent to;

	TRY_(op_reference_parse(text, &ref));
	TRY_(resolver_item(r, &ref, &item));
	to = referent_find(item, &ref);
	if (!to.field && !to.file)
		return err_new(ERR_NOT_FOUND, "the item has no field or file of that name or id");
	if (to.file && ref.attribute == OP_ATTRIBUTE_VALUE) {
		out->is_file = true;
		return read_file(r->call, item, to.file, &out->value);
	}
	out->value = secret_new(VAULT_FILE_MAX);
	return referent_add(&to, ref.attribute, out->value);
}

/* Others are about the whole request. */
static bool is_about_the_reference(const struct err *e)
{
	return err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_INVALID) || err_is(e, ERR_PROTOCOL);
}

static void write_failure(struct jsonw *w, const struct call *c, const struct err *e)
{
	const int status = call_status_of(c, e);

	jsonw_kobject(w, "error");
	jsonw_kint(w, "status", status);
	jsonw_kstr(w, "message", status >= 500 ? "Something went wrong" : err_text(e));
	jsonw_end_object(w);
}

static void write_value(struct jsonw *w, const struct resolved *r)
{
	const char *p;
	size_t len;

	secret_view(r->value, &p, &len);
	jsonw_key(w, r->is_file ? "content" : "value");
	if (r->is_file)
		jsonw_base64(w, p, len);
	else
		jsonw_strn(w, p, len);
}

static NODISCARD err_t write_one(struct jsonw *w, struct resolver *r, const char *text)
{
	CLEANUP(resolved_release) struct resolved resolved = {0};
	CLEANUP(err_freep) err_t e = resolve(r, text, &resolved);

	if (e && !is_about_the_reference(e))
		return TAKE(e);
	TRY_(resolver_count(r, strlen(text) + secret_len(resolved.value)));
	jsonw_object(w);
	jsonw_kstr(w, "reference", text);
	if (e)
		write_failure(w, r->call, e);
	else
		write_value(w, &resolved);
	jsonw_end_object(w);
	return NULL;
}

static NODISCARD err_t parse_body(struct call *c, struct jsonx **out_body, const struct jsonx **out_list)
{
	TRY(jsonx_parse(c->req->body, c->req->body_len, out_body), "the body is no JSON");
	*out_list = jsonx_get(*out_body, "references");
	if (jsonx_type(*out_list) != JSONX_ARRAY)
		return err_new(ERR_INVALID, "references: must be a list of secret references: "
					    "{\"references\": [\"op://vault/item/field\"]}");
	if (jsonx_len(*out_list) > REFERENCES_MAX)
		return err_new(ERR_INVALID, "references: at most %d in one request", REFERENCES_MAX);
	for (size_t i = 0; i < jsonx_len(*out_list); i++)
		if (!jsonx_str(jsonx_at(*out_list, i)))
			return err_new(ERR_INVALID, "references[%zu]: must be a text", i);
	return NULL;
}

err_t handle_resolve(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(resolver_release) struct resolver r = {0};
	const struct jsonx *list = NULL;
	struct jsonw w;

	TRY_(call_authenticate(c));
	TRY_(parse_body(c, &body, &list));
	TRY_(resolver_init(&r, c));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_karray(&w, "results");
	for (size_t i = 0; i < jsonx_len(list); i++)
		TRY_(write_one(&w, &r, jsonx_str(jsonx_at(list, i))));
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
