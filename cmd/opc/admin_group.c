#include "admin.h"

#include "base/mem.h"
#include "opc/people.h"
#include "show.h"

#include <stdio.h>

#define BODY_MAX 65536
#define TEXT_MAX ((size_t)16 << 20)

struct group_settings {
	struct admin_settings admin;
	char *role;
	bool all_servers;
};
#define AT(member) offsetof(struct group_settings, member)

static const char *const roles[] = {"member", NULL};
static const struct config_option options[] = {ADMIN_OPTIONS};
static const struct config_option create_options[] = {
	ADMIN_OPTIONS,
	{"description", NULL, CONFIG_STR, AT(admin.description), .help = "What it is for."},
};
static const struct config_option edit_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, AT(admin.name), .help = "Its new name."},
	{"description", NULL, CONFIG_STR, AT(admin.description), .help = "Its new description."},
};
static const struct config_option delete_options[] = {
	ADMIN_OPTIONS,
	{"force", NULL, CONFIG_BOOL, AT(admin.force), .help = "Don't ask."},
};
static const struct config_option list_options[] = {
	ADMIN_OPTIONS,
	{"user", NULL, CONFIG_STR, AT(admin.user),
	 .help = "Only groups that this person or administrator key is in."},
};
static const struct config_option member_options[] = {
	ADMIN_OPTIONS,
	{"group", NULL, CONFIG_STR, AT(admin.group), .help = "The group."},
	{"user", NULL, CONFIG_STR, AT(admin.user),
	 .help = "The person, by email address, name or id; or an administrator key."},
	{"role", NULL, CONFIG_STR, AT(role), .otherwise = "member", .allowed = roles,
	 .help = "In the group: there is one. Managers are who is in the group Managers."},
};
static const struct config_option connect_options[] = {
	ADMIN_OPTIONS,
	{"group", NULL, CONFIG_STR, AT(admin.group), .help = "The group."},
	{"server", NULL, CONFIG_STR, AT(admin.server),
	 .help = "The server; default: all that have no list of groups of their own."},
	{"all-servers", NULL, CONFIG_BOOL, AT(all_servers),
	 .help = "All servers, those to come too, that have no list of groups of their own."},
};
static const char *const aliases[] = {"f", "force", NULL};

static NODISCARD err_t show_group(const struct admin_settings *s, const struct jsonx *group)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	CLEANUP(table_release) struct table t = {0};
	struct jsonw w;

	if (!connection_wants_json(&s->connection)) {
		people_group_head(&t);
		people_group_row(&t, group);
		return print_table(&t, s->connection.no_color);
	}
	jsonw_init_secret(&w, out);
	people_write_group(&w, group, true);
	return print_json(&w, out);
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct group_settings *s = settings;
	const struct admin_member members[] = {{"name", names[0]}, {"description", s->admin.description}};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "POST", "/groups", body, &reply));
	return show_group(&s->admin, reply.json);
}

static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	const struct group_settings *s = settings;
	const struct admin_member members[] = {{"name", s->admin.name},
					       {"description", s->admin.description}};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *path = NULL;

	if (str_empty(s->admin.name) && str_empty(s->admin.description))
		return err_new(ERR_INVALID, "--name or --description gives what is new");
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_path(l, "/groups", "group", names[0], &path));
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "PATCH", path, body, &reply));
	return show_group(&s->admin, reply.json);
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	static const struct admin_action action = {
		.list = "/groups",
		.what = "group",
		.plural = "groups",
		.method = "DELETE",
		.suffix = "",
		.question = "Delete the group \"",
		.rest = "\", whose members no longer manage its servers?",
	};
	const struct group_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t get(const char *const *names, const void *settings)
{
	static const struct admin_action action = {.list = "/groups",
						   .what = "group",
						   .plural = "groups",
						   .method = "GET",
						   .suffix = "",
						   .answered = show_group};
	const struct group_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

/* The person, or else the administrator key. */
static NODISCARD err_t find_member(struct lookup *l, const char *name, struct op_reply *list,
				   const struct jsonx **out)
{
	CLEANUP(op_reply_release) struct op_reply keys = {0};
	CLEANUP(err_freep) err_t e = NULL;

	TRY_(admin_send(l, "GET", "/people", NULL, list));
	e = admin_pick(list->json, "user", name, NULL, out);
	if (!e || err_kind(e) != ERR_NOT_FOUND)
		return TAKE(e);
	TRY_(admin_send(l, "GET", "/keys", NULL, &keys));
	CLEANUP(err_freep) err_t none = admin_pick(keys.json, "key", name, NULL, out);
	if (none)
		return TAKE(e);
	op_reply_release(list);
	*list = keys;
	keys = (struct op_reply){0};
	return NULL;
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct group_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply groups = {0}, list = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *user = NULL;
	struct jsonw w;

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	if (!str_empty(s->admin.user))
		TRY_(find_member(l, s->admin.user, &list, &user));
	TRY_(admin_send(l, "GET", "/groups", NULL, &groups));
	people_group_head(&t);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(groups.json); i++) {
		const struct jsonx *group = jsonx_at(groups.json, i);

		if (user && !people_has(jsonx_get(group, "members"), text_of(user, "id")))
			continue;
		people_group_row(&t, group);
		people_write_group(&w, group, false);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->admin.connection) ? print_json(&w, out)
							   : print_table(&t, s->admin.connection.no_color);
}

/* --- members --- */

static NODISCARD err_t set_member(const struct group_settings *s, const char *method)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply list = {0}, reply = {0};
	CLEANUP(mem_freep) char *group = NULL;
	CLEANUP(mem_freep) char *path = NULL;
	const struct jsonx *user = NULL;

	if (str_empty(s->admin.group) || str_empty(s->admin.user))
		return err_new(ERR_INVALID, "--group and --user name which");
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_path(l, "/groups", "group", s->admin.group, &group));
	TRY_(find_member(l, s->admin.user, &list, &user));
	path = mem_printf("%s/members/%s", group, text_of(user, "id"));
	return admin_send(l, method, path, NULL, &reply);
}

static NODISCARD err_t grant_user(const char *const *names, const void *settings)
{
	(void)names;
	return set_member(settings, "PUT");
}

static NODISCARD err_t revoke_user(const char *const *names, const void *settings)
{
	(void)names;
	return set_member(settings, "DELETE");
}

static NODISCARD err_t list_users(const char *const *names, const void *settings)
{
	const struct group_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply groups = {0}, people = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *group = NULL;
	struct jsonw w;

	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_find(l, "/groups", "group", names[0], &groups, &group));
	TRY_(admin_send(l, "GET", "/people", NULL, &people));
	people_member_head(&t);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(jsonx_get(group, "members")); i++) {
		const struct jsonx *member = jsonx_at(jsonx_get(group, "members"), i);

		people_member_row(&t, member, people.json);
		people_write_member(&w, member, people.json);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->admin.connection) ? print_json(&w, out)
							   : print_table(&t, s->admin.connection.no_color);
}

/* --- what a group manages --- */

static NODISCARD err_t set_servers(const struct group_settings *s, const char *method)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *group = NULL;
	CLEANUP(mem_freep) char *server = NULL;
	CLEANUP(mem_freep) char *path = NULL;

	if (str_empty(s->admin.group))
		return err_new(ERR_INVALID, "--group names the group");
	if (s->all_servers && !str_empty(s->admin.server))
		return err_new(ERR_INVALID, "--server and --all-servers exclude each other");
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_path(l, "/groups", "group", s->admin.group, &group));
	if (!str_empty(s->admin.server))
		TRY_(admin_path(l, "/servers", "Connect server", s->admin.server, &server));
	path = mem_printf("%s%s", group, server ? server : "/global");
	return admin_send(l, method, path, NULL, &reply);
}

static NODISCARD err_t grant_servers(const char *const *names, const void *settings)
{
	(void)names;
	return set_servers(settings, "PUT");
}

static NODISCARD err_t revoke_servers(const char *const *names, const void *settings)
{
	(void)names;
	return set_servers(settings, "DELETE");
}

const struct command command_connect_group_grant = {
	.name = "connect group grant",
	.arguments = "--group GROUP [--server SERVER | --all-servers]",
	.summary = "Lets a group manage a Connect server, or all that have no list of groups of their own.",
	.options = connect_options,
	.n_options = ARRAY_LEN(connect_options),
	.settings_size = sizeof(struct group_settings),
	.run = grant_servers,
};
const struct command command_connect_group_revoke = {
	.name = "connect group revoke",
	.arguments = "--group GROUP [--server SERVER | --all-servers]",
	.summary = "Lets a group no longer manage a Connect server, or all of them.",
	.options = connect_options,
	.n_options = ARRAY_LEN(connect_options),
	.settings_size = sizeof(struct group_settings),
	.run = revoke_servers,
};
const struct command command_group_create = {
	.name = "group create",
	.arguments = "NAME [--description TEXT] [--format json]",
	.summary = "Makes a group of people and administrator keys.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct group_settings),
	.run = create,
};
const struct command command_group_get = {
	.name = "group get",
	.arguments = "GROUP | - [--format json]",
	.summary = "Shows a group.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct group_settings),
	.run = get,
};
const struct command command_group_list = {
	.name = "group list",
	.arguments = "[--user USER] [--format json]",
	.summary = "Lists groups.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct group_settings),
	.run = list,
};
const struct command command_group_edit = {
	.name = "group edit",
	.arguments = "GROUP [--name NAME] [--description TEXT]",
	.summary = "Renames or describes a group.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.settings_size = sizeof(struct group_settings),
	.run = edit,
};
const struct command command_group_delete = {
	.name = "group delete",
	.arguments = "GROUP | - [--force]",
	.summary = "Deletes a group; its members stay.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct group_settings),
	.aliases = aliases,
	.run = delete,
};
const struct command command_group_user_grant = {
	.name = "group user grant",
	.arguments = "--group GROUP --user USER",
	.summary = "Puts a person or an administrator key into a group.",
	.options = member_options,
	.n_options = ARRAY_LEN(member_options),
	.settings_size = sizeof(struct group_settings),
	.run = grant_user,
};
const struct command command_group_user_revoke = {
	.name = "group user revoke",
	.arguments = "--group GROUP --user USER",
	.summary = "Takes a person or an administrator key out of a group.",
	.options = member_options,
	.n_options = ARRAY_LEN(member_options) - 1,
	.settings_size = sizeof(struct group_settings),
	.run = revoke_user,
};
const struct command command_group_user_list = {
	.name = "group user list",
	.arguments = "GROUP [--format json]",
	.summary = "Lists the members of a group.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct group_settings),
	.run = list_users,
};
