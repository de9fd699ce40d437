#include "base/mem.h"
#include "connect/admin.h"
#include "connect/json_member.h"
#include "vault/admin_groups.h"
#include "vault/admin_server.h"

static NODISCARD err_t enter_server(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	return admin_id(c, 0, "server");
}

static NODISCARD err_t enter_server_vault(struct call *c)
{
	TRY_(enter_server(c));
	return admin_id(c, 1, "vault");
}

/* For the names of groups: all for those who may see them. */
static NODISCARD err_t list_groups(struct call *c, struct vault_groups *out)
{
	return vault_admin_role(c->admin) == ADMIN_MEMBER ? NULL : vault_admin_list_groups(c->admin, out);
}

static void write_groups(struct jsonw *w, const struct vault_server *s, const struct vault_groups *groups)
{
	jsonw_karray(w, "groups");
	for (size_t i = 0; i < s->groups.n; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", s->groups.v[i]);
		for (size_t k = 0; k < groups->n; k++) {
			if (streq(groups->v[k].id, s->groups.v[i]))
				jsonw_kstr(w, "name", groups->v[k].name);
		}
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

/* credentials NULL: they are known to nobody here any more. */
static NODISCARD err_t write_server(struct jsonw *w, const struct vault_server *s,
				    const struct vault_groups *groups, const struct credentials *credentials)
{
	CLEANUP(secret_freep) struct secret *file = NULL;

	jsonw_object(w);
	jsonw_kstr(w, "id", s->id);
	jsonw_kstr(w, "name", s->name);
	jsonw_kstr(w, "state", "ACTIVE");
	json_member_filled(w, "creatorId", s->creator_id);
	admin_json_time(w, "createdAt", s->created_ms);
	jsonw_kint(w, "tokensVersion", s->tokens_version);
	jsonw_kbool(w, "allVaults", s->all_vaults);
	jsonw_karray(w, "vaults");
	for (size_t i = 0; i < s->vaults.n; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", s->vaults.v[i]);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	write_groups(w, s, groups);
	if (credentials) {
		TRY_(credentials_format(credentials, &file));
		jsonw_key(w, "credentials");
		jsonw_raw(w, secret_bytes(file), secret_len(file) - 1); /* without its newline */
	}
	jsonw_end_object(w);
	return NULL;
}

static NODISCARD err_t answer_server(struct call *c, const char *id, const struct credentials *credentials)
{
	CLEANUP(vault_server_release) struct vault_server server = {0};
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};
	struct jsonw w;

	TRY_(vault_admin_get_server(c->admin, id, &server));
	TRY_(list_groups(c, &groups));
	call_json(c, &w);
	if (credentials)
		http_reply_status(c->reply, 201);
	TRY_(write_server(&w, &server, &groups, credentials));
	return jsonw_done(&w);
}

err_t handle_admin_server_list(struct call *c)
{
	CLEANUP(vault_servers_release) struct vault_servers servers = {0};
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_servers(c->admin, &servers));
	TRY_(list_groups(c, &groups));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < servers.n; i++)
		TRY_(write_server(&w, &servers.v[i], &groups, NULL));
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t handle_admin_server_get(struct call *c)
{
	TRY_(enter_server(c));
	return answer_server(c, c->params[0], NULL);
}

static NODISCARD err_t read_vaults(const struct jsonx *list, struct strv *out)
{
	if (jsonx_type(list) != JSONX_ARRAY && jsonx_type(list) != JSONX_NULL)
		return err_new(ERR_INVALID, "\"vaults\" must be a list of {\"id\"}");
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *id = jsonx_get_str(jsonx_at(list, i), "id");

		if (!object_id_is_valid(id))
			return err_new(ERR_INVALID, "vaults[%zu] has no \"id\"", i);
		strv_add(out, id);
	}
	return NULL;
}

err_t handle_admin_server_create(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(strv_release) struct strv vaults = {0};
	CLEANUP(credentials_release) struct credentials credentials = {0};
	const char *name = NULL;

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(read_vaults(jsonx_get(body, "vaults"), &vaults));
	const bool all = jsonx_true(jsonx_get(body, "allVaults"));
	if (all && vaults.n > 0)
		return err_new(ERR_INVALID, "\"allVaults\" and \"vaults\" exclude each other");
	TRY_(vault_admin_create_server(c->admin, name, all ? NULL : &vaults, &credentials));
	object_id_set(c->made_id, credentials.server_id);
	return answer_server(c, c->made_id, &credentials);
}

err_t handle_admin_server_rename(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL;

	TRY_(enter_server(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(vault_admin_rename_server(c->admin, c->params[0], name));
	return answer_server(c, c->params[0], NULL);
}

err_t handle_admin_server_delete(struct call *c)
{
	TRY_(enter_server(c));
	TRY_(vault_admin_delete_server(c->admin, c->params[0]));
	return admin_no_content(c);
}

err_t handle_admin_server_grant(struct call *c)
{
	TRY_(enter_server_vault(c));
	TRY_(vault_admin_add_server_vault(c->admin, c->params[0], c->params[1]));
	return answer_server(c, c->params[0], NULL);
}

err_t handle_admin_server_revoke(struct call *c)
{
	TRY_(enter_server_vault(c));
	TRY_(vault_admin_remove_server_vault(c->admin, c->params[0], c->params[1]));
	return admin_no_content(c);
}
