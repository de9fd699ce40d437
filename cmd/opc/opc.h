#ifndef CMD_OPC_H
#define CMD_OPC_H

#include "config/command.h"
#include "opc/lookup.h"

/* What every command that asks a Connect server has. */
struct connection_settings {
	char *host;
	struct secret *token;
};
#define CONNECTION_OPTIONS(type)                                                                             \
	{NULL, "OP_CONNECT_HOST", CONFIG_STR, offsetof(type, connection.host),                               \
	 .help = "URL of the Connect server."},                                                              \
	{                                                                                                    \
		NULL, "OP_CONNECT_TOKEN", CONFIG_SECRET, offsetof(type, connection.token),                   \
			.help = "Access token for it."                                                       \
	}

extern const struct command command_read, command_inject, command_run, command_item_get, command_item_list,
	command_vault_list, command_whoami;

/* The secret of a reference, with the words of 1Password's program around an error. */
err_t read_reference(struct lookup *l, const char *reference, struct secret *out) NODISCARD;

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
err_t output_write(const struct output_settings *s, const struct secret *content) NODISCARD;

/* Standard output, whole. */
err_t print_bytes(const char *p, size_t len) NODISCARD;

#endif
