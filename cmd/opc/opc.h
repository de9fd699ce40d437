#ifndef CMD_OPC_H
#define CMD_OPC_H

#include "config/command.h"
#include "opc/lookup.h"
#include "opc/table.h"

/* What every command has: the server, and the global flags of 1Password's program. */
struct connection_settings {
	char *host;
	struct secret *token;
	char *format, *encoding, *account, *session, *config, *context;
	bool debug, no_color, iso_timestamps, cache;
};
extern const char *const formats[];
extern const char *const encodings[];
#define GLOBAL_OPTIONS(type)                                                                                 \
	{"format",                                                                                           \
	 "OP_FORMAT",                                                                                        \
	 CONFIG_STR,                                                                                         \
	 offsetof(type, connection.format),                                                                  \
	 .otherwise = "human-readable",                                                                      \
	 .allowed = formats,                                                                                 \
	 .help = "How lists and items are printed."},                                                        \
		{"debug", "OP_DEBUG", CONFIG_BOOL, offsetof(type, connection.debug),                         \
		 .help = "Tell of each request on standard error."},                                         \
		{"no-color", NULL, CONFIG_BOOL, offsetof(type, connection.no_color),                         \
		 .help = "No colour in tables; NO_COLOR does the same."},                                    \
		{"iso-timestamps", "OP_ISO_TIMESTAMPS", CONFIG_BOOL,                                         \
		 offsetof(type, connection.iso_timestamps),                                                  \
		 .help = "Times as RFC 3339 in tables too, instead of how long ago."},                       \
		{"encoding",                                                                                 \
		 NULL,                                                                                       \
		 CONFIG_STR,                                                                                 \
		 offsetof(type, connection.encoding),                                                        \
		 .otherwise = "utf-8",                                                                       \
		 .allowed = encodings,                                                                       \
		 .help = "Of standard input and output; there is one."},                                     \
		{"cache", "OP_CACHE", CONFIG_BOOL, offsetof(type, connection.cache),                         \
		 .help = "For scripts: nothing is ever kept between two runs."},                             \
		{"account", "OP_ACCOUNT", CONFIG_STR, offsetof(type, connection.account),                    \
		 .help = "For scripts: a Connect server takes precedence over an account."},                 \
		{"session", "OPC_SESSION", CONFIG_STR, offsetof(type, connection.session),                   \
		 .help = "Token of a person's session (opc signin --raw), for the administration of "        \
			 "connect-server; a Connect server takes no notice of it."},                         \
	{                                                                                                    \
		"config", "OP_CONFIG_DIR", CONFIG_STR, offsetof(type, connection.config),                    \
			.help = "Folder of the configuration file, opc.yaml; default: ~/.config/opc."        \
	}
#define CONTEXT_OPTION(type)                                                                                 \
	{                                                                                                    \
		"context", "OPC_CONTEXT", CONFIG_STR, offsetof(type, connection.context),                    \
			.help = "Context of the configuration file, which then wins over the other "         \
				"variables; default: the current one, where they are not set."               \
	}
#define HOST_OPTIONS(type)                                                                                   \
	{NULL, "OP_CONNECT_HOST", CONFIG_STR, offsetof(type, connection.host),                               \
	 .help = "URL of the Connect server."},                                                              \
		{NULL, "OP_CONNECT_TOKEN", CONFIG_SECRET, offsetof(type, connection.token),                  \
		 .help = "Access token for it."},                                                            \
		GLOBAL_OPTIONS(type)
#define CONNECTION_OPTIONS(type) HOST_OPTIONS(type), CONTEXT_OPTION(type)

/* The server that the settings name: a context, or else the variables, or else the current context. */
err_t connection_open(const struct connection_settings *c, struct lookup **out) NODISCARD;
/* One that is named otherwise. */
err_t connection_open_at(const struct connection_settings *c, const char *host, const struct secret *token,
			 struct lookup **out) NODISCARD;
bool connection_wants_json(const struct connection_settings *c);

extern const struct command command_read, command_inject, command_run, command_item_get, command_item_list,
	command_template_list, command_template_get, command_item_create, command_item_edit,
	command_item_delete, command_document_get, command_document_create, command_vault_list,
	command_vault_get, command_whoami, command_opi_status, command_opi_sync, command_opi_diff,
	command_opi_explain, command_opi_doctor, command_vault_create, command_vault_edit,
	command_vault_delete, command_server_create, command_server_get, command_server_list,
	command_server_edit, command_server_delete, command_token_create, command_token_edit,
	command_token_delete, command_token_list, command_vault_grant, command_vault_revoke,
	command_audit_list, command_audit_export, command_audit_verify, command_key_create, command_key_list,
	command_key_delete, command_config_set_server, command_config_set_context, command_config_use_context,
	command_config_delete_context, command_config_get_contexts, command_connect_group_grant,
	command_connect_group_revoke, command_group_create, command_group_get, command_group_list,
	command_group_edit, command_group_delete, command_group_user_grant, command_group_user_revoke,
	command_group_user_list, command_user_provision, command_user_invite, command_user_recovery_begin,
	command_user_recover, command_user_list, command_user_get, command_user_edit, command_user_suspend,
	command_user_reactivate, command_user_delete, command_signin, command_signout,
	command_invitation_accept, command_passphrase_change, command_document_list, command_document_delete;

/* A kind of item by its name. ERR_NOT_FOUND says which one was meant most likely. */
struct item_template;
err_t category_find(const char *name, const struct item_template **out) NODISCARD;

/* The id of the named vault, or of the only one. */
err_t vault_to_write(struct lookup *l, const char *name, const char **out) NODISCARD;

/* The secret of a reference, with the words of 1Password's program around an error. *out_is_file: as for
 * lookup_secret; false for what was fetched beforehand. */
err_t read_reference(struct lookup *l, const char *reference, struct secret *out, bool *out_is_file)
	NODISCARD;

/* To standard output, or to a file (NULL or "": none), which must not be there unless force. */
struct output_settings {
	char *out_file, *file_mode;
	bool force;
};
#define OUTPUT_OPTIONS(type)                                                                                 \
	{"out-file", NULL, CONFIG_STR, offsetof(type, output.out_file),                                      \
	 .help = "File to write to, instead of standard output."},                                           \
		{"file-mode",         NULL,                                                                  \
		 CONFIG_STR,          offsetof(type, output.file_mode),                                      \
		 .otherwise = "0600", .help = "Mode of that file, octal."},                                  \
	{                                                                                                    \
		"force", NULL, CONFIG_BOOL, offsetof(type, output.force),                                    \
			.help = "Overwrite it without asking."                                               \
	}
/* In pieces: a file is there only after output_end, or not at all. */
struct output;
err_t output_begin(const struct output_settings *s, struct output **out) NODISCARD;
err_t output_add(struct output *o, const struct secret *piece) NODISCARD;
err_t output_end(struct output *o) NODISCARD;
void output_freep(struct output **o);
err_t output_write(const struct output_settings *s, const struct secret *content) NODISCARD;

/* Appends at most max bytes of a file or standard input; less only at its end. */
struct input {
	const char *name; /* for errors */
	int fd;
};
err_t input_open(const char *path, struct input *out) NODISCARD;
err_t input_add(const struct input *in, size_t max, struct secret *out) NODISCARD;
void input_close(struct input *in);
/* A whole file, or standard input for NULL, "", "-" and "/dev/stdin". */
err_t input_read(const char *path, struct secret *out) NODISCARD;

/* Standard output, whole. */
err_t print_bytes(const char *p, size_t len) NODISCARD;
/* A table as wide as the terminal, if that is one. */
err_t print_table(const struct table *t, bool no_color) NODISCARD;

/* A string member; "" if absent. */
const char *text_of(const struct jsonx *object, const char *member);

#endif
