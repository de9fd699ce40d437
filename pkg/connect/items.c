#include "base/mem.h"
#include "connect/call.h"
#include "connect/etag.h"
#include "connect/filter.h"
#include "connect/item_body.h"
#include "connect/item_json.h"
#include "connect/patch.h"
#include "onepassword/fold.h"

#include <string.h>

/* Bytes of an item's document: more than a request may have. */
#define PATCHED_MAX ((size_t)8 << 20)

struct listing {
	const struct filter *filter;
	struct jsonw w;
	size_t n;
};

static bool has_tag(const struct filter *f, const struct strv *tags)
{
	for (size_t i = 0; i < tags->n; i++) {
		if (filter_matches_text(f, tags->v[i]))
			return true;
	}
	return false;
}

static NODISCARD err_t list_item(void *arg, const struct vault_item *item)
{
	struct listing *l = arg;
	const bool matches = l->filter->attribute == FILTER_TAG ? has_tag(l->filter, &item->tags)
								: filter_matches_text(l->filter, item->title);

	if (matches)
		item_json_summary(&l->w, item);
	l->n += matches;
	return NULL;
}

/* Whether the client has the newest list: every change of an item moves the version of its vault's content.
 */
static NODISCARD err_t is_known(struct call *c, bool *out)
{
	CLEANUP(vault_info_release) struct vault_info vault = {0};

	*out = false;
	if (str_empty(c->req->if_none_match))
		return NULL;
	TRY_(vault_read(c->connect->options.store, c->access, call_vault_id(c), &vault));
	*out = etag_is_among(c->req->if_none_match, vault.content_version);
	if (!*out)
		return NULL;
	etag_set(c->reply, vault.content_version);
	http_reply_status(c->reply, 304);
	return NULL;
}

static NODISCARD err_t list_items(struct call *c, const struct filter *filter)
{
	const bool by_title = filter->attribute == FILTER_TITLE && filter->op == FILTER_EQUALS;
	struct listing l = {.filter = filter};
	int64_t version = 0;

	call_json(c, &l.w);
	jsonw_array(&l.w);
	err_t e = vault_items_find(c->connect->options.store, c->access, call_vault_id(c),
				   by_title ? filter->value : NULL, list_item, &l, &version);
	if (!e)
		etag_set(c->reply, version);
	TRY_(call_without_damage(c, l.n > 0, e));
	jsonw_end_array(&l.w);
	return jsonw_done(&l.w);
}

err_t handle_item_list(struct call *c)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, "filter");
	CLEANUP(filter_release) struct filter filter = {0};
	bool known = false;

	TRY_(call_enter_vault(c, VAULT_READ, "read"));
	TRY_(filter_parse(text, true, &filter));
	TRY_(is_known(c, &known));
	return known ? NULL : list_items(c, &filter);
}

err_t handle_item_get(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_READ, "read"));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	etag_set(c->reply, item.version);
	if (etag_is_among(c->req->if_none_match, item.version)) {
		http_reply_status(c->reply, 304);
		return NULL;
	}
	call_json(c, &w);
	item_json_full(&w, &item, item.version);
	return jsonw_done(&w);
}

/* By its id, else the first of that label. */
static const struct vault_item_field *find_field(const struct vault_item *item, const char *name)
{
	for (size_t i = 0; i < item->n_fields; i++)
		if (streq(item->fields[i].id, name))
			return &item->fields[i];
	for (size_t i = 0; i < item->n_fields; i++)
		if (fold_equal(item->fields[i].label, name))
			return &item->fields[i];
	return NULL;
}

err_t handle_field_get(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	const struct vault_item_field *field;
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_READ, "read"));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	field = find_field(&item, c->params[2]);
	if (!field)
		return err_new(ERR_NOT_FOUND, "the item has no field of that id or label");
	etag_set(c->reply, item.version);
	call_json(c, &w);
	item_json_field(&w, &item, field);
	return jsonw_done(&w);
}

/* The answer to a write. */
static NODISCARD err_t answer(struct call *c, const struct vault_item *item, int64_t version)
{
	struct jsonw w;

	call_json(c, &w);
	if (call_may_read(c))
		item_json_full(&w, item, version);
	else
		item_json_receipt(&w, item, version);
	return jsonw_done(&w);
}

err_t handle_item_create(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};

	TRY_(call_enter_vault(c, VAULT_WRITE, "create"));
	TRY_(item_body_parse(c->req->body, c->req->body_len, &item));
	TRY_(vault_item_create(c->connect->options.store, c->access, call_vault_id(c), &item));
	object_id_set(c->made_id, item.id);
	etag_set(c->reply, item.version);
	return answer(c, &item, item.version);
}

static NODISCARD err_t not_that_version(struct call *c)
{
	return call_fail(c, 412, "item %s has another version than If-Match asks for", call_item_id(c));
}

static NODISCARD err_t replace(struct call *c, struct vault_item *item)
{
	int64_t version = 0;

	TRY_(call_if_match(c, &version));
	CLEANUP(err_freep)
	err_t e = vault_item_replace(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
				     version, item);
	if (err_is(e, ERR_CONFLICT))
		return not_that_version(c);
	return TAKE(e);
}

err_t handle_item_replace(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};

	TRY_(call_enter_item(c, VAULT_WRITE, "update"));
	TRY_(item_body_parse_replacement(c->req->body, c->req->body_len, call_vault_id(c), call_item_id(c),
					 &item));
	TRY_(replace(c, &item));
	/* Clients of 1Password's server rely on getting the number from before, and expect the next GET to
	 * show one more. */
	return answer(c, &item, item.version - 1);
}

/* doc after one more operation, in its place. */
static NODISCARD err_t apply(struct jsonx **doc, const struct jsonx *operation)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(PATCHED_MAX);
	struct jsonx *next = NULL;

	TRY_(patch_apply(*doc, operation, text));
	TRY_(jsonx_parse(secret_bytes(text), secret_len(text), &next));
	jsonx_free(*doc);
	*doc = next;
	return NULL;
}

static NODISCARD err_t document_of(const struct vault_item *item, struct jsonx **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(PATCHED_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	item_json_full(&w, item, item->version);
	TRY_(jsonw_done(&w));
	return jsonx_parse(secret_bytes(text), secret_len(text), out);
}

/* All operations, or none of them. */
static NODISCARD err_t patched(const struct vault_item *item, const struct jsonx *operations,
			       struct vault_item *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(document_of(item, &doc));
	for (size_t i = 0; i < jsonx_len(operations); i++)
		TRY(apply(&doc, jsonx_at(operations, i)), "operation %zu", i);
	return item_body_read(doc, out);
}

static NODISCARD err_t parse_operations(struct call *c, struct jsonx **out)
{
	TRY(jsonx_parse(c->req->body, c->req->body_len, out), "the body is no JSON");
	if (jsonx_type(*out) != JSONX_ARRAY)
		return err_new(ERR_INVALID,
			       "a patch is a list of operations: [{\"op\", \"path\", \"value\"}]");
	if (jsonx_len(*out) > PATCH_OPERATIONS_MAX)
		return err_new(ERR_INVALID, "a patch has at most %d operations", PATCH_OPERATIONS_MAX);
	return NULL;
}

/* What a patch does depends on what is there, and its errors tell: so it needs the right to read as well. */
err_t handle_item_patch(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0}, changed = {0};
	CLEANUP(jsonx_freep) struct jsonx *operations = NULL;
	int64_t version = 0;

	TRY_(call_enter_item(c, VAULT_WRITE, "update"));
	TRY_(call_need(c, VAULT_READ, "read"));
	TRY_(parse_operations(c, &operations));
	TRY_(call_if_match(c, &version));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	if (version && version != item.version)
		return not_that_version(c);
	if (jsonx_len(operations) == 0)
		return answer(c, &item, item.version);
	TRY_(patched(&item, operations, &changed));
	CLEANUP(err_freep)
	err_t e = vault_item_replace(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
				     item.version, &changed);
	if (err_is(e, ERR_CONFLICT))
		return call_fail(c, 409, "item %s was changed meanwhile; patch it again", call_item_id(c));
	TRY_(TAKE(e));
	return answer(c, &changed, changed.version - 1);
}

err_t handle_item_delete(struct call *c)
{
	int64_t version = 0;

	TRY_(call_enter_item(c, VAULT_WRITE, "delete"));
	TRY_(call_if_match(c, &version));
	CLEANUP(err_freep)
	err_t e = vault_item_delete(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
				    version);
	if (err_is(e, ERR_CONFLICT))
		return not_that_version(c);
	TRY_(TAKE(e));
	http_reply_status(c->reply, 204);
	return NULL;
}
