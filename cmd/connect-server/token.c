#include "command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/token_text.h"

#include <stdio.h>
#include <string.h>

struct token_settings {
	struct place_settings place;
	struct strv vaults;
	char *expires_in;
};

static const struct config_option create_options[] = {
	{"vault", NULL, CONFIG_REPEATED, offsetof(struct token_settings, vaults),
	 .help = "Name or id of a vault, followed by ,r ,w or ,rw; without it both."},
	{"expires-in", NULL, CONFIG_STR, offsetof(struct token_settings, expires_in),
	 .help = "Lifetime, such as 90d, 12h or 1w2d. Default: it does not expire."},
	PLACE_DATA(struct token_settings),
	PLACE_CREDENTIALS(struct token_settings),
	PLACE_ADMIN_KEY(struct token_settings),
};

static const struct config_option options[] = {
	PLACE_DATA(struct token_settings),
	PLACE_CREDENTIALS(struct token_settings),
	PLACE_ADMIN_KEY(struct token_settings),
};

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct token_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(mem_freep) struct vault_grant *grants = NULL;
	CLEANUP(secret_freep) struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];
	int64_t lifetime_ms = 0;

	if (s->vaults.n == 0)
		return err_new(ERR_INVALID, "a token needs at least one --vault");
	if (!str_empty(s->expires_in))
		TRY(lifetime_parse_ms(s->expires_in, &lifetime_ms), "--expires-in");
	TRY_(place_open_admin(&s->place, &store, &a));
	TRY_(place_resolve_grants(a, &s->vaults, &grants));
	TRY_(vault_admin_create_token(a, names[0], lifetime_ms ? clock_wall_ms() + lifetime_ms : 0, grants,
				      s->vaults.n, id, &token));
	fprintf(stderr, "Token \"%s\" (%s): on standard output, and nowhere else.\n", names[0], id);
	return print_secret(token);
}

static const char *state_of(const struct vault_token *t)
{
	if (t->revoked_ms)
		return "revoked";
	return t->expires_ms && clock_wall_ms() >= t->expires_ms ? "expired" : "active";
}

static void print_grants(const struct vault_token *t, const struct vault_infos *vaults)
{
	for (size_t i = 0; i < t->n_grants; i++) {
		const struct vault_grant *g = &t->grants[i];
		const char *name = g->vault_id;

		for (size_t k = 0; k < vaults->n; k++)
			name = streq(vaults->v[k].id, g->vault_id) ? vaults->v[k].name : name;
		printf("%s%s,%s%s", i > 0 ? " " : "", name, g->rights & VAULT_READ ? "r" : "",
		       g->rights & VAULT_WRITE ? "w" : "");
	}
}

static void print_token(const struct vault_token *t, const struct vault_infos *vaults)
{
	char expires[CLOCK_RFC3339_SIZE] = "never";

	if (t->expires_ms)
		clock_format_rfc3339(t->expires_ms, 0, expires);
	printf("%-26s  %-7s  %-20s  %-20s  ", t->id, state_of(t), expires, t->name);
	print_grants(t, vaults);
	printf("\n");
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct token_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};

	(void)names;
	TRY_(place_open_admin(&s->place, &store, &a));
	TRY_(vault_admin_list_vaults(a, &vaults));
	TRY_(vault_admin_list_tokens(a, &tokens));
	printf("%-26s  %-7s  %-20s  %-20s  %s\n", "ID", "STATE", "EXPIRES", "NAME", "VAULTS");
	for (size_t i = 0; i < tokens.n; i++)
		print_token(&tokens.v[i], &vaults);
	return NULL;
}

static NODISCARD err_t revoke(const char *const *names, const void *settings)
{
	const struct token_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;

	if (!object_id_is_valid(names[0]))
		return err_new(ERR_INVALID, "that is no token's id; `connect-server token list` shows them");
	TRY_(place_open_admin(&s->place, &store, &a));
	return vault_admin_revoke_token(a, names[0]);
}

const struct command command_token_create = {
	.name = "token create",
	.arguments = "NAME --vault VAULT[,r|w|rw]... [--expires-in 90d]",
	.summary = "Makes an access token and prints it, once.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct token_settings),
	.run = create,
};

const struct command command_token_list = {
	.name = "token list",
	.arguments = "",
	.summary = "Lists all access tokens, also those that were revoked or have expired.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct token_settings),
	.run = list,
};

const struct command command_token_revoke = {
	.name = "token revoke",
	.arguments = "ID",
	.summary = "Revokes an access token at once, also for servers that are running.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct token_settings),
	.run = revoke,
};
