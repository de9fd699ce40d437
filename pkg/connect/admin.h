#ifndef CONNECT_ADMIN_H
#define CONNECT_ADMIN_H

#include "connect/call.h"
#include "vault/admin_people.h"

/* Internal to pkg/connect. The handlers of the administration API; the route's table is in admin.c. */

/* Opens the administrator key or the session of the request. Every handler begins with it, but for signing in
 * and accepting an invitation. What somebody may do with it is decided by pkg/vault. */
err_t call_authenticate_admin(struct call *c) NODISCARD;

/* The request's body as JSON: an object, else ERR_INVALID. */
err_t admin_body(const struct call *c, struct jsonx **out) NODISCARD;

/* A text of the body or NULL; ERR_INVALID when it is something else. */
err_t admin_text(const struct jsonx *body, const char *member, const char **out) NODISCARD;

/* An id of the path: ERR_NOT_FOUND where it cannot be one. */
err_t admin_id(const struct call *c, size_t param, const char *what) NODISCARD;

void admin_json_time(struct jsonw *w, const char *key, int64_t ms); /* nothing for 0 */

void admin_json_refs(struct jsonw *w, const char *key, const struct vault_refs *refs); /* [{id, name}] */
void admin_json_self(struct jsonw *w, const struct vault_admin *a); /* members of an object */
const char *admin_role_name(enum admin_role role);

err_t admin_no_content(struct call *c) NODISCARD;

/* invitation NULL: none to show. */
err_t admin_answer_person(struct call *c, const struct vault_person *p, const struct secret *invitation)
	NODISCARD;

err_t handle_admin_whoami(struct call *c) NODISCARD;
/* admin_tokens.c */
err_t handle_admin_token_list(struct call *c) NODISCARD;
err_t handle_admin_token_create(struct call *c) NODISCARD;
err_t handle_admin_token_get(struct call *c) NODISCARD;
err_t handle_admin_token_rename(struct call *c) NODISCARD;
err_t handle_admin_token_revoke(struct call *c) NODISCARD;
err_t handle_admin_token_replace(struct call *c) NODISCARD;
err_t handle_admin_grant(struct call *c) NODISCARD;
err_t handle_admin_grant_revoke(struct call *c) NODISCARD;
/* admin_vaults.c */
err_t handle_admin_vault_list(struct call *c) NODISCARD;
err_t handle_admin_vault_create(struct call *c) NODISCARD;
err_t handle_admin_vault_get(struct call *c) NODISCARD;
err_t handle_admin_vault_edit(struct call *c) NODISCARD;
err_t handle_admin_vault_delete(struct call *c) NODISCARD;
/* admin_servers.c */
err_t handle_admin_server_list(struct call *c) NODISCARD;
err_t handle_admin_server_create(struct call *c) NODISCARD;
err_t handle_admin_server_get(struct call *c) NODISCARD;
err_t handle_admin_server_rename(struct call *c) NODISCARD;
err_t handle_admin_server_delete(struct call *c) NODISCARD;
err_t handle_admin_server_grant(struct call *c) NODISCARD;
err_t handle_admin_server_revoke(struct call *c) NODISCARD;
/* admin_keys.c */
err_t handle_admin_key_list(struct call *c) NODISCARD;
err_t handle_admin_key_create(struct call *c) NODISCARD;
err_t handle_admin_key_delete(struct call *c) NODISCARD;
/* admin_groups.c */
err_t handle_admin_group_list(struct call *c) NODISCARD;
err_t handle_admin_group_create(struct call *c) NODISCARD;
err_t handle_admin_group_get(struct call *c) NODISCARD;
err_t handle_admin_group_edit(struct call *c) NODISCARD;
err_t handle_admin_group_delete(struct call *c) NODISCARD;
err_t handle_admin_member_add(struct call *c) NODISCARD;
err_t handle_admin_member_remove(struct call *c) NODISCARD;
err_t handle_admin_global_grant(struct call *c) NODISCARD;
err_t handle_admin_global_revoke(struct call *c) NODISCARD;
err_t handle_admin_server_group_grant(struct call *c) NODISCARD;
err_t handle_admin_server_group_revoke(struct call *c) NODISCARD;
/* admin_people.c */
err_t handle_admin_person_list(struct call *c) NODISCARD;
err_t handle_admin_person_invite(struct call *c) NODISCARD;
err_t handle_admin_person_get(struct call *c) NODISCARD;
err_t handle_admin_person_edit(struct call *c) NODISCARD;
err_t handle_admin_person_delete(struct call *c) NODISCARD;
err_t handle_admin_person_suspend(struct call *c) NODISCARD;
err_t handle_admin_person_reactivate(struct call *c) NODISCARD;
err_t handle_admin_person_recover(struct call *c) NODISCARD;
/* admin_sessions.c */
err_t handle_admin_session_begin(struct call *c) NODISCARD;
err_t handle_admin_session_end(struct call *c) NODISCARD;
err_t handle_admin_invitation_accept(struct call *c) NODISCARD;
err_t handle_admin_passphrase_change(struct call *c) NODISCARD;
/* admin_usage.c */
err_t handle_admin_usage(struct call *c) NODISCARD;
err_t handle_admin_usage_csv(struct call *c) NODISCARD;
err_t handle_admin_usage_verify(struct call *c) NODISCARD;
err_t handle_admin_usage_trim(struct call *c) NODISCARD;

#endif
