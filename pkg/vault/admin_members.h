#ifndef VAULT_ADMIN_MEMBERS_H
#define VAULT_ADMIN_MEMBERS_H

#include "vault/admin_private.h"

/* Internal to pkg/vault. Who is in which group, within a transaction of the caller. */

/* A key or a person, else ERR_NOT_FOUND. */
err_t member_read(struct tx *t, const char *id, struct principal *out) NODISCARD;
bool member_is_in(const struct tx *t, const struct principal *group, const struct principal *p);
err_t member_groups(struct tx *t, const struct principal *p, struct principals *out) NODISCARD;

/* Writes what changed of p and of the group, and seals the group's key to p, or takes it away. */
err_t member_add(const struct vault_admin *a, struct tx *t, struct principal *group, struct principal *p)
	NODISCARD;
err_t member_remove(struct tx *t, struct principal *group, struct principal *p) NODISCARD;

/* A key or person goes: its record, its place in groups, what is sealed to it. ERR_CONFLICT for the last
 * manager. */
err_t member_forget(struct tx *t, struct principal *p) NODISCARD;

/* Seals the keys of all groups of p to the key pair that p has now, with what a manager holds. */
err_t member_seal_anew(const struct vault_admin *a, struct tx *t, const struct principal *p) NODISCARD;
/* The same with the private half of the key pair that p had before. */
err_t member_move_keys(struct tx *t, const struct principal *p, const struct secret *old_private) NODISCARD;

/* ERR_CONFLICT when this transaction took the last manager away: no key is one, and nobody who has a
 * passphrase. */
err_t member_check_managers_left(struct tx *t) NODISCARD;

/* ERR_TOO_LARGE when there are too many keys, groups and people to make one more. */
err_t member_check_room(struct tx *t) NODISCARD;

#endif
