#ifndef CMD_OPC_ASK_H
#define CMD_OPC_ASK_H

#include "base/secret.h"

/* What only a person knows: typed at a terminal that does not show it, or a line of standard input for each.
 * Zero-initialise it. */
struct asker {
	struct secret *piped; /* NULL: nothing was read yet */
	size_t at;
};
#define ASK_MAX 4096

void asker_release(struct asker *a); /* for CLEANUP */

/* what: "passphrase". ERR_INVALID: nothing was given. */
err_t ask_secret(struct asker *a, const char *what, struct secret **out) NODISCARD;
/* A new one, which has to be typed twice at a terminal. */
err_t ask_new_secret(struct asker *a, const char *what, struct secret **out) NODISCARD;

#endif
