#ifndef VAULT_ADMIN_GROUPS_H
#define VAULT_ADMIN_GROUPS_H

#include "vault/admin_people.h"

/* Groups of people and administrator keys, and what they may do:
 *
 * - The group Managers, which is always there, administers people, groups, keys and vaults, and makes
 * servers.
 * - A group with global permission manages every server that has no list of its own, and makes servers with
 *   vaults that it can open. Managers has that permission.
 * - A group on a server's own list manages that server: its tokens, its vaults, its name. The list overrides
 *   the global permission, also that of Managers, who may however change the list.
 *
 * To manage a server is to hold the keys of its vaults: these are sealed to the group as it comes to a server
 * and a vault to the server, and are taken away again. Other vaults do not exist for it. */
struct vault_group {
	char id[OBJECT_ID_SIZE];
	char *name;
	char *description;
	int64_t created_ms;
	bool built_in; /* Managers */
	bool global;
	struct vault_refs members;
	struct vault_refs servers; /* on whose own list it is */
};
void vault_group_release(struct vault_group *g); /* for CLEANUP */

struct vault_groups {
	struct vault_group *v;
	size_t n;
};
void vault_groups_release(struct vault_groups *l);

#define GROUP_MEMBERS_MAX 1000

/* For managers; auditors may look. */
err_t vault_admin_list_groups(struct vault_admin *a, struct vault_groups *out) NODISCARD; /* by id */
err_t vault_admin_get_group(struct vault_admin *a, const char *id, struct vault_group *out) NODISCARD;

err_t vault_admin_create_group(struct vault_admin *a, const char *name, const char *description,
			       char out_id[OBJECT_ID_SIZE]) NODISCARD;
/* NULL leaves name or description as it is. ERR_CONFLICT for Managers, here and below where it says so. */
err_t vault_admin_edit_group(struct vault_admin *a, const char *id, const char *name, const char *description)
	NODISCARD;
/* A server on whose list it was the only one is managed by the global groups from then on. Not Managers. */
err_t vault_admin_delete_group(struct vault_admin *a, const char *id) NODISCARD;

/* member: a person or an administrator key. ERR_CONFLICT for an auditor, and for the last manager who would
 * leave. Adding who is there and removing who is not there: nothing, ERR_NOT_FOUND. */
err_t vault_admin_add_member(struct vault_admin *a, const char *group_id, const char *member_id) NODISCARD;
err_t vault_admin_remove_member(struct vault_admin *a, const char *group_id, const char *member_id) NODISCARD;

/* Not Managers, which always has it. */
err_t vault_admin_set_global(struct vault_admin *a, const char *group_id, bool global) NODISCARD;

err_t vault_admin_add_server_group(struct vault_admin *a, const char *server_id, const char *group_id)
	NODISCARD;
err_t vault_admin_remove_server_group(struct vault_admin *a, const char *server_id, const char *group_id)
	NODISCARD;

#endif
