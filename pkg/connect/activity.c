#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "connect/call.h"
#include "connect/json_member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The activity of Connect: what the token itself did. Others' is for administrators. */
#define LIMIT_DEFAULT 50
#define LIMIT_MAX 1000
#define UUID_SIZE 37

struct activity {
	const struct call *call;
	struct jsonw *w;
	int64_t offset, limit;
	int64_t total;
};

/* Clients expect UUIDs where we have ids: the same id always gives the same one (RFC 9562, version 8). */
static void uuid_of(const char *text, char out[UUID_SIZE])
{
	uint8_t d[CRYPTO_SHA256_LEN];

	crypto_sha256(text, strlen(text), d);
	d[6] = (uint8_t)(0x80 | (d[6] & 0x0f));
	d[8] = (uint8_t)(0x80 | (d[8] & 0x3f));
	(void)snprintf(out, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		       d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13],
		       d[14], d[15]);
}

static void write_actor(struct jsonw *w, const struct call *c, const struct usage_row *r)
{
	char id[UUID_SIZE];

	uuid_of(r->actor_id, id);
	jsonw_kobject(w, "actor");
	jsonw_kstr(w, "id", id);
	jsonw_kstr(w, "account", vault_store_server_id(c->connect->options.store));
	jsonw_kstr(w, "jti", r->actor_id);
	jsonw_kstr(w, "userAgent", r->user_agent);
	/* Two descriptions of the API name it differently. */
	jsonw_kstr(w, "requestIp", r->address);
	jsonw_kstr(w, "ip", r->address);
	jsonw_end_object(w);
}

static void write_id(struct jsonw *w, const char *key, const char *id)
{
	if (str_empty(id))
		return;
	jsonw_kobject(w, key);
	jsonw_kstr(w, "id", id);
	jsonw_end_object(w);
}

static void write_request(const struct activity *a, const struct usage_row *r)
{
	CLEANUP(mem_freep) char *name = mem_printf("%s/%" PRId64, r->actor_id, r->number);
	char id[UUID_SIZE];
	struct jsonw *w = a->w;

	uuid_of(name, id);
	jsonw_object(w);
	jsonw_kstr(w, "requestId", id);
	json_member_time(w, "timestamp", r->at_ms);
	jsonw_kstr(w, "action", r->action);
	jsonw_kstr(w, "result", r->result);
	write_actor(w, a->call, r);
	jsonw_kobject(w, "resource");
	jsonw_kstr(w, "type", str_empty(r->item_id) ? "VAULT" : "ITEM");
	write_id(w, "vault", r->vault_id);
	write_id(w, "item", r->item_id);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

/* What failed for another reason than rights has no name in this API. */
static NODISCARD err_t add_row(void *arg, const struct usage_row *r)
{
	struct activity *a = arg;

	if (streq(r->result, "FAIL"))
		return NULL;
	if (a->total >= a->offset && a->total < a->offset + a->limit)
		write_request(a, r);
	a->total++;
	return NULL;
}

static NODISCARD err_t read_number(const struct call *c, const char *name, int64_t max, int64_t *out)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, name);

	if (text && !str_to_int(text, 0, max, out))
		return err_new(ERR_INVALID, "%s must be a number from 0 to %" PRId64, name, max);
	return NULL;
}

static void set_range(const struct call *c, const struct activity *a)
{
	const int64_t end = a->offset + a->limit < a->total ? a->offset + a->limit : a->total;
	CLEANUP(mem_freep)
	char *range = a->offset < end
			      ? mem_printf("%" PRId64 "-%" PRId64 "/%" PRId64, a->offset + 1, end, a->total)
			      : mem_printf("*/%" PRId64, a->total);

	http_reply_header(c->reply, "Content-Range", range);
}

err_t handle_activity(struct call *c)
{
	const struct connect_options *o = &c->connect->options;
	struct jsonw w;
	struct activity a = {.call = c, .w = &w, .limit = LIMIT_DEFAULT};

	TRY_(call_authenticate(c));
	TRY_(read_number(c, "limit", LIMIT_MAX, &a.limit));
	TRY_(read_number(c, "offset", INT64_MAX / 2, &a.offset));
	if (o->usage)
		TRY_(usage_log_flush(o->usage)); /* it shows what was answered before */
	call_json(c, &w);
	jsonw_array(&w);
	TRY_(usage_of_token(o->store, c->access, add_row, &a));
	jsonw_end_array(&w);
	set_range(c, &a);
	return jsonw_done(&w);
}
