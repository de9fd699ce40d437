#include "base/mem.h"
#include "connect/call.h"
#include "connect/filter.h"
#include "connect/item_body.h"
#include "connect/item_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct listing {
	const struct filter *filter;
	struct jsonw w;
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
	return NULL;
}

err_t handle_item_list(struct call *c)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, "filter");
	CLEANUP(filter_release) struct filter filter = {0};
	struct listing l = {.filter = &filter};

	TRY_(call_enter_vault(c, VAULT_READ, "read"));
	TRY_(filter_parse(text, true, &filter));
	call_json(c, &l.w);
	jsonw_array(&l.w);
	TRY_(vault_items_each(c->connect->options.store, c->access, call_vault_id(c), list_item, &l));
	jsonw_end_array(&l.w);
	return jsonw_done(&l.w);
}

static void set_etag(struct call *c, int64_t version)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "\"%" PRId64 "\"", version);
	http_reply_header(c->reply, "ETag", text);
}

/* The version that If-Match asks for; 0 for none. */
static NODISCARD err_t wanted_version(struct call *c, int64_t *out)
{
	const char *text = c->req->if_match;
	const size_t len = strlen(text);

	*out = 0;
	if (len == 0 || streq(text, "*"))
		return NULL;
	CLEANUP(mem_freep) char *number = len > 2 ? mem_strndup(text + 1, len - 2) : mem_strdup("");
	if (text[0] != '"' || text[len - 1] != '"' || !str_to_int(number, 1, INT64_MAX, out))
		return call_fail(c, 412, "If-Match is not the ETag of an item");
	return NULL;
}

err_t handle_item_get(struct call *c)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct jsonw w;

	TRY_(call_enter_item(c, VAULT_READ, "read"));
	TRY_(vault_item_read(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c), &item));
	set_etag(c, item.version);
	call_json(c, &w);
	item_json_full(&w, &item, item.version);
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
	set_etag(c, item.version);
	return answer(c, &item, item.version);
}

static NODISCARD err_t replace(struct call *c, struct vault_item *item)
{
	int64_t version = 0;

	TRY_(wanted_version(c, &version));
	CLEANUP(err_freep)
	err_t e = vault_item_replace(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c),
				     version, item);
	if (err_is(e, ERR_CONFLICT))
		return call_fail(c, 412, "item %s has another version than If-Match asks for",
				 call_item_id(c));
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

err_t handle_item_delete(struct call *c)
{
	TRY_(call_enter_item(c, VAULT_WRITE, "delete"));
	TRY_(vault_item_delete(c->connect->options.store, c->access, call_vault_id(c), call_item_id(c)));
	http_reply_status(c->reply, 204);
	return NULL;
}
