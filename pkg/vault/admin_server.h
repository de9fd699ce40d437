#ifndef VAULT_ADMIN_SERVER_H
#define VAULT_ADMIN_SERVER_H

#include "base/str.h"
#include "vault/admin.h"

/* Servers (environments) of one store: each has a credentials file of its own, the vaults that its tokens may
 * have, and its tokens, which no other server takes. */
struct vault_server {
	char id[OBJECT_ID_SIZE];
	char *name;
	int64_t created_ms;
	bool all_vaults;     /* also those that are made later */
	struct strv key_ids; /* of its credentials files; none in a store of version 1 */
	struct strv vaults;  /* ids; empty with all_vaults */
	/* Ids of the groups that manage it; empty: those with global permission do. */
	struct strv groups;
	char creator_id[OBJECT_ID_SIZE]; /* of the administrator key or person; "" where no one noted it */
	int64_t tokens_version;          /* grows with each change of its tokens */
};
void vault_server_release(struct vault_server *s); /* for CLEANUP */

struct vault_servers {
	struct vault_server *v;
	size_t n;
};
void vault_servers_release(struct vault_servers *l);

/* The credentials are those of its file, and exist nowhere else. vaults NULL: all, which only a manager may
 * ask for. ERR_NOT_FOUND for a vault that does not exist or that the administrator has no key for. */
err_t vault_admin_create_server(struct vault_admin *a, const char *name, const struct strv *vaults,
				struct credentials *out) NODISCARD;
err_t vault_admin_list_servers(struct vault_admin *a, struct vault_servers *out) NODISCARD; /* by id */
err_t vault_admin_get_server(struct vault_admin *a, const char *id, struct vault_server *out) NODISCARD;
err_t vault_admin_rename_server(struct vault_admin *a, const char *id, const char *name) NODISCARD;

/* Revokes its tokens and makes its credentials file useless. ERR_CONFLICT for the server that is asked. */
err_t vault_admin_delete_server(struct vault_admin *a, const char *id) NODISCARD;

/* Taking a vault away takes it from the server's tokens too. ERR_CONFLICT for a server with all vaults. */
err_t vault_admin_add_server_vault(struct vault_admin *a, const char *id, const char *vault_id) NODISCARD;
err_t vault_admin_remove_server_vault(struct vault_admin *a, const char *id, const char *vault_id) NODISCARD;

/* As vault_admin_create_token, for another server; NULL: the store's own. */
err_t vault_admin_create_token_for(struct vault_admin *a, const char *server_id, const char *name,
				   int64_t expires_ms, const struct vault_grant *grants, size_t n,
				   char out_id[OBJECT_ID_SIZE], struct secret **out_token) NODISCARD;

#endif
