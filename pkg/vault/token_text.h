#ifndef VAULT_TOKEN_TEXT_H
#define VAULT_TOKEN_TEXT_H

#include "vault/admin.h"

/* How people write what a token gets on a command line. */

/* "Vault", "Vault,r", "Vault,w", "Vault,rw": a vault's name or id, and rights; without them both. A name that
 * itself ends in ",r" needs its rights spelt out. */
struct grant_text {
	char *vault;
	unsigned int rights;
};
err_t grant_text_parse(const char *text, struct grant_text *out) NODISCARD;
void grant_text_release(struct grant_text *g); /* for CLEANUP */

/* Finds the vault: by id, else by its one exact name. ERR_NOT_FOUND; ERR_INVALID when several have that name.
 */
err_t grant_text_resolve(const struct grant_text *g, const struct vault_infos *vaults,
			 struct vault_grant *out) NODISCARD;

/* "90d", "1w2d", "12h30m", "45s": at least a second, at most ten years. */
err_t lifetime_parse_ms(const char *text, int64_t *out) NODISCARD;

#endif
