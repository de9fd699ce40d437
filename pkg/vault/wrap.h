#ifndef VAULT_WRAP_H
#define VAULT_WRAP_H

#include "base/crypto.h"
#include "vault/tx.h"

/* Internal to pkg/vault. A wrap is the key of a subject (a vault's VK of one generation, a group's private
 * key) sealed to the public key of a holder (a group, a token, an administrator key, the recovery key), and
 * once more under the store key, so that neither the disk alone nor a token alone opens it, and so that no
 * outsider makes one. */
err_t wrap_put(struct tx *t, const char *subject, int64_t generation, const char *holder,
	       const uint8_t public_key[CRYPTO_PUBLIC_LEN], const struct secret *key) NODISCARD;

/* The newest generation's. ERR_NOT_FOUND when the holder has none. */
err_t wrap_get(struct tx *t, const char *subject, const char *holder, const struct secret *private_key,
	       struct secret **out) NODISCARD;

/* Whose keys a holder has. Rows may have been put back by whoever can write to the disk: what counts is what
 * the sealed records say. */
err_t wrap_subjects(struct tx *t, const char *holder, struct strv *out) NODISCARD;

/* One holder's of all generations; all that a holder has; all that are of a subject. */
err_t wrap_del(struct tx *t, const char *subject, const char *holder) NODISCARD;
err_t wrap_del_holder(struct tx *t, const char *holder) NODISCARD;
err_t wrap_del_subject(struct tx *t, const char *subject) NODISCARD;

#endif
