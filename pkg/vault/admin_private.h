#ifndef VAULT_ADMIN_PRIVATE_H
#define VAULT_ADMIN_PRIVATE_H

#include "vault/admin.h"
#include "vault/admin_keys.h"
#include "vault/principal.h"
#include "vault/server.h"
#include "vault/token.h"
#include "vault/vault_record.h"

/* Internal to pkg/vault. */

#define NAME_MAX_BYTES 256

/* A group that the administrator is in. */
struct admin_group {
	char id[OBJECT_ID_SIZE];
	char *name;
	bool global;
	struct secret *key; /* the private half of its key pair */
};

struct vault_admin {
	struct vault_store *store;
	char id[OBJECT_ID_SIZE]; /* of the administrator key or the person */
	char *name;
	bool is_person;
	enum admin_role role;
	struct admin_group *groups;
	size_t n_groups;
};

/* The ways into a writing transaction, each with the right that it asks for. ERR_DENIED without that right;
 * ERR_NOT_FOUND for what the administrator does not see. */
/* Of a manager: for all that is no single server's. */
err_t admin_begin_write(const struct vault_admin *a, struct tx *out) NODISCARD;
/* Of somebody in a group with global permission. */
err_t admin_begin_global_write(const struct vault_admin *a, struct tx *out) NODISCARD;
/* Of somebody who manages that server. server_id NULL: the one that is asked. */
err_t admin_begin_server_write(const struct vault_admin *a, const char *server_id, struct tx *out,
			       struct vault_server *out_server) NODISCARD;
/* Of somebody who manages that token's server. */
err_t admin_begin_token_write(const struct vault_admin *a, const char *token_id, struct tx *out,
			      struct token_record *out_token) NODISCARD;

/* What the administrator sees within a transaction that only reads; ERR_NOT_FOUND for what he does not. */
err_t admin_look_at_server(const struct vault_admin *a, struct tx *t, const char *server_id,
			   struct vault_server *out) NODISCARD;
err_t admin_look_at_token(const struct vault_admin *a, struct tx *t, const char *token_id,
			  struct token_record *out) NODISCARD;

/* ERR_DENIED unless it is a manager or an auditor. what: "groups", for the text. */
err_t admin_check_looks(const struct vault_admin *a, const char *what) NODISCARD;
bool admin_sees_server(const struct vault_admin *a, const struct vault_server *s);
bool admin_manages_server(const struct vault_admin *a, const struct vault_server *s);

/* The group's private key, NULL when the administrator is not in it. */
const struct secret *admin_group_key(const struct vault_admin *a, const char *group_id);

err_t admin_check_name(const char *what, const char *name) NODISCARD;
err_t admin_check_description(const char *text) NODISCARD;
void admin_set_text(char **text, const char *with); /* with NULL: as it is */

/* ERR_NOT_FOUND when there is no such vault, or the administrator's groups have no key for it. */
err_t admin_open_vault(const struct vault_admin *a, struct tx *t, const char *vault_id,
		       struct secret **out_key, struct vault_record *out) NODISCARD;

/* Seals the key of a vault to a token. */
err_t admin_seal_vault(struct vault_admin *a, struct tx *t, const struct token_record *token,
		       const char *vault_id) NODISCARD;

/* Writes the token and lets its server's tokens_version grow. */
err_t admin_save_token(struct tx *t, const struct token_record *token) NODISCARD;

/* Takes a vault away from a token, where it has it. The caller commits. */
err_t admin_drop_grant(struct tx *t, struct token_record *token, const char *vault_id) NODISCARD;

/* Marks it and drops its keys. The caller commits. */
err_t admin_revoke(struct tx *t, struct token_record *token) NODISCARD;

struct token_order {
	const struct vault_server *server;
	const char *name;
	int64_t expires_ms;
	const struct vault_grant *grants;
	size_t n;
};
/* Makes the token within t and commits it. ERR_INVALID for a vault that is none of the server's. */
err_t admin_issue_token(struct vault_admin *a, struct tx *t, const struct token_order *order,
			char out_id[OBJECT_ID_SIZE], struct secret **out_token) NODISCARD;

/* Gives every group but Managers the keys of the vaults of all servers that it manages, and takes all others
 * from it. Part of each transaction that changes servers, vaults or groups. The administrator must be able to
 * open a vault that a group is new to; one that is damaged is left out. */
err_t admin_entitle_groups(const struct vault_admin *a, struct tx *t) NODISCARD;

#endif
