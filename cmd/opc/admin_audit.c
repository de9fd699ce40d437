#include "admin.h"

#include "base/mem.h"
#include "http/http.h"
#include "progress.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 4096
#define PAGE "1000"
#define PAGE_BYTES ((size_t)64 << 20)

struct audit_settings {
	struct admin_settings admin;
	char *from, *to, *token, *vault, *item, *result, *action;
};
#define AT(member) offsetof(struct audit_settings, member)
static const char *const results[] = {"", "SUCCESS", "DENY", "FAIL", "DAMAGED", NULL};
static const char *const actions[] = {"", "READ", "CREATE", "UPDATE", "DELETE", "ADMIN", NULL};
#define FILTERS                                                                                              \
	{"from", NULL, CONFIG_STR, AT(from), .help = "Only rows since that time (RFC 3339)."},               \
		{"to", NULL, CONFIG_STR, AT(to), .help = "Only rows before that time."},                     \
		{"token", NULL, CONFIG_STR, AT(token), .help = "Only rows of that token, by name or id."},   \
		{"vault", NULL, CONFIG_STR, AT(vault), .help = "Only rows about that vault."},               \
		{"item", NULL, CONFIG_STR, AT(item), .help = "Only rows about that item, by id."},           \
		{"result",                                                                                   \
		 NULL,                                                                                       \
		 CONFIG_STR,                                                                                 \
		 AT(result),                                                                                 \
		 .otherwise = "",                                                                            \
		 .allowed = results,                                                                         \
		 .help = "Only rows with that result."},                                                     \
	{                                                                                                    \
		"action", NULL, CONFIG_STR, AT(action), .otherwise = "", .allowed = actions,                 \
							.help = "Only rows with that action."                \
	}

static const struct config_option list_options[] = {
	ADMIN_OPTIONS,
	FILTERS,
	{"limit", NULL, CONFIG_INT, AT(admin.limit), .otherwise = "50", .min = 1, .max = 1000,
	 .help = "At most so many rows."},
};
static const struct config_option export_options[] = {ADMIN_OPTIONS, FILTERS};
static const struct config_option verify_options[] = {ADMIN_OPTIONS};

/* --- the question --- */

static void add_parameter(struct strbuf *path, const char *name, const char *value)
{
	if (str_empty(value))
		return;
	strbuf_addf(path, "&%s=", name);
	http_add_encoded(path, value);
}

static NODISCARD err_t add_found(struct lookup *l, struct strbuf *path, const char *list_path,
				 const char *what, const char *name)
{
	CLEANUP(op_reply_release) struct op_reply list = {0};
	const struct jsonx *found = NULL;

	if (str_empty(name))
		return NULL;
	TRY_(admin_find(l, list_path, what, name, &list, &found));
	add_parameter(path, what, text_of(found, "id"));
	return NULL;
}

static NODISCARD err_t write_path(struct lookup *l, const struct audit_settings *s, struct strbuf *path)
{
	TRY_(add_found(l, path, "/tokens", "token", s->token));
	TRY_(add_found(l, path, "/vaults", "vault", s->vault));
	add_parameter(path, "from", s->from);
	add_parameter(path, "to", s->to);
	add_parameter(path, "item", s->item);
	add_parameter(path, "result", s->result);
	add_parameter(path, "action", s->action);
	return strbuf_check(path, "what is asked for");
}

/* --- the rows --- */

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	static const char *const head[] = {"AT", "WHO", "ACTION", "WHAT", "RESULT", "VAULT", "ITEM", "FROM"};
	const struct audit_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(PAGE_BYTES);
	CLEANUP(strbuf_release) struct strbuf path = {0};
	const struct jsonx *rows;
	struct jsonw w;

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	strbuf_init(&path, PATH_BYTES);
	strbuf_addf(&path, "/usage?limit=%lld", (long long)s->admin.limit);
	TRY_(write_path(l, s, &path));
	TRY_(admin_send(l, "GET", path.p, NULL, &reply));
	rows = jsonx_get(reply.json, "rows");
	if (connection_wants_json(&s->admin.connection)) {
		jsonw_init_secret(&w, out);
		jsonw_value(&w, rows);
		return print_json(&w, out);
	}
	table_row(&t, head, ARRAY_LEN(head));
	for (size_t i = 0; i < jsonx_len(rows); i++) {
		const struct jsonx *r = jsonx_at(rows, i);
		const char *const cells[] = {text_of(r, "at"),     text_of(jsonx_get(r, "actor"), "name"),
					     text_of(r, "action"), text_of(r, "what"),
					     text_of(r, "result"), text_of(r, "vaultId"),
					     text_of(r, "itemId"), text_of(r, "address")};

		table_row(&t, cells, ARRAY_LEN(cells));
	}
	return print_table(&t, s->admin.connection.no_color);
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

/* The columns of the API's own CSV. */
static void add_line(struct strbuf *csv, const struct jsonx *r)
{
	const struct jsonx *actor = jsonx_get(r, "actor");
	CLEANUP(mem_freep) char *number = mem_printf("%lld", (long long)jsonx_get_int(r, "number", 0));
	const bool read = streq(text_of(r, "action"), "READ");
	const char *const cells[] = {number,
				     text_of(r, "at"),
				     read ? "Display" : text_of(r, "action"),
				     text_of(r, "itemId"),
				     text_of(r, "vaultId"),
				     text_of(r, "usedBy"),
				     text_of(actor, "name"),
				     text_of(actor, "id"),
				     text_of(r, "result"),
				     text_of(r, "address"),
				     text_of(r, "what"),
				     text_of(r, "subjectId"),
				     text_of(r, "userAgent")};

	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		if (i > 0)
			strbuf_addc(csv, ',');
		add_cell(csv, cells[i]);
	}
	strbuf_adds(csv, "\r\n");
}

static void add_json_line(struct strbuf *out, const struct jsonx *r)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_value(&w, r);
	strbuf_addc(out, '\n');
}

static NODISCARD err_t print_page(const struct jsonx *rows, bool json)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, PAGE_BYTES);
	for (size_t i = 0; i < jsonx_len(rows); i++) {
		if (json)
			add_json_line(&text, jsonx_at(rows, i));
		else
			add_line(&text, jsonx_at(rows, i));
	}
	TRY_(strbuf_check(&text, "a page of rows"));
	return print_bytes(text.p, text.len);
}

/* Page by page, so that a log of any length passes through. */
static NODISCARD err_t print_pages(struct lookup *l, const char *question, bool json)
{
	int64_t before = 0;
	size_t n = 0;

	do {
		CLEANUP(op_reply_release) struct op_reply reply = {0};
		CLEANUP(mem_freep)
		char *path = before > 0 ? mem_printf("%s&before=%lld", question, (long long)before)
					: mem_strdup(question);
		const int64_t last = before;

		TRY_(admin_send(l, "GET", path, NULL, &reply));
		TRY_(print_page(jsonx_get(reply.json, "rows"), json));
		n += jsonx_len(jsonx_get(reply.json, "rows"));
		progress_show(n, "rows", true);
		before = jsonx_get_int(reply.json, "next", 0);
		if (last > 0 && before >= last)
			return err_new(ERR_PROTOCOL, "the server's pages do not go on");
	} while (before > 0);
	return NULL;
}

static NODISCARD err_t export(const char *const *names, const void *settings)
{
	static const char head[] = "Number,Date,Action,Item,Vault,Used by,Token,Token ID,Result,Address,Call,"
				   "Subject,User agent\r\n";
	const struct audit_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(strbuf_release) struct strbuf path = {0};
	const bool json = connection_wants_json(&s->admin.connection);
	err_t e;

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	strbuf_init(&path, PATH_BYTES);
	strbuf_adds(&path, "/usage?limit=" PAGE);
	TRY_(write_path(l, s, &path));
	if (!json)
		TRY_(print_bytes(head, sizeof(head) - 1));
	e = print_pages(l, path.p, json);
	progress_clear();
	return e;
}

static NODISCARD err_t verify(const char *const *names, const void *settings)
{
	const struct audit_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_send(l, "GET", "/usage/verify", NULL, &reply));
	if (!jsonx_true(jsonx_get(reply.json, "ok")))
		return err_new(ERR_INVALID, "the log is not whole: row %lld is wrong or missing",
			       (long long)jsonx_get_int(reply.json, "firstBad", 0));
	printf("%lld rows are whole.\nDigest: %s\n", (long long)jsonx_get_int(reply.json, "rows", 0),
	       text_of(reply.json, "digest"));
	return NULL;
}

const struct command command_audit_list = {
	.name = "audit list",
	.arguments = "[--limit N] [--token TOKEN] [--vault VAULT] [--result DENY] [--from TIME] [--to TIME]",
	.summary = "Shows who used what, newest first.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct audit_settings),
	.run = list,
};
const struct command command_audit_export = {
	.name = "audit export",
	.arguments = "[--token TOKEN] [--vault VAULT] [--result DENY] [--from TIME] [--to TIME]",
	.summary = "Writes all rows as CSV, newest first; with --format json one in a line.",
	.options = export_options,
	.n_options = ARRAY_LEN(export_options),
	.settings_size = sizeof(struct audit_settings),
	.run = export,
};
const struct command command_audit_verify = {
	.name = "audit verify",
	.arguments = "",
	.summary = "Holds the log against its chain, and prints its digest.",
	.options = verify_options,
	.n_options = ARRAY_LEN(verify_options),
	.settings_size = sizeof(struct audit_settings),
	.run = verify,
};
