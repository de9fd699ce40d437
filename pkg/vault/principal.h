#ifndef VAULT_PRINCIPAL_H
#define VAULT_PRINCIPAL_H

#include "base/crypto.h"
#include "vault/admin_keys.h"
#include "vault/admin_people.h"
#include "vault/passphrase.h"
#include "vault/tx.h"

/* Internal to pkg/vault. Who holds keys: an X25519 key pair each. The public half is known to the server, so
 * keys can be sealed to somebody who is not there. */
enum principal_kind {
	PRINCIPAL_ADMIN_KEY = 1, /* private half sealed under the secret of its file */
	PRINCIPAL_GROUP,         /* private half in wraps: one for each member, one for the managers */
	PRINCIPAL_RECOVERY,      /* key pair derived from its secret: nothing to store */
	PRINCIPAL_PERSON, /* private half sealed under a passphrase; until there is one, derived from the
			     invitation */
};

struct principal_group {
	char *description;
	bool global;         /* manages every server that has no list of its own */
	struct strv members; /* ids; of the group Managers none: these are who have that role */
};

struct principal_person {
	char *email;
	enum person_state state;
	int64_t invitation_ends_ms; /* while invited */
	int64_t signed_in_ms;       /* 0: never */
	struct passphrase_cost cost;
};

struct principal {
	char id[OBJECT_ID_SIZE];
	enum principal_kind kind;
	char *name;
	enum admin_role role; /* of administrator keys and people */
	int64_t created_ms;
	uint8_t public_key[CRYPTO_PUBLIC_LEN];
	struct secret *sealed_private; /* of administrator keys and people, else empty */
	struct principal_group group;
	struct principal_person person;
};
void principal_release(struct principal *p); /* for CLEANUP */

err_t principal_read(struct tx *t, const char *id, struct principal *out) NODISCARD;
err_t principal_write(struct tx *t, const struct principal *p) NODISCARD;

/* ERR_NOT_FOUND for one of another kind, too. */
err_t principal_read_kind(struct tx *t, enum principal_kind kind, const char *id, struct principal *out)
	NODISCARD;

struct principals {
	struct principal *v;
	size_t n;
};
void principals_release(struct principals *l); /* for CLEANUP */
/* All of a kind, by id. */
err_t principal_list(struct tx *t, enum principal_kind kind, struct principals *out) NODISCARD;

/* Each makes a key pair, or derives it; *out_private is the other half. */
err_t principal_make_group(const char *name, struct principal *out, struct secret **out_private) NODISCARD;
err_t principal_make_admin(const char *id, const char *name, const struct secret *secret,
			   struct principal *out) NODISCARD;
err_t principal_make_recovery(const struct secret *secret, struct principal *out) NODISCARD;
/* Nobody can open anything as that person before principal_invite. */
struct principal principal_make_person(const char *name, const char *email, enum admin_role role);

/* Opens the private half of an administrator key: ERR_DENIED when that is not its secret. */
err_t principal_open_admin(const struct principal *p, const struct secret *secret, struct secret **out)
	NODISCARD;

/* A person's key pair: from now on the one of this invitation; or a new one under this passphrase, whose key
 * was made with p->person.cost. The caller seals anew what is sealed to the old one. */
err_t principal_invite(struct principal *p, const struct secret *invitation, int64_t ends_ms) NODISCARD;
err_t principal_set_passphrase(struct principal *p, const struct secret *passphrase_key,
			       struct secret **out_private) NODISCARD;
/* ERR_DENIED when that is not the passphrase's key. */
err_t principal_open_person(const struct principal *p, const struct secret *passphrase_key,
			    struct secret **out) NODISCARD;

/* Whether that is the other half of its key pair. */
bool principal_is(const struct principal *p, const struct secret *private_key);

/* The key pair that a random secret stands for: of the recovery key, of invitations and of tokens. */
err_t principal_derive(const struct secret *secret, const char *purpose, struct secret **out_private,
		       uint8_t out_public[CRYPTO_PUBLIC_LEN]) NODISCARD;
#define PRINCIPAL_DERIVE_TOKEN "connect-server 1|token"
#define PRINCIPAL_DERIVE_RECOVERY "connect-server 1|recovery"
#define PRINCIPAL_DERIVE_INVITATION "connect-server 1|invitation"

#endif
