#ifndef VAULT_PASSPHRASE_H
#define VAULT_PASSPHRASE_H

#include "base/secret.h"

/* A key from a person's passphrase, by argon2id (RFC 9106). What it costs is noted with what it opens, so
 * that it can be raised later. */
#define PASSPHRASE_SALT_LEN 16
struct passphrase_cost {
	uint8_t salt[PASSPHRASE_SALT_LEN];
	uint32_t memory_kib;
	uint32_t passes;
};

/* Today's cost (OWASP's password storage cheat sheet: 19 MiB, two passes, or more) with a new salt. */
struct passphrase_cost passphrase_cost_new(void);

/* NIST SP 800-63B: length counts, nothing else is asked for. */
#define PASSPHRASE_CHARACTERS_MIN 15
#define PASSPHRASE_BYTES_MAX 1024
err_t passphrase_check(const char *text, size_t len) NODISCARD; /* ERR_INVALID says what is wrong */

/* Takes tens of milliseconds and memory_kib of memory. ERR_PROTOCOL for a cost that this program never wrote.
 */
err_t passphrase_key(const char *text, size_t len, const struct passphrase_cost *cost, struct secret **out)
	NODISCARD;

#endif
