#ifndef CMD_OPC_SETTINGS_H
#define CMD_OPC_SETTINGS_H

#include "opc.h"
#include "opc/contexts.h"

/* The configuration file, opc.yaml, and what a context of it comes to. */

/* The folder that --config names, else $XDG_CONFIG_HOME/opc, else ~/.config/opc. NULL: there is none, as
 * without a home. Caller frees. */
char *settings_folder(const struct connection_settings *c);

/* Without a file it is empty. ERR_DENIED: others may read it. */
err_t settings_load(const struct connection_settings *c, struct contexts *out) NODISCARD;
err_t settings_save(const struct connection_settings *c, const struct contexts *contexts) NODISCARD;

/* Of the context that is named, or else of the current one. All NULL: there is none. */
struct chosen {
	char *name;
	char *connect, *admin;        /* URLs; NULL: the server has none */
	char *token_file, *admin_key; /* paths */
};
void chosen_release(struct chosen *c);
err_t settings_choose(const struct connection_settings *c, struct chosen *out) NODISCARD;

/* A file with a secret, of at most max bytes. ERR_DENIED, with what to do: others may read or change it, or
 * it belongs to somebody else. what: how the error calls it. */
err_t settings_read_private(const char *what, const char *path, size_t max, struct secret **out) NODISCARD;

#endif
