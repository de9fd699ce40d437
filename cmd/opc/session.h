#ifndef CMD_OPC_SESSION_H
#define CMD_OPC_SESSION_H

#include "opc.h"

/* The session of a person who has signed in to an administration API, in a file beside the configuration, for
 * its owner only: one for each URL, and shown to no other. */

err_t session_keep(const struct connection_settings *c, const char *url, const char *token) NODISCARD;
/* *out stays NULL: there is none. ERR_DENIED: others may read it. */
err_t session_find(const struct connection_settings *c, const char *url, struct secret **out) NODISCARD;
err_t session_forget(const struct connection_settings *c, const char *url) NODISCARD;

#endif
