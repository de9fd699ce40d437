#include "onepassword/client.h"

#include "base/mem.h"
#include "onepassword/answer.h"
#include "onepassword/endpoint.h"
#include "onepassword/request.h"

#define FILE_WAIT_MS 1000

struct op_client *op_client_new_on(struct op_endpoint *e, struct http_transport *transport)
{
	struct op_client *c = MEM_NEW(struct op_client);

	c->endpoint = e;
	c->transport = transport;
	c->file_wait_ms = FILE_WAIT_MS;
	return c;
}

err_t op_client_new(struct op_endpoint *e, const struct op_observer *observer, struct op_client **out)
{
	struct http_transport *transport = NULL;

	TRY_(endpoint_connect(e, &transport));
	*out = op_client_new_on(e, transport);
	if (observer)
		(*out)->observer = *observer;
	return NULL;
}

void op_client_free(struct op_client *c)
{
	if (!c)
		return;
	http_transport_free(c->transport);
	mem_free(c);
}

void op_vaults_release(struct op_vaults *l)
{
	for (size_t i = 0; i < l->n; i++)
		opvault_release(&l->v[i]);
	mem_free(l->v);
	*l = (struct op_vaults){0};
}

void op_items_release(struct op_items *l)
{
	for (size_t i = 0; i < l->n; i++)
		item_summary_release(&l->v[i]);
	mem_free(l->v);
	*l = (struct op_items){0};
}

/* Room for one more element behind n; sizes are powers of two. */
static void *grown(void *v, size_t n, size_t size)
{
	const bool full = (n & (n - 1)) == 0;

	return full ? mem_grow(v, n > 0 ? 2 * n : 1, size) : v;
}

static err_t add_vault(void *arg, const struct jsonx *json)
{
	struct op_vaults *l = arg;

	l->v = grown(l->v, l->n, sizeof(*l->v));
	TRY_(opvault_parse(json, &l->v[l->n]));
	l->n++;
	return NULL;
}

static err_t add_item(void *arg, const struct jsonx *json)
{
	struct op_items *l = arg;

	l->v = grown(l->v, l->n, sizeof(*l->v));
	TRY_(item_summary_parse(json, &l->v[l->n]));
	l->n++;
	return NULL;
}

static NODISCARD err_t check_id(const char *what, const char *id)
{
	if (!onepassword_is_id(id))
		return err_new(ERR_INVALID, "%s id must be 26 characters a-z0-9", what);
	return NULL;
}

err_t op_list_vaults(struct op_client *c, struct cancel *cancel, struct op_vaults *out)
{
	const struct op_get get = {.route = "vaults", .path = "/v1/vaults", .max_bytes = OP_LIST_MAX};
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(op_vaults_release) struct op_vaults l = {0};

	TRY_(request_get(c, &get, cancel, &r));
	TRY_(answer_check(&r, false));
	TRY(answer_each(&r, add_vault, &l), "list of vaults");
	*out = l;
	l = (struct op_vaults){0};
	return NULL;
}

err_t op_list_items(struct op_client *c, const char *vault_id, struct cancel *cancel, struct op_items *out)
{
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items", vault_id);
	const struct op_get get = {.route = "items", .path = path, .max_bytes = OP_LIST_MAX};
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(op_items_release) struct op_items l = {0};

	TRY_(check_id("vault", vault_id));
	TRY_(request_get(c, &get, cancel, &r));
	TRY_(answer_check(&r, true));
	TRY(answer_each(&r, add_item, &l), "list of items");
	*out = l;
	l = (struct op_items){0};
	return NULL;
}

err_t op_get_item(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		  struct item **out)
{
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items/%s", vault_id, item_id);
	const struct op_get get = {.route = "item", .path = path, .max_bytes = OP_ITEM_MAX};
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	CLEANUP(item_freep) struct item *item = NULL;

	TRY_(check_id("vault", vault_id));
	TRY_(check_id("item", item_id));
	TRY_(request_get(c, &get, cancel, &r));
	TRY_(answer_check(&r, true));
	TRY_(answer_json(&r, &json));
	TRY_(item_parse(json, &item));
	/* A cache in between that mixes up its answers must not put one item's values into another's Secret.
	 */
	if (!streq(item->id, item_id) || !streq(item->vault_id, vault_id))
		return err_new(ERR_PROTOCOL, "the answer is about another item than %s of vault %s", item_id,
			       vault_id);
	*out = TAKE(item);
	return NULL;
}

err_t op_get_document(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		      struct jsonx **out)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};
	CLEANUP(http_response_release) struct http_response r = {0};
	struct op_get get = {.route = "vaults", .max_bytes = OP_LIST_MAX};

	strbuf_init(&path, 128);
	strbuf_adds(&path, "/v1/vaults");
	if (vault_id) {
		TRY_(check_id("vault", vault_id));
		strbuf_addf(&path, "/%s/items", vault_id);
		get.route = "items";
	}
	if (item_id) {
		TRY_(check_id("item", item_id));
		strbuf_addf(&path, "/%s", item_id);
		get.route = "item";
	}
	get.path = path.p;
	TRY_(request_get(c, &get, cancel, &r));
	TRY_(answer_check(&r, vault_id));
	return answer_json(&r, out);
}

err_t op_get_text(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		  struct secret **out)
{
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items/%s", vault_id, item_id);
	const struct op_get get = {.route = "item", .path = path, .max_bytes = OP_ITEM_MAX};
	CLEANUP(http_response_release) struct http_response r = {0};

	TRY_(check_id("vault", vault_id));
	TRY_(check_id("item", item_id));
	TRY_(request_get(c, &get, cancel, &r));
	TRY_(answer_check(&r, true));
	*out = TAKE(r.body);
	return NULL;
}
