#include "settings.h"

#include "base/file.h"
#include "base/mem.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20)
#define TOKEN_MAX 16384

struct config_settings {
	struct connection_settings connection;
	char *connect, *admin, *server, *token_file, *admin_key;
};
#define AT(member) offsetof(struct config_settings, member)
static const struct config_option options[] = {GLOBAL_OPTIONS(struct config_settings)};
static const struct config_option server_options[] = {
	GLOBAL_OPTIONS(struct config_settings),
	{"connect", NULL, CONFIG_STR, AT(connect), .help = "URL of its Connect API."},
	{"admin", NULL, CONFIG_STR, AT(admin), .help = "URL of its administration API."},
};
static const struct config_option context_options[] = {
	GLOBAL_OPTIONS(struct config_settings),
	{"server", NULL, CONFIG_STR, AT(server), .help = "One of the servers."},
	{"token-file", NULL, CONFIG_STR, AT(token_file),
	 .help = "File of the access token; - keeps the one on standard input in the configuration's "
		 "folder."},
	{"admin-key", NULL, CONFIG_STR, AT(admin_key), .help = "File of the administrator key."},
};

static void replace(char **member, const char *value)
{
	if (str_empty(value))
		return;
	mem_free(*member);
	*member = mem_strdup(value);
}

static NODISCARD err_t set_server(const char *const *names, const void *settings)
{
	const struct config_settings *s = settings;
	CLEANUP(contexts_release) struct contexts c = {0};
	struct opc_server *server = NULL;

	TRY_(settings_load(&s->connection, &c));
	TRY_(contexts_set_server(&c, names[0], &server));
	replace(&server->connect, s->connect);
	replace(&server->admin, s->admin);
	if (!server->connect && !server->admin)
		return err_new(ERR_INVALID, "--connect or --admin gives the URL of the server");
	return settings_save(&s->connection, &c);
}

/* Caller frees. */
static NODISCARD err_t absolute(const char *path, char **out)
{
	char *folder;

	if (*path == '/') {
		*out = mem_strdup(path);
		return NULL;
	}
	folder = realpath(".", NULL);
	if (!folder)
		return err_new(ERR_UNAVAILABLE, "this folder: %m");
	*out = mem_printf("%s/%s", folder, path);
	free(folder);
	return NULL;
}

/* The token on standard input gets a file of its own, for its owner only. */
static NODISCARD err_t keep_token(const struct config_settings *s, const char *context, char **out)
{
	CLEANUP(secret_freep) struct secret *token = secret_new(TOKEN_MAX);
	CLEANUP(mem_freep) char *folder = settings_folder(&s->connection);
	CLEANUP(mem_freep) char *name = mem_printf("%s.token", context);
	CLEANUP(mem_freep) char *path = folder ? mem_printf("%s/%s", folder, name) : NULL;

	TRY_(input_read(NULL, token));
	if (secret_len(token) == 0)
		return err_new(ERR_INVALID, "there is no token on standard input");
	if (!path)
		return err_new(ERR_INVALID,
			       "--config names the folder of the configuration: there is no HOME");
	TRY_(file_make_folder(folder, 0700));
	TRY_(file_write_atomic(path, secret_bytes(token), secret_len(token), 0600));
	*out = TAKE(name);
	return NULL;
}

static NODISCARD err_t set_credentials(const struct config_settings *s, struct opc_context *x)
{
	CLEANUP(mem_freep) char *token = NULL, *key = NULL;

	if (streq(s->token_file, "-"))
		TRY_(keep_token(s, x->name, &token));
	else if (!str_empty(s->token_file))
		TRY_(absolute(s->token_file, &token));
	if (!str_empty(s->admin_key))
		TRY_(absolute(s->admin_key, &key));
	replace(&x->token_file, token);
	replace(&x->admin_key, key);
	return NULL;
}

static NODISCARD err_t set_context(const char *const *names, const void *settings)
{
	const struct config_settings *s = settings;
	CLEANUP(contexts_release) struct contexts c = {0};
	struct opc_context *x = NULL;

	TRY_(settings_load(&s->connection, &c));
	TRY_(contexts_set_context(&c, names[0], &x));
	replace(&x->server, s->server);
	if (!x->server)
		return err_new(ERR_INVALID, "--server names one of the servers (opc config set-server)");
	if (!contexts_server(&c, x->server))
		return err_new(ERR_NOT_FOUND, "\"%s\" isn't a server; opc config set-server makes it",
			       x->server);
	TRY_(set_credentials(s, x));
	/* The first one is there to be used. */
	if (!c.current && c.n == 1)
		c.current = mem_strdup(names[0]);
	return settings_save(&s->connection, &c);
}

static NODISCARD err_t use_context(const char *const *names, const void *settings)
{
	const struct config_settings *s = settings;
	CLEANUP(contexts_release) struct contexts c = {0};

	TRY_(settings_load(&s->connection, &c));
	if (!contexts_find(&c, names[0]))
		return err_new(ERR_NOT_FOUND, "\"%s\" isn't a context; opc config get-contexts lists them",
			       names[0]);
	replace(&c.current, names[0]);
	return settings_save(&s->connection, &c);
}

static NODISCARD err_t delete_context(const char *const *names, const void *settings)
{
	const struct config_settings *s = settings;
	CLEANUP(contexts_release) struct contexts c = {0};

	TRY_(settings_load(&s->connection, &c));
	if (!contexts_delete(&c, names[0]))
		return err_new(ERR_NOT_FOUND, "\"%s\" isn't a context; opc config get-contexts lists them",
			       names[0]);
	return settings_save(&s->connection, &c);
}

static void add_context(const struct contexts *c, const struct opc_context *x, struct table *t,
			struct jsonw *w)
{
	const struct opc_server *server = contexts_server(c, x->server);
	const bool current = streq(c->current, x->name);
	const char *const cells[] = {current ? "*" : "", x->name,       x->server,   server->connect,
				     server->admin,      x->token_file, x->admin_key};

	table_row(t, cells, ARRAY_LEN(cells));
	jsonw_object(w);
	jsonw_kstr(w, "name", x->name);
	jsonw_kbool(w, "current", current);
	jsonw_kstr(w, "server", x->server);
	jsonw_kstr(w, "connect", server->connect);
	jsonw_kstr(w, "admin", server->admin);
	jsonw_kstr(w, "token_file", x->token_file);
	jsonw_kstr(w, "admin_key", x->admin_key);
	jsonw_end_object(w);
}

static NODISCARD err_t get_contexts(const char *const *names, const void *settings)
{
	static const char *const head[] = {"CURRENT", "NAME",       "SERVER",   "CONNECT",
					   "ADMIN",   "TOKEN FILE", "ADMIN KEY"};
	const struct config_settings *s = settings;
	CLEANUP(contexts_release) struct contexts c = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	(void)names;
	TRY_(settings_load(&s->connection, &c));
	table_row(&t, head, ARRAY_LEN(head));
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < c.n; i++)
		add_context(&c, &c.v[i], &t, &w);
	jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

const struct command command_config_set_server = {
	.name = "config set-server",
	.arguments = "NAME [--connect URL] [--admin URL]",
	.summary = "Names a server in the configuration file, or changes it there.",
	.options = server_options,
	.n_options = ARRAY_LEN(server_options),
	.n_names = 1,
	.settings_size = sizeof(struct config_settings),
	.run = set_server,
};
const struct command command_config_set_context = {
	.name = "config set-context",
	.arguments = "NAME --server SERVER [--token-file FILE | -] [--admin-key FILE]",
	.summary =
		"Makes a context, a server with credentials for it, or changes it; the first one is current.",
	.options = context_options,
	.n_options = ARRAY_LEN(context_options),
	.n_names = 1,
	.settings_size = sizeof(struct config_settings),
	.run = set_context,
};
const struct command command_config_use_context = {
	.name = "config use-context",
	.arguments = "NAME",
	.summary = "Makes a context the current one.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct config_settings),
	.run = use_context,
};
const struct command command_config_delete_context = {
	.name = "config delete-context",
	.arguments = "NAME",
	.summary = "Deletes a context; files of credentials stay.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct config_settings),
	.run = delete_context,
};
const struct command command_config_get_contexts = {
	.name = "config get-contexts",
	.arguments = "[--format json]",
	.summary = "Lists the contexts.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct config_settings),
	.run = get_contexts,
};
