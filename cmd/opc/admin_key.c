#include "admin.h"

#include "base/file.h"
#include "base/mem.h"
#include "show.h"

#include <stdio.h>
#include <unistd.h>

#define BODY_MAX 65536
#define TEXT_MAX ((size_t)16 << 20)

struct key_settings {
	struct admin_settings admin;
	char *role, *out_file;
};
static const char *const roles[] = {"manager", "member", "auditor", NULL};
static const struct config_option create_options[] = {
	ADMIN_OPTIONS,
	{"role", NULL, CONFIG_STR, offsetof(struct key_settings, role), .otherwise = "manager",
	 .allowed = roles,
	 .help = "A member has the rights of the groups that it is put into; an auditor may look at tokens, "
		 "servers, keys, people and the log, and opens no vault."},
	{"out-file", NULL, CONFIG_STR, offsetof(struct key_settings, out_file),
	 .help = "File for the key; default: NAME-key.json in this folder."},
	{"force", NULL, CONFIG_BOOL, offsetof(struct key_settings, admin.force),
	 .help = "Overwrite that file without asking."},
};
static const struct config_option list_options[] = {ADMIN_OPTIONS};
static const struct config_option delete_options[] = {
	ADMIN_OPTIONS,
	{"force", NULL, CONFIG_BOOL, offsetof(struct key_settings, admin.force), .help = "Don't ask."},
};
static const char *const create_aliases[] = {"o", "out-file", "f", "force", NULL};
static const char *const aliases[] = {"f", "force", NULL};

static NODISCARD err_t save(const char *path, const struct jsonx *key)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(BODY_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	jsonw_value(&w, key);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(text, "\n", 1));
	return file_write_atomic(path, secret_bytes(text), secret_len(text), 0600);
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct key_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	const struct admin_member members[] = {{"name", names[0]}, {"role", s->role}};
	CLEANUP(mem_freep)
	char *path = str_empty(s->out_file) ? mem_printf("%s-key.json", names[0]) : mem_strdup(s->out_file);
	CLEANUP(mem_freep) char *question = mem_printf("%s exists already. Overwrite it?", path);

	if (access(path, F_OK) == 0)
		TRY_(confirm(s->admin.force, question));
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "POST", "/keys", body, &reply));
	TRY_(save(path, jsonx_get(reply.json, "key")));
	printf("%s\n", path);
	return NULL;
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	static const char *const head[] = {"ID", "NAME", "ROLE", "CREATED"};
	static const char *const members[] = {"id", "name", "role", "createdAt"};
	static const char *const json_names[] = {"id", "name", "role", "created_at"};
	const struct key_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply keys = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_send(l, "GET", "/keys", NULL, &keys));
	table_row(&t, head, ARRAY_LEN(head));
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(keys.json); i++) {
		const char *cells[ARRAY_LEN(members)];

		jsonw_object(&w);
		for (size_t k = 0; k < ARRAY_LEN(members); k++) {
			cells[k] = text_of(jsonx_at(keys.json, i), members[k]);
			jsonw_kstr(&w, json_names[k], cells[k]);
		}
		jsonw_end_object(&w);
		table_row(&t, cells, ARRAY_LEN(cells));
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->admin.connection) ? print_json(&w, out)
							   : print_table(&t, s->admin.connection.no_color);
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	static const struct admin_action action = {
		.list = "/keys",
		.what = "key",
		.plural = "keys",
		.method = "DELETE",
		.suffix = "",
		.question = "Delete the administrator key \"",
		.rest = "\", whose next request is refused?",
	};
	const struct key_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

const struct command command_key_create = {
	.name = "admin key create",
	.arguments = "NAME [--role manager|member|auditor] [-o FILE]",
	.summary = "Makes another administrator key, in a file for its owner only.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct key_settings),
	.aliases = create_aliases,
	.run = create,
};
const struct command command_key_list = {
	.name = "admin key list",
	.arguments = "[--format json]",
	.summary = "Lists administrator keys.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct key_settings),
	.run = list,
};
const struct command command_key_delete = {
	.name = "admin key delete",
	.arguments = "KEY | - [--force]",
	.summary = "Deletes an administrator key: its next request is refused.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct key_settings),
	.aliases = aliases,
	.run = delete,
};
