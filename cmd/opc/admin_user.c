#include "admin.h"

#include "base/mem.h"
#include "opc/people.h"
#include "show.h"

#include <stdio.h>

#define BODY_MAX 65536
#define TEXT_MAX ((size_t)16 << 20)

struct user_settings {
	struct admin_settings admin;
	char *role;
	struct strv groups;
	bool me;
};
#define AT(member) offsetof(struct user_settings, member)

static const char *const roles[] = {"member", "auditor", NULL};
static const struct config_option options[] = {ADMIN_OPTIONS};
static const struct config_option get_options[] = {
	ADMIN_OPTIONS,
	{"me", NULL, CONFIG_BOOL, AT(me), .help = "Who asks: the person who has signed in."},
};
static const struct config_option list_options[] = {
	ADMIN_OPTIONS,
	{"group", NULL, CONFIG_STR, AT(admin.group), .help = "Only members of this group."},
};
static const struct config_option provision_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, AT(admin.name), .help = "The person's name."},
	{"email", NULL, CONFIG_STR, AT(admin.email), .help = "The address to sign in with."},
	{"group", NULL, CONFIG_REPEATED, AT(groups), .help = "A group to be in."},
	{"role", NULL, CONFIG_STR, AT(role), .otherwise = "member", .allowed = roles,
	 .help = "An auditor looks at everything, is in no group and opens no vault."},
};
static const struct config_option edit_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, AT(admin.name), .help = "The new name."},
	{"email", NULL, CONFIG_STR, AT(admin.email), .help = "The new address to sign in with."},
};
static const struct config_option force_options[] = {
	ADMIN_OPTIONS,
	{"force", NULL, CONFIG_BOOL, AT(admin.force), .help = "Don't ask."},
};
static const char *const aliases[] = {"f", "force", NULL};

static NODISCARD err_t show_user(const struct admin_settings *s, const struct jsonx *person)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	CLEANUP(table_release) struct table t = {0};
	struct jsonw w;

	if (!connection_wants_json(&s->connection)) {
		people_user_head(&t);
		people_user_row(&t, person);
		return print_table(&t, s->connection.no_color);
	}
	jsonw_init_secret(&w, out);
	people_write_user(&w, person, true);
	return print_json(&w, out);
}

/* The invitation alone, for pipes, as `connect token create` prints a token. */
static NODISCARD err_t show_invitation(const struct admin_settings *s, const struct jsonx *person)
{
	if (connection_wants_json(&s->connection))
		return show_user(s, person);
	printf("%s\n", text_of(person, "invitation"));
	return NULL;
}

static NODISCARD err_t write_invited(struct lookup *l, const struct user_settings *s, struct secret *out)
{
	CLEANUP(op_reply_release) struct op_reply groups = {0};
	struct jsonw w;

	if (s->groups.n > 0)
		TRY_(admin_send(l, "GET", "/groups", NULL, &groups));
	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "name", s->admin.name);
	jsonw_kstr(&w, "email", s->admin.email);
	jsonw_kstr(&w, "role", s->role);
	jsonw_karray(&w, "groups");
	for (size_t i = 0; i < s->groups.n; i++) {
		const struct jsonx *group = NULL;

		TRY_(admin_pick(groups.json, "group", s->groups.v[i], NULL, &group));
		jsonw_object(&w);
		jsonw_kstr(&w, "id", text_of(group, "id"));
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t provision(const char *const *names, const void *settings)
{
	const struct user_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	if (str_empty(s->admin.name) || str_empty(s->admin.email))
		return err_new(ERR_INVALID, "--name and --email say who is invited");
	TRY_(admin_open(&s->admin, &l));
	TRY_(write_invited(l, s, body));
	TRY_(admin_send(l, "POST", "/people", body, &reply));
	return show_invitation(&s->admin, reply.json);
}

static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	const struct user_settings *s = settings;
	const struct admin_member members[] = {{"name", s->admin.name}, {"email", s->admin.email}};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *path = NULL;

	if (str_empty(s->admin.name) && str_empty(s->admin.email))
		return err_new(ERR_INVALID, "--name or --email gives what is new");
	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_path(l, "/people", "user", names[0], &path));
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "PATCH", path, body, &reply));
	return show_user(&s->admin, reply.json);
}

/* Who is not a manager still may know himself. */
static NODISCARD err_t get_me(const struct user_settings *s)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	TRY_(admin_open(&s->admin, &l));
	TRY_(admin_send(l, "GET", "/whoami", NULL, &reply));
	if (!streq(text_of(reply.json, "kind"), "person"))
		return err_new(ERR_INVALID, "the administrator key \"%s\" asks, no person who has signed in",
			       text_of(reply.json, "name"));
	return show_user(&s->admin, reply.json);
}

#define USERS .list = "/people", .what = "user", .plural = "users"

static NODISCARD err_t get(const char *const *names, const void *settings)
{
	static const struct admin_action action = {USERS, .method = "GET", .suffix = "",
						   .answered = show_user};
	const struct user_settings *s = settings;

	if (s->me)
		return get_me(s);
	if (!names[0])
		return err_new(ERR_INVALID, "name the user by email address, name or id, or write --me");
	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t suspend(const char *const *names, const void *settings)
{
	static const struct admin_action action = {USERS, .method = "POST", .suffix = "/suspend"};
	const struct user_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t reactivate(const char *const *names, const void *settings)
{
	static const struct admin_action action = {USERS, .method = "POST", .suffix = "/reactivate"};
	const struct user_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	static const struct admin_action action = {USERS, .method = "DELETE", .suffix = "",
						   .question = "Delete the user \"",
						   .rest = "\" and end all sessions?"};
	const struct user_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t recover(const char *const *names, const void *settings)
{
	static const struct admin_action action = {
		USERS,
		.method = "POST",
		.suffix = "/recover",
		.question = "End the passphrase and all sessions of \"",
		.rest = "\", and make a new invitation?",
		.answered = show_invitation,
	};
	const struct user_settings *s = settings;

	return admin_act(&s->admin, &action, names[0]);
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct user_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply people = {0}, groups = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *group = NULL;
	struct jsonw w;

	(void)names;
	TRY_(admin_open(&s->admin, &l));
	if (!str_empty(s->admin.group))
		TRY_(admin_find(l, "/groups", "group", s->admin.group, &groups, &group));
	TRY_(admin_send(l, "GET", "/people", NULL, &people));
	people_user_head(&t);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(people.json); i++) {
		const struct jsonx *person = jsonx_at(people.json, i);

		if (group && !people_has(jsonx_get(group, "members"), text_of(person, "id")))
			continue;
		people_user_row(&t, person);
		people_write_user(&w, person, false);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->admin.connection) ? print_json(&w, out)
							   : print_table(&t, s->admin.connection.no_color);
}

#define PROVISION                                                                                            \
	.arguments = "--name NAME --email EMAIL [--group GROUP]... [--role member|auditor]",                 \
	.options = provision_options, .n_options = ARRAY_LEN(provision_options),                             \
	.settings_size = sizeof(struct user_settings), .run = provision
#define RECOVER                                                                                              \
	.arguments = "USER | - [--force]", .options = force_options, .n_options = ARRAY_LEN(force_options),  \
	.n_names = 1, .settings_size = sizeof(struct user_settings), .aliases = aliases, .run = recover

const struct command command_user_provision = {
	.name = "user provision",
	.summary = "Invites a person; prints the invitation, which is good for three days, this once.",
	PROVISION,
};
const struct command command_user_invite = {
	.name = "user invite",
	.summary = "The same as user provision.",
	PROVISION,
};
const struct command command_user_recovery_begin = {
	.name = "user recovery begin",
	.summary = "For who lost the passphrase: ends it and all sessions, and prints a new invitation.",
	RECOVER,
};
const struct command command_user_recover = {
	.name = "user recover",
	.summary = "The same as user recovery begin.",
	RECOVER,
};
const struct command command_user_list = {
	.name = "user list",
	.arguments = "[--group GROUP] [--format json]",
	.summary = "Lists people.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct user_settings),
	.run = list,
};
const struct command command_user_get = {
	.name = "user get",
	.arguments = "USER | - | --me [--format json]",
	.summary = "Shows a person.",
	.options = get_options,
	.n_options = ARRAY_LEN(get_options),
	.n_more = 1,
	.settings_size = sizeof(struct user_settings),
	.run = get,
};
const struct command command_user_edit = {
	.name = "user edit",
	.arguments = "USER [--name NAME] [--email EMAIL]",
	.summary = "Changes a person's name or email address.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.settings_size = sizeof(struct user_settings),
	.run = edit,
};
const struct command command_user_suspend = {
	.name = "user suspend",
	.arguments = "USER | -",
	.summary = "Ends a person's sessions and lets nobody sign in as that person.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct user_settings),
	.run = suspend,
};
const struct command command_user_reactivate = {
	.name = "user reactivate",
	.arguments = "USER | -",
	.summary = "Lets a suspended person sign in again.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct user_settings),
	.run = reactivate,
};
const struct command command_user_delete = {
	.name = "user delete",
	.arguments = "USER | - [--force]",
	.summary = "Deletes a person.",
	.options = force_options,
	.n_options = ARRAY_LEN(force_options),
	.n_names = 1,
	.settings_size = sizeof(struct user_settings),
	.aliases = aliases,
	.run = delete,
};
