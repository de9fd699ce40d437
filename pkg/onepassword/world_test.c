#include "onepassword/world_test.h"

#include "base/mem.h"
#include "base/sync.h"

#include <stdio.h>
#include <string.h>

static struct world_vault *vault_of(struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_vaults; i++) {
		if (streq(w->vaults[i].id, id))
			return &w->vaults[i];
	}
	return NULL;
}

static struct world_item *item_of(struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_items; i++) {
		if (streq(w->items[i].id, id))
			return &w->items[i];
	}
	return NULL;
}

static void add_created(struct strbuf *b, int day)
{
	if (day > 0)
		strbuf_addf(b, ",\"createdAt\":\"2020-01-%02dT00:00:00Z\"", day);
	strbuf_adds(b, "}");
}

static void answer_vaults(struct world *w, struct strbuf *b)
{
	strbuf_addc(b, '[');
	for (size_t i = 0; i < w->n_vaults; i++) {
		const struct world_vault *v = &w->vaults[i];

		strbuf_addf(b, "%s{\"id\":\"%s\",\"name\":\"%s\",\"contentVersion\":%d", i > 0 ? "," : "",
			    v->id, v->name, v->content_version);
		add_created(b, v->created_day);
	}
	strbuf_addc(b, ']');
}

static void answer_items(struct world *w, const char *vault_id, struct strbuf *b)
{
	const char *comma = "";

	strbuf_addc(b, '[');
	for (size_t i = 0; i < w->n_items; i++) {
		const struct world_item *item = &w->items[i];

		if (!streq(item->vault_id, vault_id))
			continue;
		strbuf_addf(b, "%s{\"id\":\"%s\",\"title\":\"%s\",\"version\":%d,\"tags\":[\"%s\"]", comma,
			    item->id, item->title, item->version, item->tag);
		add_created(b, item->created_day);
		comma = ",";
	}
	strbuf_addc(b, ']');
}

static void answer_item(const struct world_item *item, struct strbuf *b)
{
	strbuf_addf(b, "{\"id\":\"%s\",\"title\":\"%s\",\"version\":%d,\"vault\":{\"id\":\"%s\"}}", item->id,
		    item->title, item->version, item->vault_id);
}

static void answer_error(int status, const char *message, struct http_response *out)
{
	CLEANUP(mem_freep) char *body = mem_printf("{\"status\":%d,\"message\":\"%s\"}", status, message);

	http_fake_answer(out, status, body);
}

/* The answer is ready but does not arrive. */
static void hold(struct world *w, const char *path)
{
	while (streq(w->held, path)) {
		w->n_held++;
		(void)pthread_cond_broadcast(&w->changed);
		sync_cond_wait(&w->changed, &w->mutex);
		w->n_held--;
	}
}

static void answer_path(struct world *w, const char *path, struct http_response *out)
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	char vault_id[27] = "", item_id[27] = "";

	strbuf_init(&body, 1 << 20);
	if (streq(w->denied, path)) {
		answer_error(403, "not in scope", out);
		return;
	}
	if (streq(path, "/v1/vaults")) {
		answer_vaults(w, &body);
		http_fake_answer(out, 200, body.p);
		return;
	}
	CHECK(sscanf(path, "/v1/vaults/%26[a-z0-9]/items/%26[a-z0-9]", vault_id, item_id) >= 1);
	if (!vault_of(w, vault_id)) {
		answer_error(404, "vault not found", out);
		return;
	}
	if (*item_id)
		answer_item(item_of(w, item_id), &body);
	else
		answer_items(w, vault_id, &body);
	http_fake_answer(out, 200, body.p);
}

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct world *w = arg;

	SYNC_SCOPE(&w->mutex);
	answer_path(w, req->path, out);
	hold(w, req->path);
	return NULL;
}

void world_start(struct world *w)
{
	CLEANUP(secret_freep) struct secret *token = secret_from_str("t");

	*w = (struct world){.cancel = cancel_new(NULL), .catalog = catalog_new()};
	sync_mutex_init(&w->mutex);
	sync_cond_init(&w->changed);
	w->fake = http_fake_new(answer, w);
	CHECK_OK(op_endpoint_new("http://connect", token, &w->endpoint));
	w->client = world_client(w);
}

void world_stop(struct world *w)
{
	while (w->n_items > 0)
		world_del_item(w, w->items[0].id);
	while (w->n_vaults > 0)
		world_del_vault(w, w->vaults[0].id);
	catalog_free(w->catalog);
	op_client_free(w->client);
	op_endpoint_free(w->endpoint);
	http_fake_free(w->fake);
	cancel_free(w->cancel);
	mem_free(w->denied);
	mem_free(w->held);
	sync_cond_destroy(&w->changed);
	sync_mutex_destroy(&w->mutex);
}

struct op_client *world_client(struct world *w)
{
	return op_client_new_on(w->endpoint, http_fake_transport(w->fake));
}

void world_add_vault(struct world *w, const char *id, const char *name, int created_day)
{
	SYNC_SCOPE(&w->mutex);
	CHECK(w->n_vaults < ARRAY_LEN(w->vaults));
	w->vaults[w->n_vaults++] = (struct world_vault){mem_strdup(id), mem_strdup(name), created_day, 1};
}

void world_del_vault(struct world *w, const char *id)
{
	SYNC_SCOPE(&w->mutex);
	struct world_vault *v = vault_of(w, id);

	mem_free(v->id);
	mem_free(v->name);
	w->n_vaults--;
	memmove(v, v + 1, (size_t)(w->vaults + w->n_vaults - v) * sizeof(*v));
}

static void bump(struct world *w, const char *vault_id, int by)
{
	struct world_vault *v = vault_of(w, vault_id);

	if (v)
		v->content_version += by;
}

void world_bump(struct world *w, const char *vault_id, int by)
{
	SYNC_SCOPE(&w->mutex);
	bump(w, vault_id, by);
}

void world_add_item(struct world *w, const char *vault_id, const char *id, const char *title, int created_day)
{
	SYNC_SCOPE(&w->mutex);
	CHECK(w->n_items < ARRAY_LEN(w->items));
	w->items[w->n_items++] = (struct world_item){mem_strdup(vault_id), mem_strdup(id), mem_strdup(title),
						     mem_strdup(""),       created_day,    1};
	bump(w, vault_id, 1);
}

void world_del_item(struct world *w, const char *id)
{
	SYNC_SCOPE(&w->mutex);
	struct world_item *i = item_of(w, id);

	bump(w, i->vault_id, 1);
	mem_free(i->vault_id);
	mem_free(i->id);
	mem_free(i->title);
	mem_free(i->tag);
	w->n_items--;
	memmove(i, i + 1, (size_t)(w->items + w->n_items - i) * sizeof(*i));
}

void world_set_item(struct world *w, const char *id, const char *title, const char *tag, int version)
{
	SYNC_SCOPE(&w->mutex);
	struct world_item *i = item_of(w, id);

	mem_free(i->title);
	mem_free(i->tag);
	i->title = mem_strdup(title);
	i->tag = mem_strdup(tag);
	i->version = version;
	bump(w, i->vault_id, 1);
}

void world_set_version_silently(struct world *w, const char *id, int version)
{
	SYNC_SCOPE(&w->mutex);
	item_of(w, id)->version = version;
}

void world_deny(struct world *w, const char *path)
{
	SYNC_SCOPE(&w->mutex);
	mem_free(w->denied);
	w->denied = mem_strdup(path);
}

void world_hold(struct world *w, const char *path)
{
	SYNC_SCOPE(&w->mutex);
	mem_free(w->held);
	w->held = mem_strdup(path);
	(void)pthread_cond_broadcast(&w->changed);
}

void world_wait_held(struct world *w)
{
	SYNC_SCOPE(&w->mutex);
	while (w->n_held == 0)
		sync_cond_wait(&w->changed, &w->mutex);
}

size_t world_requests(struct world *w)
{
	const size_t n = http_fake_count(w->fake);

	http_fake_forget(w->fake);
	return n;
}

void world_expect(struct world *w, const char *all)
{
	CLEANUP(strbuf_release) struct strbuf got = {0};

	strbuf_init(&got, 10000);
	for (size_t i = 0; i < http_fake_count(w->fake); i++)
		strbuf_addf(&got, "%s%s", i > 0 ? " " : "", http_fake_line(w->fake, i) + strlen("GET "));
	http_fake_forget(w->fake);
	CHECK_STR(got.p, all);
}

err_t world_lookup(struct world *w, const char *path, struct resolution *out, bool *out_unknown)
{
	CLEANUP(item_path_release) struct item_path p = {0};

	CHECK_OK(item_path_parse(path, &p));
	return catalog_lookup(w->catalog, &p, out, out_unknown);
}

err_t world_resolve(struct world *w, const char *path, int64_t max_age_ms, struct resolution *out)
{
	CLEANUP(item_path_release) struct item_path p = {0};

	CHECK_OK(item_path_parse(path, &p));
	return catalog_resolve(w->catalog, w->client, &p, max_age_ms, w->cancel, out);
}

void world_note(struct world *w, const char *vault_id, const char *id, int64_t version, const char *tag)
{
	CLEANUP(item_freep) struct item *item = MEM_NEW(struct item);

	item->vault_id = mem_strdup(vault_id);
	item->id = mem_strdup(id);
	item->version = version;
	strv_add(&item->tags, tag);
	catalog_note_item(w->catalog, item);
}

bool world_poll(struct world *w, bool full)
{
	bool moved = false;

	CHECK_OK(catalog_poll(w->catalog, w->client, full, w->cancel, &moved));
	return moved;
}

const char *world_look(struct world *w, const char *path)
{
	static _Thread_local char text[64];
	struct resolution r = {0};
	bool unknown = false;
	CLEANUP(err_freep) err_t e = world_lookup(w, path, &r, &unknown);

	if (e)
		(void)snprintf(text, sizeof(text), "%s", err_kind_name(err_kind(e)));
	else if (unknown)
		(void)snprintf(text, sizeof(text), "?");
	else
		(void)snprintf(text, sizeof(text), "%c %lld %d", r.item_id[0], (long long)r.version,
			       r.steady_polls);
	return text;
}
