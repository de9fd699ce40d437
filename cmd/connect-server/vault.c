#include "command.h"

#include <inttypes.h>
#include <stdio.h>

struct vault_settings {
	struct place_settings place;
};

static const struct config_option options[] = {
	PLACE_DATA(struct vault_settings),
	PLACE_CREDENTIALS(struct vault_settings),
	PLACE_ADMIN_KEY(struct vault_settings),
};

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct vault_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	char id[OBJECT_ID_SIZE];

	TRY_(place_open_admin(&s->place, &store, &a));
	TRY_(vault_admin_create_vault(a, names[0], id));
	printf("%s\n", id);
	return NULL;
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct vault_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	(void)names;
	TRY_(place_open_admin(&s->place, &store, &a));
	TRY_(vault_admin_list_vaults(a, &vaults));
	printf("%-26s  %6s  %s\n", "ID", "ITEMS", "NAME");
	for (size_t i = 0; i < vaults.n; i++)
		printf("%-26s  %6" PRId64 "  %s\n", vaults.v[i].id, vaults.v[i].n_items, vaults.v[i].name);
	return NULL;
}

const struct command command_vault_create = {
	.name = "vault create",
	.arguments = "NAME",
	.summary = "Makes a vault and prints its id. No token can enter it before one is made for it.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct vault_settings),
	.run = create,
};

const struct command command_vault_list = {
	.name = "vault list",
	.arguments = "",
	.summary = "Lists all vaults.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct vault_settings),
	.run = list,
};
