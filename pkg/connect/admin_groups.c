#include "vault/admin_groups.h"
#include "connect/admin.h"

static NODISCARD err_t enter_group(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	return admin_id(c, 0, "group");
}

static NODISCARD err_t enter_group_and(struct call *c, const char *what)
{
	TRY_(enter_group(c));
	return admin_id(c, 1, what);
}

static void write_group(struct jsonw *w, const struct vault_group *g)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", g->id);
	jsonw_kstr(w, "name", g->name);
	jsonw_kstr(w, "description", g->description);
	admin_json_time(w, "createdAt", g->created_ms);
	jsonw_kbool(w, "builtIn", g->built_in);
	jsonw_kbool(w, "global", g->global);
	jsonw_karray(w, "members");
	for (size_t i = 0; i < g->members.n; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", g->members.v[i].id);
		jsonw_kstr(w, "kind", g->members.v[i].is_person ? "person" : "key");
		jsonw_kstr(w, "name", g->members.v[i].name);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	admin_json_refs(w, "servers", &g->servers);
	jsonw_end_object(w);
}

static NODISCARD err_t answer_group(struct call *c, const char *id, int status)
{
	CLEANUP(vault_group_release) struct vault_group group = {0};
	struct jsonw w;

	TRY_(vault_admin_get_group(c->admin, id, &group));
	call_json(c, &w);
	http_reply_status(c->reply, status);
	write_group(&w, &group);
	return jsonw_done(&w);
}

err_t handle_admin_group_list(struct call *c)
{
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_groups(c->admin, &groups));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < groups.n; i++)
		write_group(&w, &groups.v[i]);
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t handle_admin_group_get(struct call *c)
{
	TRY_(enter_group(c));
	return answer_group(c, c->params[0], 200);
}

err_t handle_admin_group_create(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL, *description = NULL;

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "description", &description));
	TRY_(vault_admin_create_group(c->admin, name, description, c->made_id));
	return answer_group(c, c->made_id, 201);
}

err_t handle_admin_group_edit(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL, *description = NULL;

	TRY_(enter_group(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "description", &description));
	TRY_(vault_admin_edit_group(c->admin, c->params[0], name, description));
	return answer_group(c, c->params[0], 200);
}

err_t handle_admin_group_delete(struct call *c)
{
	TRY_(enter_group(c));
	TRY_(vault_admin_delete_group(c->admin, c->params[0]));
	return admin_no_content(c);
}

err_t handle_admin_member_add(struct call *c)
{
	TRY_(enter_group_and(c, "person or administrator key"));
	TRY_(vault_admin_add_member(c->admin, c->params[0], c->params[1]));
	return answer_group(c, c->params[0], 200);
}

err_t handle_admin_member_remove(struct call *c)
{
	TRY_(enter_group_and(c, "person or administrator key"));
	TRY_(vault_admin_remove_member(c->admin, c->params[0], c->params[1]));
	return admin_no_content(c);
}

err_t handle_admin_global_grant(struct call *c)
{
	TRY_(enter_group(c));
	TRY_(vault_admin_set_global(c->admin, c->params[0], true));
	return answer_group(c, c->params[0], 200);
}

err_t handle_admin_global_revoke(struct call *c)
{
	TRY_(enter_group(c));
	TRY_(vault_admin_set_global(c->admin, c->params[0], false));
	return admin_no_content(c);
}

err_t handle_admin_server_group_grant(struct call *c)
{
	TRY_(enter_group_and(c, "server"));
	TRY_(vault_admin_add_server_group(c->admin, c->params[1], c->params[0]));
	return answer_group(c, c->params[0], 200);
}

err_t handle_admin_server_group_revoke(struct call *c)
{
	TRY_(enter_group_and(c, "server"));
	TRY_(vault_admin_remove_server_group(c->admin, c->params[1], c->params[0]));
	return admin_no_content(c);
}
