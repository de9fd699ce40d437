#include "admin.h"

#include "base/mem.h"
#include "show.h"

#include <stdio.h>

#define BODY_MAX 65536

static const struct config_option create_options[] = {
	ADMIN_OPTIONS,
	{"description", NULL, CONFIG_STR, ADMIN_AT(description), .help = "What it is for."},
};
static const struct config_option edit_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, ADMIN_AT(name), .help = "Its new name."},
	{"description", NULL, CONFIG_STR, ADMIN_AT(description), .help = "Its new description."},
};
static const struct config_option delete_options[] = {
	ADMIN_OPTIONS,
	{"force", NULL, CONFIG_BOOL, ADMIN_AT(force), .help = "Don't ask."},
};
static const char *const aliases[] = {"f", "force", NULL};

static NODISCARD err_t show(const struct admin_settings *s, const struct jsonx *vault)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(BODY_MAX);
	struct jsonw w;

	if (!connection_wants_json(&s->connection)) {
		printf("ID:          %s\nName:        %s\nDescription: %s\n", text_of(vault, "id"),
		       text_of(vault, "name"), text_of(vault, "description"));
		return NULL;
	}
	jsonw_init_secret(&w, out);
	show_vault(&w, vault, true);
	return print_json(&w, out);
}

/* One write to a vault, or to the list of them. */
static NODISCARD err_t send_vault(const struct admin_settings *s, struct lookup *l, const char *method,
				  const char *path, const char *name)
{
	const struct admin_member members[] = {{"name", name}, {"description", s->description}};
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, method, path, body, &reply));
	return show(s, reply.json);
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;

	TRY_(admin_open(s, &l));
	return send_vault(s, l, "POST", "/vaults", names[0]);
}

static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(mem_freep) char *path = NULL;

	TRY_(admin_open(s, &l));
	TRY_(admin_path(l, "/vaults", "vault", names[0], &path));
	return send_vault(s, l, "PATCH", path, s->name);
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	static const struct admin_action action = {
		.list = "/vaults",
		.what = "vault",
		.plural = "vaults",
		.method = "DELETE",
		.suffix = "",
		.question = "Delete the vault \"",
		.rest = "\" and all its items for good?",
	};

	return admin_act(settings, &action, names[0]);
}

const struct command command_vault_create = {
	.name = "vault create",
	.arguments = "NAME [--description TEXT]",
	.summary = "Makes a vault, with an administrator key.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = create,
};
const struct command command_vault_edit = {
	.name = "vault edit",
	.arguments = "VAULT [--name NAME] [--description TEXT]",
	.summary = "Renames or describes a vault, with an administrator key.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = edit,
};
const struct command command_vault_delete = {
	.name = "vault delete",
	.arguments = "VAULT | - [--force]",
	.summary = "Deletes a vault and all its items, with an administrator key.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.aliases = aliases,
	.run = delete,
};
