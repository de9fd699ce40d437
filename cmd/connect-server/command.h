#ifndef CONNECT_SERVER_COMMAND_H
#define CONNECT_SERVER_COMMAND_H

#include "config/command.h"
#include "vault/admin.h"

extern const struct command command_init, command_serve, command_recover, command_vault_create,
	command_vault_list, command_token_create, command_token_list, command_token_revoke,
	command_usage_verify, command_check_config;

/* Where a server keeps what: shared by all commands. The defaults lie below the home directory. */
struct place_settings {
	char *data, *credentials, *admin_key;
	struct secret *session; /* OP_SESSION */
	char *xdg_data_home, *home;
};

#define PLACE_DATA(type)                                                                                     \
	{"data", NULL, CONFIG_STR, offsetof(type, place.data),                                               \
	 .help = "Data directory. Default: $XDG_DATA_HOME/.op/data, or ~/.op/data."},                        \
		{NULL, "XDG_DATA_HOME", CONFIG_STR, offsetof(type, place.xdg_data_home),                     \
		 .help = "Folder that the default data directory is below of."},                             \
	{                                                                                                    \
		NULL, "HOME", CONFIG_STR, offsetof(type, place.home), .help = "Home directory."              \
	}
#define PLACE_CREDENTIALS(type)                                                                              \
	{"credentials", NULL, CONFIG_STR, offsetof(type, place.credentials),                                 \
	 .help = "Credentials file. Default: OP_SESSION, or ~/.op/1password-credentials.json."},             \
	{                                                                                                    \
		NULL, "OP_SESSION", CONFIG_SECRET, offsetof(type, place.session),                            \
			.help = "Path of the credentials file, or its content in base64."                    \
	}
#define PLACE_ADMIN_KEY(type)                                                                                \
	{                                                                                                    \
		"admin-key", NULL, CONFIG_STR, offsetof(type, place.admin_key),                              \
			.help = "Administrator key file. Default: ~/.op/administrator-key.json."             \
	}

/* The paths in use. Callers free them. */
char *place_data(const struct place_settings *p);
char *place_credentials(const struct place_settings *p); /* of the file, OP_SESSION aside */
char *place_admin_key(const struct place_settings *p);

/* The store with its credentials, and with the administrator key besides. */
err_t place_open_store(const struct place_settings *p, size_t readers, struct vault_store **out) NODISCARD;
err_t place_open_admin(const struct place_settings *p, struct vault_store **out_store,
		       struct vault_admin **out) NODISCARD;

/* Resolves what --vault gave, in an array that the caller frees. */
err_t place_resolve_grants(struct vault_admin *a, const struct strv *texts, struct vault_grant **out)
	NODISCARD;

/* A secret to stdout, without a newline where a program reads it. */
err_t print_secret(const struct secret *s) NODISCARD;

#endif
