#ifndef VAULT_ADMIN_CHANGE_H
#define VAULT_ADMIN_CHANGE_H

#include "vault/admin.h"

/* What an administrator changes of vaults and tokens that are there. ERR_NOT_FOUND without such a one. */

const char *vault_admin_id(const struct vault_admin *a); /* of the key or the person */
const char *vault_admin_name(const struct vault_admin *a);
bool vault_admin_is_person(const struct vault_admin *a);
/* The groups that the administrator is in. */
size_t vault_admin_n_groups(const struct vault_admin *a);
const char *vault_admin_group_id(const struct vault_admin *a, size_t i);
const char *vault_admin_group_name(const struct vault_admin *a, size_t i);

err_t vault_admin_get_vault(struct vault_admin *a, const char *vault_id, struct vault_info *out) NODISCARD;

/* NULL leaves name or description as it is. */
err_t vault_admin_edit_vault(struct vault_admin *a, const char *vault_id, const char *name,
			     const char *description) NODISCARD;
/* With all its items, for good. Tokens keep their grant, which now names a vault that is not there. */
err_t vault_admin_delete_vault(struct vault_admin *a, const char *vault_id) NODISCARD;

err_t vault_admin_get_token(struct vault_admin *a, const char *token_id, struct vault_token *out) NODISCARD;
err_t vault_admin_rename_token(struct vault_admin *a, const char *token_id, const char *name) NODISCARD;

/* Rights in one vault, also of a token that is in use: it need not be issued anew. ERR_CONFLICT for a token
 * that was revoked. Takes effect with the next request. */
err_t vault_admin_grant(struct vault_admin *a, const char *token_id, const struct vault_grant *grant)
	NODISCARD;
err_t vault_admin_revoke_grant(struct vault_admin *a, const char *token_id, const char *vault_id) NODISCARD;

/* A new token with the name and the grants of an old one, which ends at old_ends_ms unless it ends before. */
err_t vault_admin_replace_token(struct vault_admin *a, const char *token_id, int64_t expires_ms,
				int64_t old_ends_ms, char out_id[OBJECT_ID_SIZE], struct secret **out_token)
	NODISCARD;

#endif
