#include "opi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "operator/onepassworditem.h"
#include "show.h"

#include <stdio.h>
#include <time.h>

#define TEXT_MAX ((size_t)64 << 20)

static const struct config_option options[] = {OPI_OPTIONS};

struct report {
	const struct opi_settings *settings;
	struct table table;
	struct jsonw json;
};

static char *age_of(const struct opi_settings *s, const char *text)
{
	int64_t ms = 0;

	if (s->connection.iso_timestamps || !clock_parse_rfc3339(text, &ms))
		return mem_strdup(text);
	return table_age(time(NULL) - ms / 1000);
}

static void add_row(struct report *r, const struct jsonx *object)
{
	const struct jsonx *meta = jsonx_get(object, "metadata"), *status = jsonx_get(object, "status");
	const struct jsonx *ready = opi_condition(object, "Ready");
	const struct jsonx *expiring = opi_condition(object, "TokenExpiring");
	CLEANUP(mem_freep)
	char *version = mem_printf("%lld", (long long)jsonx_get_int(status, "itemVersion", 0));
	CLEANUP(mem_freep)
	char *pending = mem_printf("%lld", (long long)jsonx_get_int(status, "restartsPending", 0));
	CLEANUP(mem_freep) char *synced = age_of(r->settings, text_of(status, "lastSyncTime"));
	const char *message = text_of(ready, "message");
	const char *const cells[] = {text_of(meta, "namespace"),
				     text_of(meta, "name"),
				     opi_state(object),
				     text_of(ready, "reason"),
				     version,
				     synced,
				     pending,
				     str_empty(message) ? text_of(expiring, "message") : message};

	table_row(&r->table, cells, ARRAY_LEN(cells));
}

static void add_json(struct jsonw *w, const struct jsonx *object)
{
	const struct jsonx *meta = jsonx_get(object, "metadata"), *status = jsonx_get(object, "status");
	const struct jsonx *ready = opi_condition(object, "Ready");

	jsonw_object(w);
	jsonw_kstr(w, "namespace", text_of(meta, "namespace"));
	jsonw_kstr(w, "name", text_of(meta, "name"));
	jsonw_kstr(w, "state", opi_state(object));
	jsonw_kstr(w, "reason", text_of(ready, "reason"));
	jsonw_kstr(w, "message", text_of(ready, "message"));
	jsonw_kstr(w, "item_path", text_of(status, "itemPath"));
	jsonw_kint(w, "item_version", jsonx_get_int(status, "itemVersion", 0));
	jsonw_kstr(w, "last_sync_time", text_of(status, "lastSyncTime"));
	jsonw_kint(w, "restarts_pending", jsonx_get_int(status, "restartsPending", 0));
	jsonw_end_object(w);
}

static err_t add(void *arg, const struct jsonx *object)
{
	struct report *r = arg;

	add_row(r, object);
	add_json(&r->json, object);
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	static const char *const head[] = {"NAMESPACE", "NAME",   "STATE",    "REASON",
					   "VERSION",   "SYNCED", "RESTARTS", "MESSAGE"};
	const struct opi_settings *s = settings;
	CLEANUP(cluster_release) struct cluster cluster = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct report r = {.settings = s};
	err_t e;

	(void)names;
	TRY_(cluster_open(s, &cluster));
	table_row(&r.table, head, ARRAY_LEN(head));
	jsonw_init_secret(&r.json, out);
	jsonw_array(&r.json);
	e = cluster_each(&cluster, &onepassworditem_resource, add, &r);
	jsonw_end_array(&r.json);
	if (!e)
		e = connection_wants_json(&s->connection) ? print_json(&r.json, out)
							  : print_table(&r.table, s->connection.no_color);
	table_release(&r.table);
	return e;
}

const struct command command_opi_status = {
	.name = "opi status",
	.arguments = "[-n NAMESPACE | -A] [--format json]",
	.summary = "Says of all OnePasswordItems whether they are fine, stale or failing, and why.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct opi_settings),
	.aliases = opi_aliases,
	.run = run,
};
