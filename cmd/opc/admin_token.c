#include "admin.h"

#include "base/mem.h"
#include "progress.h"
#include "show.h"
#include "vault/tokenclaims.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 65536
#define TEXT_MAX ((size_t)16 << 20)

static const struct config_option create_options[] = {
	ADMIN_OPTIONS,
	{"server", NULL, CONFIG_STR, ADMIN_AT(server),
	 .help = "Server that it is for; default: the one asked."},
	{"vault", NULL, CONFIG_REPEATED, ADMIN_AT(vaults),
	 .help = "VAULT[,r|w|rw]: what it may do; default: rw."},
	{"vaults", NULL, CONFIG_LIST, ADMIN_AT(vault_list), .help = "Vaults that it may read and write."},
	{"expires-in", NULL, CONFIG_STR, ADMIN_AT(expires_in),
	 .help = "How long it lasts: 90d, 1w2d, 12h; default: for ever."},
};
static const struct config_option edit_options[] = {
	ADMIN_OPTIONS,
	{"name", NULL, CONFIG_STR, ADMIN_AT(name), .help = "Its new name."},
	{"server", NULL, CONFIG_STR, ADMIN_AT(server), .help = "Server that it is for."},
};
static const struct config_option list_options[] = {
	ADMIN_OPTIONS,
	{"server", NULL, CONFIG_STR, ADMIN_AT(server), .help = "Only tokens of this server."},
};
static const struct config_option delete_options[] = {
	ADMIN_OPTIONS,
	{"server", NULL, CONFIG_STR, ADMIN_AT(server), .help = "Server that it is for."},
};

/* "VAULT,rw" */
static NODISCARD err_t write_grant(struct lookup *l, const char *text, struct jsonw *w)
{
	const char *comma = strrchr(text, ',');
	const bool has_rights = comma && (streq(comma, ",r") || streq(comma, ",w") || streq(comma, ",rw"));
	CLEANUP(mem_freep)
	char *name = has_rights ? mem_strndup(text, (size_t)(comma - text)) : mem_strdup(text);
	CLEANUP(op_reply_release) struct op_reply list = {0};
	const struct jsonx *vault = NULL;

	TRY_(admin_find(l, "/vaults", "vault", name, &list, &vault));
	jsonw_object(w);
	jsonw_kstr(w, "id", text_of(vault, "id"));
	jsonw_kbool(w, "read", !has_rights || comma[1] == 'r');
	jsonw_kbool(w, "write", !has_rights || strchr(comma, 'w'));
	jsonw_end_object(w);
	return NULL;
}

static NODISCARD err_t write_body(struct lookup *l, const struct admin_settings *s, const char *name,
				  struct secret *out)
{
	CLEANUP(op_reply_release) struct op_reply servers = {0};
	const struct jsonx *server = NULL;
	struct jsonw w;

	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "name", name);
	if (!str_empty(s->server)) {
		TRY_(admin_find(l, "/servers", "Connect server", s->server, &servers, &server));
		jsonw_kstr(&w, "serverId", text_of(server, "id"));
	}
	if (!str_empty(s->expires_in))
		jsonw_kstr(&w, "expiresIn", s->expires_in);
	jsonw_karray(&w, "vaults");
	for (size_t i = 0; i < s->vaults.n; i++)
		TRY_(write_grant(l, s->vaults.v[i], &w));
	for (size_t i = 0; i < s->vault_list.n; i++)
		TRY_(write_grant(l, s->vault_list.v[i], &w));
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	if (s->vaults.n + s->vault_list.n == 0)
		return err_new(ERR_INVALID, "--vault names what the token may read and write");
	TRY_(admin_open(s, &l));
	TRY_(write_body(l, s, names[0], body));
	TRY_(admin_send(l, "POST", "/tokens", body, &reply));
	printf("%s\n", text_of(reply.json, "token"));
	return NULL;
}

/* Names of tokens may be the same on two servers. Caller frees. */
static NODISCARD err_t token_path(struct lookup *l, const struct admin_settings *s, const char *name,
				  char **out)
{
	CLEANUP(op_reply_release) struct op_reply servers = {0}, tokens = {0};
	const struct jsonx *server = NULL, *token = NULL;

	if (!str_empty(s->server))
		TRY_(admin_find(l, "/servers", "Connect server", s->server, &servers, &server));
	TRY_(admin_send(l, "GET", "/tokens", NULL, &tokens));
	TRY_(admin_pick(tokens.json, "token", name, server ? text_of(server, "id") : NULL, &token));
	if (!onepassword_is_id(text_of(token, "id")))
		return err_new(ERR_PROTOCOL, "the token has no id");
	*out = mem_printf("/tokens/%s", text_of(token, "id"));
	return NULL;
}

static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *path = NULL;

	if (str_empty(s->name))
		return err_new(ERR_INVALID, "--name gives its new name");
	TRY_(admin_open(s, &l));
	TRY_(token_path(l, s, names[0], &path));
	TRY_(admin_body(&(struct admin_member){"name", s->name}, 1, body));
	return admin_send(l, "PATCH", path, body, &reply);
}

static NODISCARD err_t revoke(struct lookup *l, const struct admin_settings *s,
			      const struct item_names *tokens)
{
	for (size_t i = 0; i < tokens->n; i++) {
		CLEANUP(op_reply_release) struct op_reply reply = {0};
		CLEANUP(mem_freep) char *path = NULL;

		if (tokens->n > 1)
			progress_show(i, "tokens", false);
		TRY_(token_path(l, s, tokens->v[i].item, &path));
		TRY_(admin_send(l, "DELETE", path, NULL, &reply));
	}
	return NULL;
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(item_names_release) struct item_names tokens = {0};
	err_t e;

	TRY_(admin_names(names[0], &tokens));
	TRY_(admin_open(s, &l));
	e = revoke(l, s, &tokens);
	progress_clear();
	return e;
}

/* --- the list --- */

static bool may(const struct jsonx *vault, const char *right)
{
	return jsonx_true(jsonx_get(vault, right));
}

static void add_json(struct jsonw *w, const struct jsonx *token)
{
	const struct jsonx *vaults = jsonx_get(token, "vaults");

	jsonw_object(w);
	jsonw_kstr(w, "id", text_of(token, "id"));
	jsonw_kstr(w, "name", text_of(token, "name"));
	/* 1Password's program knows no third state: a token that expires is revoked there. */
	jsonw_kstr(w, "state", streq(text_of(token, "state"), "ACTIVE") ? "ACTIVE" : "REVOKED");
	jsonw_kstr(w, "issuer", TOKEN_ISSUER);
	jsonw_kstr(w, "audience", TOKEN_AUDIENCE);
	jsonw_karray(w, "features");
	jsonw_str(w, TOKEN_FEATURE);
	jsonw_end_array(w);
	jsonw_karray(w, "vaults");
	for (size_t i = 0; i < jsonx_len(vaults); i++) {
		const struct jsonx *v = jsonx_at(vaults, i);

		jsonw_object(w);
		jsonw_kstr(w, "id", text_of(v, "id"));
		jsonw_karray(w, "acl");
		if (may(v, "read"))
			jsonw_str(w, "read_items");
		for (size_t k = 0; may(v, "write") && k < 3; k++)
			jsonw_str(w,
				  (const char *const[]){"create_items", "update_items", "delete_items"}[k]);
		jsonw_end_array(w);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_kstr(w, "created_at", text_of(token, "createdAt"));
	if (!str_empty(text_of(token, "expiresAt")))
		jsonw_kstr(w, "expires_at", text_of(token, "expiresAt"));
	jsonw_kstr(w, "integration_id", text_of(token, "serverId"));
	jsonw_kstr(w, "creator_id", text_of(token, "creatorId"));
	jsonw_end_object(w);
}

static void add_row(struct table *t, const struct jsonx *token)
{
	const struct jsonx *vaults = jsonx_get(token, "vaults");
	CLEANUP(strbuf_release) struct strbuf grants = {0};

	strbuf_init(&grants, BODY_MAX);
	for (size_t i = 0; i < jsonx_len(vaults); i++) {
		const struct jsonx *v = jsonx_at(vaults, i);

		strbuf_addf(&grants, "%s%s,%s%s", i > 0 ? " " : "", text_of(v, "name"),
			    may(v, "read") ? "r" : "", may(v, "write") ? "w" : "");
	}
	table_row(t,
		  (const char *const[]){text_of(token, "id"), text_of(token, "name"), text_of(token, "state"),
					text_of(token, "createdAt"), text_of(token, "expiresAt"), grants.p},
		  6);
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct admin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply tokens = {0}, servers = {0};
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct jsonx *server = NULL;
	struct jsonw w;

	(void)names;
	TRY_(admin_open(s, &l));
	if (!str_empty(s->server))
		TRY_(admin_find(l, "/servers", "Connect server", s->server, &servers, &server));
	TRY_(admin_send(l, "GET", "/tokens", NULL, &tokens));
	table_row(&t, (const char *const[]){"ID", "NAME", "STATE", "CREATED", "EXPIRES", "VAULTS"}, 6);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < jsonx_len(tokens.json); i++) {
		const struct jsonx *token = jsonx_at(tokens.json, i);

		if (server && !streq(text_of(token, "serverId"), text_of(server, "id")))
			continue;
		add_row(&t, token);
		add_json(&w, token);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

const struct command command_token_create = {
	.name = "connect token create",
	.arguments = "NAME --vault VAULT[,r|w|rw]... [--server SERVER] [--expires-in 90d]",
	.summary = "Makes an access token, and prints it this once.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = create,
};
const struct command command_token_edit = {
	.name = "connect token edit",
	.arguments = "TOKEN --name NAME [--server SERVER]",
	.summary = "Renames an access token.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = edit,
};
const struct command command_token_delete = {
	.name = "connect token delete",
	.arguments = "TOKEN | - [--server SERVER]",
	.summary = "Revokes an access token: its next request is refused.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct admin_settings),
	.run = delete,
};
const struct command command_token_list = {
	.name = "connect token list",
	.arguments = "[--server SERVER] [--format json]",
	.summary = "Lists access tokens, revoked ones too.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct admin_settings),
	.run = list,
};
