#ifndef VAULT_PRINCIPAL_H
#define VAULT_PRINCIPAL_H

#include "base/crypto.h"
#include "vault/admin_keys.h"
#include "vault/tx.h"

/* Internal to pkg/vault. Who holds keys: an X25519 key pair each. The public half is known to the server, so
 * keys can be sealed to somebody who is not there. */
enum principal_kind {
	PRINCIPAL_ADMIN_KEY = 1, /* private half sealed under the secret of its file */
	PRINCIPAL_GROUP,         /* private half in wraps, one for each member */
	PRINCIPAL_RECOVERY,      /* key pair derived from its secret: nothing to store */
};

struct principal {
	char id[OBJECT_ID_SIZE];
	enum principal_kind kind;
	char *name;
	enum admin_role role; /* of administrator keys */
	int64_t created_ms;
	uint8_t public_key[CRYPTO_PUBLIC_LEN];
	struct secret *sealed_private; /* of administrator keys, else empty */
};
void principal_release(struct principal *p); /* for CLEANUP */

err_t principal_read(struct tx *t, const char *id, struct principal *out) NODISCARD;
err_t principal_write(struct tx *t, const struct principal *p) NODISCARD;

/* Each makes a key pair, or derives it; *out_private is the other half. */
err_t principal_make_group(const char *name, struct principal *out, struct secret **out_private) NODISCARD;
err_t principal_make_admin(const char *id, const char *name, const struct secret *secret,
			   struct principal *out) NODISCARD;
err_t principal_make_recovery(const struct secret *secret, struct principal *out) NODISCARD;

/* Opens the private half of an administrator key: ERR_DENIED when that is not its secret. */
err_t principal_open_admin(const struct principal *p, const struct secret *secret, struct secret **out)
	NODISCARD;

/* The key pair that a random secret stands for: of the recovery key and of tokens. */
err_t principal_derive(const struct secret *secret, const char *purpose, struct secret **out_private,
		       uint8_t out_public[CRYPTO_PUBLIC_LEN]) NODISCARD;
#define PRINCIPAL_DERIVE_TOKEN "connect-server 1|token"
#define PRINCIPAL_DERIVE_RECOVERY "connect-server 1|recovery"

#endif
