#include "opc.h"

#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/fold.h"
#include "opc/itembody.h"
#include "show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX ((size_t)64 << 20)

struct list_settings {
	struct connection_settings connection;
	char *vault;
	struct strv categories, tags;
	bool favorite, archive, longer;
};

#define AT(member) offsetof(struct list_settings, member)

static const struct config_option item_options[] = {
	CONNECTION_OPTIONS(struct list_settings),
	{"vault", NULL, CONFIG_STR, AT(vault), .help = "Vault to look in, by name or id; default: all."},
	{"categories", NULL, CONFIG_LIST, AT(categories), .help = "Only items of these categories."},
	{"tags", NULL, CONFIG_LIST, AT(tags), .help = "Only items with one of these tags."},
	{"favorite", NULL, CONFIG_BOOL, AT(favorite), .help = "Only favorites."},
	{"include-archive", "OP_INCLUDE_ARCHIVE", CONFIG_BOOL, AT(archive), .help = "Archived items too."},
	{"long", NULL, CONFIG_BOOL, AT(longer), .help = "Also category, version and tags."},
};
static const struct config_option document_options[] = {
	CONNECTION_OPTIONS(struct list_settings),
	{"vault", NULL, CONFIG_STR, AT(vault), .help = "Vault to look in, by name or id; default: all."},
	{"include-archive", "OP_INCLUDE_ARCHIVE", CONFIG_BOOL, AT(archive), .help = "Archived items too."},
};
static const struct config_option options[] = {CONNECTION_OPTIONS(struct list_settings)};

static bool has_category(const struct strv *wanted, const char *category)
{
	for (size_t i = 0; i < wanted->n; i++) {
		CLEANUP(mem_freep) char *name = itembody_category(wanted->v[i]);

		if (streq(name, category))
			return true;
	}
	return wanted->n == 0;
}

static bool has_tag(const struct strv *wanted, const struct jsonx *tags)
{
	for (size_t i = 0; i < jsonx_len(tags); i++) {
		const char *tag = jsonx_str(jsonx_at(tags, i));

		for (size_t k = 0; tag && k < wanted->n; k++)
			if (fold_equal(wanted->v[k], tag))
				return true;
	}
	return wanted->n == 0;
}

static bool is_wanted(const struct list_settings *s, const struct jsonx *item)
{
	return (s->archive || !streq(jsonx_get_str(item, "state"), "ARCHIVED")) &&
	       (!s->favorite || jsonx_true(jsonx_get(item, "favorite"))) &&
	       has_category(&s->categories, text_of(item, "category")) &&
	       has_tag(&s->tags, jsonx_get(item, "tags"));
}

/* As it is with --iso-timestamps, else how long ago. Caller frees. */
static char *time_text(const struct list_settings *s, const char *text)
{
	int64_t ms = 0;

	if (s->connection.iso_timestamps || !clock_parse_rfc3339(text, &ms))
		return mem_strdup(text);
	return table_age(time(NULL) - ms / 1000);
}

static void item_row(struct table *t, const struct list_settings *s, const struct jsonx *vault,
		     const struct jsonx *item)
{
	CLEANUP(mem_freep) char *edited = time_text(s, text_of(item, "updatedAt"));
	CLEANUP(mem_freep) char *version = mem_printf("%lld", (long long)jsonx_get_int(item, "version", 0));
	CLEANUP(strbuf_release) struct strbuf tags = {0};
	const struct jsonx *list = jsonx_get(item, "tags");

	strbuf_init(&tags, 65536);
	for (size_t i = 0; i < jsonx_len(list); i++)
		strbuf_addf(&tags, "%s%s", i > 0 ? ", " : "", jsonx_str(jsonx_at(list, i)));
	const char *const cells[] = {text_of(item, "id"),
				     text_of(item, "title"),
				     text_of(vault, "name"),
				     edited,
				     text_of(item, "category"),
				     version,
				     tags.p};
	table_row(t, cells, s->longer ? ARRAY_LEN(cells) : 4);
}

static NODISCARD err_t add_items(struct lookup *l, const struct list_settings *s, const struct jsonx *vault,
				 struct jsonw *w, struct table *t)
{
	const struct jsonx *items = NULL;

	TRY_(lookup_items(l, vault, &items));
	for (size_t i = 0; i < jsonx_len(items); i++) {
		const struct jsonx *item = jsonx_at(items, i);

		if (!is_wanted(s, item))
			continue;
		item_row(t, s, vault, item);
		jsonw_object(w);
		show_summary(w, l, item);
		jsonw_end_object(w);
	}
	return NULL;
}

static NODISCARD err_t list_items(const char *const *names, const void *settings)
{
	static const char *const head[] = {"ID", "TITLE", "VAULT", "EDITED", "CATEGORY", "VERSION", "TAGS"};
	const struct list_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	CLEANUP(table_release) struct table t = {0};
	const struct jsonx *vault = NULL, *vaults = NULL;
	struct jsonw w;

	(void)names;
	TRY_(connection_open(&s->connection, &l));
	if (!str_empty(s->vault))
		TRY_(lookup_vault(l, s->vault, &vault));
	TRY_(lookup_vaults(l, &vaults));
	table_row(&t, head, s->longer ? ARRAY_LEN(head) : 4);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(vaults); i++)
		if (!vault || vault == jsonx_at(vaults, i))
			TRY_(add_items(l, s, jsonx_at(vaults, i), &w, &t));
	jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

static NODISCARD err_t list_documents(const char *const *names, const void *settings)
{
	struct list_settings s = *(const struct list_settings *)settings;
	CLEANUP(strv_release) struct strv documents = {0};

	strv_add(&documents, "document");
	s.categories = documents;
	return list_items(names, &s);
}

static NODISCARD err_t list_vaults(const char *const *names, const void *settings)
{
	const struct list_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	CLEANUP(table_release) struct table t = {0};
	const struct jsonx *vaults = NULL;
	struct jsonw w;

	(void)names;
	TRY_(connection_open(&s->connection, &l));
	TRY_(lookup_vaults(l, &vaults));
	table_row(&t, (const char *const[]){"ID", "NAME"}, 2);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(vaults); i++) {
		const struct jsonx *v = jsonx_at(vaults, i);

		table_row(&t, (const char *const[]){text_of(v, "id"), text_of(v, "name")}, 2);
		show_vault(&w, v, false);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

static NODISCARD err_t get_vault(const char *const *names, const void *settings)
{
	const struct list_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *vault = NULL;
	struct jsonw w;

	TRY_(connection_open(&s->connection, &l));
	TRY_(lookup_vault(l, names[0], &vault));
	if (!connection_wants_json(&s->connection)) {
		printf("ID:          %s\nName:        %s\nType:        %s\nDescription: %s\nItems:       "
		       "%lld\n",
		       text_of(vault, "id"), text_of(vault, "name"), text_of(vault, "type"),
		       text_of(vault, "description"), (long long)jsonx_get_int(vault, "items", 0));
		return NULL;
	}
	jsonw_init_secret(&w, out);
	show_vault(&w, vault, true);
	return print_json(&w, out);
}

static NODISCARD err_t whoami(const char *const *names, const void *settings)
{
	const struct list_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *vaults = NULL;
	struct jsonw w;

	(void)names;
	TRY_(connection_open(&s->connection, &l));
	TRY(lookup_vaults(l, &vaults), "you are not signed in");
	if (!connection_wants_json(&s->connection)) {
		printf("URL: %s\nVaults: %zu\n", op_endpoint_host(lookup_endpoint(l)), jsonx_len(vaults));
		return NULL;
	}
	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "url", op_endpoint_host(lookup_endpoint(l)));
	jsonw_kstr(&w, "user_type", "CONNECT");
	jsonw_kint(&w, "vaults", (int64_t)jsonx_len(vaults));
	jsonw_end_object(&w);
	return print_json(&w, out);
}

const struct command command_item_list = {
	.name = "item list",
	.arguments =
		"[--vault VAULT] [--categories C,...] [--tags T,...] [--favorite] [--long] [--format json]",
	.summary = "Lists items.",
	.options = item_options,
	.n_options = ARRAY_LEN(item_options),
	.settings_size = sizeof(struct list_settings),
	.run = list_items,
};

const struct command command_document_list = {
	.name = "document list",
	.arguments = "[--vault VAULT] [--format json]",
	.summary = "Lists items that are documents.",
	.options = document_options,
	.n_options = ARRAY_LEN(document_options),
	.settings_size = sizeof(struct list_settings),
	.run = list_documents,
};

const struct command command_vault_list = {
	.name = "vault list",
	.arguments = "[--format json]",
	.summary = "Lists the vaults that the token may read.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct list_settings),
	.run = list_vaults,
};

const struct command command_vault_get = {
	.name = "vault get",
	.arguments = "VAULT [--format json]",
	.summary = "Shows a vault.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct list_settings),
	.run = get_vault,
};

const struct command command_whoami = {
	.name = "whoami",
	.arguments = "[--format json]",
	.summary = "Says which server answers, and how many vaults the token may read.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct list_settings),
	.run = whoami,
};
