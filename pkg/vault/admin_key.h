#ifndef VAULT_ADMIN_KEY_H
#define VAULT_ADMIN_KEY_H

#include "base/secret.h"
#include "vault/id.h"

/* The file of an administrator key: its secret opens the private half of its key pair, which is in the
 * database.
 *	{"issuer":"connect-server","kind":"administrator key","id":ID,"secret":32 BYTES} */
struct admin_key {
	char id[OBJECT_ID_SIZE];
	struct secret *secret;
};

#define ADMIN_KEY_MAX 4096

struct admin_key admin_key_new(void);        /* random */
void admin_key_release(struct admin_key *k); /* for CLEANUP */
err_t admin_key_parse(const char *p, size_t len, struct admin_key *out) NODISCARD;
/* "ID.SECRET", both as in the file: for an Authorization header. */
err_t admin_key_parse_bearer(const char *text, struct admin_key *out) NODISCARD;
err_t admin_key_format(const struct admin_key *k, struct secret **out) NODISCARD; /* JSON and a newline */
err_t admin_key_load(const char *path, struct admin_key *out) NODISCARD;

#endif
