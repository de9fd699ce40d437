#ifndef VAULT_ADMIN_KEYS_H
#define VAULT_ADMIN_KEYS_H

#include "vault/admin.h"

/* The administrator keys of a store. */

/* What somebody may do at all. A manager is in the group Managers and so can open every vault; a member may
 * do what other groups may that he is put into; an auditor sees tokens, servers, keys, groups, people and
 * usage, by the ids of vaults, and changes nothing. */
enum admin_role { ADMIN_MANAGER = 1, ADMIN_AUDITOR, ADMIN_MEMBER };

enum admin_role vault_admin_role(const struct vault_admin *a);

struct admin_key_info {
	char id[OBJECT_ID_SIZE];
	char *name;
	enum admin_role role;
	int64_t created_ms;
};
struct admin_key_infos {
	struct admin_key_info *v;
	size_t n;
};
void admin_key_infos_release(struct admin_key_infos *l); /* for CLEANUP */

err_t vault_admin_list_keys(struct vault_admin *a, struct admin_key_infos *out) NODISCARD; /* by id */

/* The key exists nowhere else. */
err_t vault_admin_create_key(struct vault_admin *a, const char *name, enum admin_role role,
			     struct admin_key *out) NODISCARD;

/* The next request with that key is refused. ERR_CONFLICT for the last manager. */
err_t vault_admin_delete_key(struct vault_admin *a, const char *id) NODISCARD;

#endif
