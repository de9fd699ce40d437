#include "admin.h"

#include "base/mem.h"

#include <stdio.h>

static const struct config_option options[] = {
	ADMIN_OPTIONS,
	{"limit", NULL, CONFIG_INT, ADMIN_AT(limit), .otherwise = "50", .min = 1, .max = 1000,
	 .help = "At most so many rows."},
};
static const struct config_option verify_options[] = {ADMIN_OPTIONS};

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(mem_freep) char *path = mem_printf("/usage?limit=%lld", (long long)s->limit);
	const struct jsonx *rows;

	(void)names;
	TRY_(admin_open(s, &l));
	TRY_(admin_send(l, "GET", path, NULL, &reply));
	rows = jsonx_get(reply.json, "rows");
	table_row(&t, (const char *const[]){"AT", "WHO", "ACTION", "WHAT", "RESULT", "VAULT", "ITEM", "FROM"},
		  8);
	for (size_t i = 0; i < jsonx_len(rows); i++) {
		const struct jsonx *r = jsonx_at(rows, i);

		table_row(&t,
			  (const char *const[]){text_of(r, "at"), text_of(jsonx_get(r, "actor"), "name"),
						text_of(r, "action"), text_of(r, "what"),
						text_of(r, "result"), text_of(r, "vaultId"),
						text_of(r, "itemId"), text_of(r, "address")},
			  8);
	}
	return print_table(&t, s->connection.no_color);
}

static NODISCARD err_t verify(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	TRY_(admin_open(s, &l));
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
	.arguments = "[--limit N]",
	.summary = "Shows who used what, newest first.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct admin_settings),
	.run = list,
};
const struct command command_audit_verify = {
	.name = "audit verify",
	.arguments = "",
	.summary = "Holds the log against its chain, and prints its digest.",
	.options = verify_options,
	.n_options = ARRAY_LEN(verify_options),
	.settings_size = sizeof(struct admin_settings),
	.run = verify,
};
