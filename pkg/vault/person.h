#ifndef VAULT_PERSON_H
#define VAULT_PERSON_H

#include "vault/admin_people.h"
#include "vault/principal.h"

/* Internal to pkg/vault. */

/* By email address, compared without the case of ASCII letters. ERR_NOT_FOUND. */
err_t person_find(struct tx *t, const char *email, struct principal *out) NODISCARD;

/* groups: all that there are. */
void person_describe(const struct tx *t, const struct principal *p, const struct principals *groups,
		     struct vault_person *out);

#endif
