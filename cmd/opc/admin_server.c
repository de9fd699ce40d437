#include "admin.h"

#include "base/file.h"
#include "base/mem.h"
#include "show.h"

#include <stdio.h>
#include <unistd.h>

#define BODY_MAX 65536
#define TEXT_MAX ((size_t)16 << 20)
#define CREDENTIALS "1password-credentials.json"

static const struct config_option create_options[] = {
	ADMIN_OPTIONS,
	{"vaults", NULL, CONFIG_LIST, ADMIN_AT(vault_list), .help = "Vaults that it serves."},
	{"force", NULL, CONFIG_BOOL, ADMIN_AT(force), .help = "Overwrite " CREDENTIALS " without asking."},
};
static const struct config_option edit_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, ADMIN_AT(name), .help = "Its new name."},
};
static const struct config_option delete_options[] = {
	ADMIN_OPTIONS,
	{"force", NULL, CONFIG_BOOL, ADMIN_AT(force), .help = "Don't ask."},
};
static const struct config_option options[] = {ADMIN_OPTIONS};
static const struct config_option grant_options[] = {
	ADMIN_OPTIONS,
	{"server", NULL, CONFIG_STR, ADMIN_AT(server), .help = "The server."},
	{"vault", NULL, CONFIG_STR, ADMIN_AT(vault), .help = "The vault."},
};
static const char *const aliases[] = {"f", "force", NULL};

static NODISCARD err_t write_body(struct lookup *l, const struct admin_settings *s, const char *name,
				  struct secret *out)
{
	struct jsonw w;

	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "name", name);
	jsonw_karray(&w, "vaults");
	for (size_t i = 0; i < s->vault_list.n; i++) {
		CLEANUP(op_reply_release) struct op_reply list = {0};
		const struct jsonx *vault = NULL;

		TRY_(admin_find(l, "/vaults", "vault", s->vault_list.v[i], &list, &vault));
		jsonw_object(&w);
		jsonw_kstr(&w, "id", text_of(vault, "id"));
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t save_credentials(const struct jsonx *credentials)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(BODY_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	jsonw_value(&w, credentials);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(text, "\n", 1));
	return file_write_atomic(CREDENTIALS, secret_bytes(text), secret_len(text), 0600);
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	if (access(CREDENTIALS, F_OK) == 0)
		TRY_(confirm(s->force, CREDENTIALS " exists already. Overwrite it?"));
	TRY_(admin_open(s, &l));
	TRY_(write_body(l, s, names[0], body));
	TRY_(admin_send(l, "POST", "/servers", body, &reply));
	TRY_(save_credentials(jsonx_get(reply.json, "credentials")));
	printf("Set up a Connect server.\nUUID: %s\nCredentials file: ./" CREDENTIALS "\n",
	       text_of(reply.json, "id"));
	return NULL;
}

static void add_json(struct jsonw *w, const struct jsonx *server)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", text_of(server, "id"));
	jsonw_kstr(w, "name", text_of(server, "name"));
	jsonw_kstr(w, "state", text_of(server, "state"));
	jsonw_kstr(w, "created_at", text_of(server, "createdAt"));
	jsonw_kstr(w, "creator_id", text_of(server, "creatorId"));
	jsonw_kint(w, "tokens_version", jsonx_get_int(server, "tokensVersion", 0));
	jsonw_end_object(w);
}

/* Those of the list that are named; wanted NULL: all. */
static NODISCARD err_t show(const struct admin_settings *s, const struct item_names *wanted)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply servers = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	TRY_(admin_open(s, &l));
	TRY_(admin_send(l, "GET", "/servers", NULL, &servers));
	table_row(&t, (const char *const[]){"ID", "NAME", "STATE", "CREATED"}, 4);
	jsonw_init_secret(&w, out);
	const bool is_list = !wanted || wanted->n > 1;
	if (is_list)
		jsonw_array(&w);
	const size_t n = wanted ? wanted->n : jsonx_len(servers.json);
	for (size_t i = 0; i < n; i++) {
		const struct jsonx *e = wanted ? NULL : jsonx_at(servers.json, i);

		if (wanted)
			TRY_(admin_pick(servers.json, "Connect server", wanted->v[i].item, NULL, &e));
		add_json(&w, e);
		table_row(&t,
			  (const char *const[]){text_of(e, "id"), text_of(e, "name"), text_of(e, "state"),
						text_of(e, "createdAt")},
			  4);
	}
	if (is_list)
		jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

static NODISCARD err_t get(const char *const *names, const void *settings)
{
	CLEANUP(item_names_release) struct item_names wanted = {0};

	TRY_(admin_names(names[0], &wanted));
	return show(settings, &wanted);
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	(void)names;
	return show(settings, NULL);
}

static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	return admin_rename(settings, "/servers", "Connect server", names[0]);
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	static const struct admin_action action = {
		.list = "/servers",
		.what = "Connect server",
		.plural = "servers",
		.method = "DELETE",
		.suffix = "",
		.question = "Delete the Connect server \"",
		.rest = "\" and revoke all its tokens?",
	};

	return admin_act(settings, &action, names[0]);
}

static NODISCARD err_t set_vault(const struct admin_settings *s, const char *method)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *server = NULL;
	CLEANUP(mem_freep) char *vault = NULL;
	CLEANUP(mem_freep) char *path = NULL;

	if (str_empty(s->server) || str_empty(s->vault))
		return err_new(ERR_INVALID, "--server and --vault name which");
	TRY_(admin_open(s, &l));
	TRY_(admin_path(l, "/servers", "Connect server", s->server, &server));
	TRY_(admin_path(l, "/vaults", "vault", s->vault, &vault));
	path = mem_printf("%s%s", server, vault);
	return admin_send(l, method, path, NULL, &reply);
}

static NODISCARD err_t grant_vault(const char *const *names, const void *settings)
{
	(void)names;
	return set_vault(settings, "PUT");
}

static NODISCARD err_t revoke_vault(const char *const *names, const void *settings)
{
	(void)names;
	return set_vault(settings, "DELETE");
}

const struct command command_server_create = {
	.name = "connect server create",
	.arguments = "NAME [--vaults VAULT,...] [--force]",
	.summary = "Sets up another Connect server on the same store, and writes ./" CREDENTIALS ".",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.aliases = aliases,
	.run = create,
};
const struct command command_server_get = {
	.name = "connect server get",
	.arguments = "SERVER | - [--format json]",
	.summary = "Shows a Connect server.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = get,
};
const struct command command_server_list = {
	.name = "connect server list",
	.arguments = "[--format json]",
	.summary = "Lists Connect servers.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct admin_settings),
	.run = list,
};
const struct command command_server_edit = {
	.name = "connect server edit",
	.arguments = "SERVER --name NAME",
	.summary = "Renames a Connect server.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = edit,
};
const struct command command_server_delete = {
	.name = "connect server delete",
	.arguments = "SERVER | - [--force]",
	.summary = "Deletes a Connect server and revokes its tokens.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.aliases = aliases,
	.run = delete,
};
const struct command command_vault_grant = {
	.name = "connect vault grant",
	.arguments = "--server SERVER --vault VAULT",
	.summary = "Gives a Connect server a vault.",
	.options = grant_options,
	.n_options = ARRAY_LEN(grant_options),
	.settings_size = sizeof(struct admin_settings),
	.run = grant_vault,
};
const struct command command_vault_revoke = {
	.name = "connect vault revoke",
	.arguments = "--server SERVER --vault VAULT",
	.summary = "Takes a vault from a Connect server and all its tokens.",
	.options = grant_options,
	.n_options = ARRAY_LEN(grant_options),
	.settings_size = sizeof(struct admin_settings),
	.run = revoke_vault,
};
