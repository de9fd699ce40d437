#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/call.h"

#include <stdatomic.h>
#include <string.h>

#define AGENT_MAX 256

/* What a stranger sent is worth a row, but not a disk full of them. */
#define STRANGERS_PER_MINUTE 60

static const char *action_of(const struct call *c)
{
	if (c->admin || str_has_prefix(c->route, "admin_"))
		return "ADMIN";
	if (streq(c->route, "resolve"))
		return "READ";
	if (streq(c->req->method, "POST"))
		return "CREATE";
	if (streq(c->req->method, "PUT") || streq(c->req->method, "PATCH"))
		return "UPDATE";
	return streq(c->req->method, "DELETE") ? "DELETE" : "READ";
}

static const char *result_of(const struct call *c, const struct err *e)
{
	if (!e)
		return "SUCCESS";
	const int status = call_status_of(c, e);
	return status == 401 || status == 403 ? "DENY" : "FAIL";
}

/* An id of the path, "" for what is none. */
static char *dup_id(const struct call *c, const char *pattern_part, size_t i)
{
	const bool is_there = strstr(c->pattern, pattern_part) && object_id_is_valid(c->params[i]);

	return mem_strdup(is_there ? c->params[i] : "");
}

static char *printable(const char *text)
{
	CLEANUP(strbuf_release) struct strbuf b = {0};

	strbuf_init(&b, 4 * AGENT_MAX);
	str_add_printable(&b, text, AGENT_MAX);
	return strbuf_take(&b);
}

static void set_actor(const struct call *c, struct usage_row *row)
{
	const char *id = "", *name = "";

	if (c->access) {
		id = vault_access_token_id(c->access);
		name = vault_access_token_name(c->access);
	} else if (c->admin) {
		id = vault_admin_id(c->admin);
		name = vault_admin_name(c->admin);
	}
	row->actor_id = mem_strdup(id);
	row->actor_name = mem_strdup(name);
}

/* The first id of an administrator's path is what he acts on, the second what he puts to it or takes away. */
static void set_subject(const struct call *c, struct usage_row *row)
{
	const bool is_vault = strstr(c->pattern, "/v1/vaults/{vault}");
	const char *first = strchr(c->pattern, '{');

	if (!str_has_prefix(c->pattern, "/admin/") || is_vault || !first)
		return;
	row->subject_id = dup_id(c, "{", 0);
	if (strchr(first + 1, '{') && !strstr(c->pattern, "{vault}"))
		row->object_id = dup_id(c, "{", 1);
}

static void set_objects(const struct call *c, struct usage_row *row)
{
	const bool makes_item = streq(c->route, "item_create") || streq(c->route, "document_create");

	row->vault_id = dup_id(c, "{vault}", strstr(c->pattern, "}/vaults/{vault}") ? 1 : 0);
	row->item_id = makes_item ? mem_strdup(c->made_id) : dup_id(c, "{item}", 1);
	if (!makes_item && c->made_id[0])
		row->subject_id = mem_strdup(c->made_id);
	else
		set_subject(c, row);
}

static bool is_worth_a_row(const struct call *c)
{
	static _Atomic int64_t minute, n;
	const int64_t now = clock_wall_ms() / 60000;

	if (c->access || c->admin)
		return true;
	if (atomic_exchange(&minute, now) != now)
		atomic_store(&n, 0);
	return atomic_fetch_add(&n, 1) < STRANGERS_PER_MINUTE;
}

static bool is_recorded(const struct call *c)
{
	return c->connect->options.usage && !streq(c->route, "openapi") &&
	       (str_has_prefix(c->pattern, "/v1/") || str_has_prefix(c->pattern, "/connect-server/") ||
		str_has_prefix(c->pattern, "/admin/")) &&
	       is_worth_a_row(c);
}

/* Without the objects. */
static struct usage_row row_of(const struct call *c, const char *result)
{
	struct usage_row row = {.at_ms = clock_wall_ms(),
				.action = mem_strdup(action_of(c)),
				.what = mem_strdup(c->route),
				.result = mem_strdup(result),
				.server_name = mem_strdup(vault_store_server_name(c->connect->options.store)),
				.address = mem_strdup(c->req->peer),
				.user_agent = printable(c->req->user_agent)};

	set_actor(c, &row);
	return row;
}

void call_note_read(const struct call *c, const char *vault_id, const char *item_id)
{
	struct usage_row row;

	if (!is_recorded(c))
		return;
	row = row_of(c, "SUCCESS");
	row.vault_id = mem_strdup(vault_id);
	row.item_id = mem_strdup(item_id);
	usage_log_add(c->connect->options.usage, &row);
}

void call_note(struct call *c, const struct err *e)
{
	static const struct logger log = {.name = "usage"};
	const struct connect_options *o = &c->connect->options;

	if (!is_recorded(c))
		return;
	struct usage_row row = row_of(c, result_of(c, e));
	set_objects(c, &row);
	usage_log_add(o->usage, &row);
	if (!o->audit_strict && !c->admin)
		return;
	CLEANUP(err_freep) err_t failed = usage_log_flush(o->usage);
	if (failed)
		log_error(&log, "usage log not written before the answer", F_ERR(failed));
}
