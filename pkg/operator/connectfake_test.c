#include "operator/connectfake_test.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"

#include <stdio.h>

#define FILE_ID "ffffffffffffffffffffffffff"

void connectfake_init(struct connectfake *c)
{
	*c = (struct connectfake){
		.items = {{.id = CONNECT_ITEM, .title = "Database", .version = 1, .values = 1},
			  {.id = CONNECT_OTHER, .title = "Other", .version = 1, .values = 1}},
		.content_version = 1};
}

static struct connectitem *find(struct connectfake *c, const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(c->items); i++)
		if (streq(c->items[i].id, id))
			return &c->items[i];
	return NULL;
}

void connectfake_touch(struct connectfake *c, const char *id)
{
	find(c, id)->version++;
	c->content_version++;
}

void connectfake_rotate(struct connectfake *c, const char *id)
{
	connectfake_touch(c, id);
	find(c, id)->values = find(c, id)->version;
}

void connectfake_expect(const char *id, int values, struct strbuf *out)
{
	strbuf_addf(out, "cert.pem=" CANARY "-file-%c%d\n", *id, values);
	if (values == 1)
		strbuf_adds(out, "legacy=" CANARY "-legacy\n");
	strbuf_addf(out, "password=" CANARY "-%c%d\n", *id, values);
	strbuf_addf(out, "username=" CANARY "-admin\n");
}

static void answer_error(int status, const char *message, struct http_response *out)
{
	char *body CLEANUP(mem_freep) = mem_printf("{\"status\":%d,\"message\":\"%s\"}", status, message);

	http_fake_answer(out, status, body);
}

static void answer_vaults(const struct connectfake *c, struct http_response *out)
{
	char *body CLEANUP(mem_freep) =
		mem_printf("[{\"id\":\"" CONNECT_VAULT "\",\"name\":\"Team\",\"contentVersion\":%d}]",
			   c->content_version);

	http_fake_answer(out, 200, body);
}

static const char *tags_of(const struct connectitem *item)
{
	return item->ignored ? "\"operator.1password.io:ignore-secret\"" : "";
}

static void answer_items(const struct connectfake *c, struct http_response *out)
{
	struct strbuf body CLEANUP(strbuf_release) = {0};

	strbuf_init(&body, 65536);
	strbuf_addc(&body, '[');
	for (size_t i = 0; i < ARRAY_LEN(c->items); i++) {
		const struct connectitem *item = &c->items[i];

		if (item->gone)
			continue;
		strbuf_addf(&body, "%s{\"id\":\"%s\",\"title\":\"%s\",\"version\":%d,\"tags\":[%s]}",
			    body.len > 1 ? "," : "", item->id, item->title, item->version, tags_of(item));
	}
	strbuf_addc(&body, ']');
	http_fake_answer(out, 200, body.p);
}

static void answer_empty(const struct connectitem *item, struct http_response *out)
{
	char *body CLEANUP(mem_freep) =
		mem_printf("{\"id\":\"%s\",\"title\":\"%s\",\"version\":%d,"
			   "\"vault\":{\"id\":\"" CONNECT_VAULT "\"}%s}",
			   item->id, item->title, item->version, item->hollow ? item->hollow : "");

	http_fake_answer(out, 200, body);
}

static void answer_item(const struct connectitem *item, struct http_response *out)
{
	const int version = item->version - item->behind, values = item->values - item->behind;
	struct strbuf body CLEANUP(strbuf_release) = {0};

	strbuf_init(&body, 65536);
	strbuf_addf(&body,
		    "{\"id\":\"%s\",\"title\":\"%s\",\"version\":%d,\"vault\":{\"id\":\"" CONNECT_VAULT "\"},"
		    "\"tags\":[%s],\"category\":\"LOGIN\",\"fields\":["
		    "{\"id\":\"username\",\"label\":\"username\",\"value\":\"" CANARY "-admin\"},"
		    "{\"id\":\"password\",\"label\":\"password\",\"value\":\"" CANARY "-%c%d\"}",
		    item->id, item->title, version, tags_of(item), *item->id, values);
	if (values == 1)
		strbuf_adds(&body, ",{\"id\":\"l\",\"label\":\"legacy\",\"value\":\"" CANARY "-legacy\"}");
	if (item->label)
		strbuf_addf(&body, ",{\"id\":\"m\",\"label\":\"%s\",\"value\":\"" CANARY "-more\"}",
			    item->label);
	strbuf_addf(&body, "],\"files\":[{\"id\":\"" FILE_ID "\",\"name\":\"cert.pem\",\"size\":14}]}");
	http_fake_answer(out, 200, body.p);
}

void connectfake_answer(const struct connectfake *c, const struct http_request *req,
			struct http_response *out)
{
	char id[27] = "", rest[80] = "", file[32];

	CHECK_STR(req->method, "GET");
	if (c->out) {
		answer_error(503, "not ready", out);
		return;
	}
	if (streq(req->path, "/v1/vaults")) {
		if (c->no_vaults)
			http_fake_answer(out, 200, "[]");
		else
			answer_vaults(c, out);
		return;
	}
	if (streq(req->path, "/v1/vaults/" CONNECT_VAULT "/items")) {
		answer_items(c, out);
		return;
	}
	sscanf(req->path, "/v1/vaults/" CONNECT_VAULT "/items/%26[a-z]%79s", id, rest);
	for (size_t i = 0; i < ARRAY_LEN(c->items); i++) {
		const struct connectitem *item = &c->items[i];

		if (item->gone || !streq(item->id, id))
			continue;
		if (!*rest) {
			(item->empty ? answer_empty : answer_item)(item, out);
			return;
		}
		CHECK_STR(rest, "/files/" FILE_ID "/content");
		snprintf(file, sizeof(file), CANARY "-file-%c%d", *item->id, item->values);
		http_fake_answer(out, 200, file);
		out->connect_version = mem_strdup("1.8.1");
		return;
	}
	answer_error(404, "item not found", out);
}
