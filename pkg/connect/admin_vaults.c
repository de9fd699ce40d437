#include "connect/admin.h"
#include "connect/item_json.h"

err_t handle_admin_vault_list(struct call *c)
{
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_vaults(c->admin, &vaults));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < vaults.n; i++)
		item_json_vault(&w, &vaults.v[i]);
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t answer_vault(struct call *c, const char *id)
{
	CLEANUP(vault_info_release) struct vault_info vault = {0};
	struct jsonw w;

	TRY_(vault_admin_get_vault(c->admin, id, &vault));
	call_json(c, &w);
	item_json_vault(&w, &vault);
	return jsonw_done(&w);
}

static NODISCARD err_t enter_vault(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	return admin_id(c, 0, "vault");
}

err_t handle_admin_vault_create(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL, *description = NULL;

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "description", &description));
	TRY_(vault_admin_create_vault(c->admin, name, c->made_id));
	if (!str_empty(description))
		TRY_(vault_admin_edit_vault(c->admin, c->made_id, NULL, description));
	TRY_(answer_vault(c, c->made_id));
	http_reply_status(c->reply, 201);
	return NULL;
}

err_t handle_admin_vault_get(struct call *c)
{
	TRY_(enter_vault(c));
	return answer_vault(c, c->params[0]);
}

err_t handle_admin_vault_edit(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL, *description = NULL;

	TRY_(enter_vault(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "description", &description));
	TRY_(vault_admin_edit_vault(c->admin, c->params[0], name, description));
	return answer_vault(c, c->params[0]);
}

err_t handle_admin_vault_delete(struct call *c)
{
	TRY_(enter_vault(c));
	TRY_(vault_admin_delete_vault(c->admin, c->params[0]));
	return admin_no_content(c);
}
