#include "base/clock.h"
#include "base/mem.h"
#include "connect/admin.h"
#include "connect/json_member.h"
#include "vault/token_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 10000
#define CSV_MAX ((size_t)16 << 20)

/* The filter with the texts of the query that it borrows. */
struct query {
	struct usage_filter filter;
	char *texts[5];
};

static void query_release(struct query *q)
{
	for (size_t i = 0; i < ARRAY_LEN(q->texts); i++)
		mem_free(q->texts[i]);
}

static NODISCARD err_t read_number(const char *query, const char *name, int64_t max, int64_t *out)
{
	CLEANUP(mem_freep) char *text = router_query(query, name);

	if (text && !str_to_int(text, 1, max, out))
		return err_new(ERR_INVALID, "\"%s\" must be a number from 1 to %" PRId64, name, max);
	return NULL;
}

static NODISCARD err_t read_time(const char *query, const char *name, int64_t *out)
{
	CLEANUP(mem_freep) char *text = router_query(query, name);

	if (text && !clock_parse_rfc3339(text, out))
		return err_new(ERR_INVALID, "\"%s\" must be a time such as 2026-01-31T00:00:00Z", name);
	return NULL;
}

static NODISCARD err_t read_query(const struct call *c, struct query *q)
{
	static const char *const names[] = {"token", "vault", "item", "result", "action"};
	struct usage_filter *f = &q->filter;
	const char **const places[] = {&f->actor_id, &f->vault_id, &f->item_id, &f->result, &f->action};
	int64_t limit = LIMIT_DEFAULT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		*places[i] = q->texts[i] = router_query(c->req->query, names[i]);
	TRY_(read_number(c->req->query, "limit", LIMIT_MAX, &limit));
	TRY_(read_number(c->req->query, "before", INT64_MAX, &f->before_number));
	TRY_(read_time(c->req->query, "from", &f->from_ms));
	TRY_(read_time(c->req->query, "to", &f->to_ms));
	f->limit = (size_t)limit;
	return NULL;
}

static NODISCARD err_t write_row(void *arg, const struct usage_row *r)
{
	struct jsonw *w = arg;

	jsonw_object(w);
	jsonw_kint(w, "number", r->number);
	admin_json_time(w, "at", r->at_ms);
	jsonw_kstr(w, "action", r->action);
	jsonw_kstr(w, "what", r->what);
	jsonw_kstr(w, "result", r->result);
	jsonw_kstr(w, "usedBy", r->server_name);
	jsonw_kobject(w, "actor");
	json_member_filled(w, "id", r->actor_id);
	json_member_filled(w, "name", r->actor_name);
	jsonw_end_object(w);
	json_member_filled(w, "vaultId", r->vault_id);
	json_member_filled(w, "itemId", r->item_id);
	json_member_filled(w, "subjectId", r->subject_id);
	json_member_filled(w, "objectId", r->object_id);
	jsonw_kstr(w, "address", r->address);
	jsonw_kstr(w, "userAgent", r->user_agent);
	jsonw_end_object(w);
	return NULL;
}

err_t handle_admin_usage(struct call *c)
{
	CLEANUP(query_release) struct query q = {0};
	int64_t next = 0;
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(read_query(c, &q));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_karray(&w, "rows");
	TRY_(vault_admin_usage(c->admin, &q.filter, write_row, &w, &next));
	jsonw_end_array(&w);
	if (next)
		jsonw_kint(&w, "next", next);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

/* RFC 4180. Names and agents are texts of others: no spreadsheet shall take them for a formula. */
static void add_cell(struct strbuf *csv, const char *text)
{
	strbuf_addc(csv, '"');
	if (*text && strchr("=+-@\t\r\n", *text))
		strbuf_addc(csv, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			strbuf_addc(csv, '"');
		strbuf_addc(csv, *p);
	}
	strbuf_addc(csv, '"');
}

static NODISCARD err_t add_line(void *arg, const struct usage_row *r)
{
	struct strbuf *csv = arg;
	char at[CLOCK_RFC3339_SIZE], number[24];

	clock_format_rfc3339(r->at_ms, 3, at);
	(void)snprintf(number, sizeof(number), "%" PRId64, r->number);
	const char *const cells[] = {
		number,        at,          streq(r->action, "READ") ? "Display" : r->action,
		r->item_id,    r->vault_id, r->server_name,
		r->actor_name, r->actor_id, r->result,
		r->address,    r->what,     r->subject_id,
		r->user_agent, r->object_id};
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		if (i > 0)
			strbuf_addc(csv, ',');
		add_cell(csv, cells[i]);
	}
	strbuf_adds(csv, "\r\n");
	return NULL;
}

err_t handle_admin_usage_csv(struct call *c)
{
	CLEANUP(query_release) struct query q = {0};
	CLEANUP(strbuf_release) struct strbuf csv = {0};
	int64_t next = 0;

	TRY_(call_authenticate_admin(c));
	TRY_(read_query(c, &q));
	strbuf_init(&csv, CSV_MAX);
	strbuf_adds(&csv, "Number,Date,Action,Item,Vault,Used by,Token,Token ID,Result,Address,Call,Subject,"
			  "User agent,Object\r\n");
	TRY_(vault_admin_usage(c->admin, &q.filter, add_line, &csv, &next));
	TRY_(strbuf_check(&csv, "usage report; ask for fewer rows"));
	if (next) {
		CLEANUP(mem_freep) char *text = mem_printf("%" PRId64, next);

		http_reply_header(c->reply, "Connect-Server-Next", text);
	}
	http_reply_header(c->reply, "Content-Disposition", "attachment; filename=\"usage.csv\"");
	return call_text(c, "text/csv; charset=utf-8", csv.p, csv.len);
}

err_t handle_admin_usage_verify(struct call *c)
{
	struct usage_check check = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_verify_usage(c->admin, &check));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_kbool(&w, "ok", check.first_bad == 0);
	jsonw_kint(&w, "first", check.first);
	jsonw_kint(&w, "rows", check.n_rows);
	if (check.first_bad)
		jsonw_kint(&w, "firstBad", check.first_bad);
	jsonw_kstr(&w, "digest", check.digest);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t handle_admin_usage_trim(struct call *c)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, "olderThan");
	int64_t ms = 0, n = 0;
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	if (!text)
		return err_new(ERR_INVALID, "needed is olderThan, such as olderThan=90d");
	TRY(lifetime_parse_ms(text, &ms), "\"olderThan\"");
	TRY_(vault_admin_trim_usage(c->admin, clock_wall_ms() - ms, &n));
	call_json(c, &w);
	jsonw_object(&w);
	jsonw_kint(&w, "removed", n);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
