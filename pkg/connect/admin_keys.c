#include "vault/admin_keys.h"
#include "connect/admin.h"

static NODISCARD err_t read_role(const struct jsonx *body, enum admin_role *out)
{
	const char *text = NULL;

	TRY_(admin_text(body, "role", &text));
	if (streq(text, "auditor"))
		*out = ADMIN_AUDITOR;
	else if (streq(text, "manager"))
		*out = ADMIN_MANAGER;
	else if (streq(text, "member"))
		*out = ADMIN_MEMBER;
	else
		return err_new(ERR_INVALID, "\"role\" must be \"manager\", \"member\" or \"auditor\"");
	return NULL;
}

static void write_info(struct jsonw *w, const struct admin_key_info *k)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", k->id);
	jsonw_kstr(w, "name", k->name);
	jsonw_kstr(w, "role", admin_role_name(k->role));
	admin_json_time(w, "createdAt", k->created_ms);
	jsonw_end_object(w);
}

err_t handle_admin_key_list(struct call *c)
{
	CLEANUP(admin_key_infos_release) struct admin_key_infos keys = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_keys(c->admin, &keys));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < keys.n; i++)
		write_info(&w, &keys.v[i]);
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t handle_admin_key_create(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(secret_freep) struct secret *file = NULL;
	enum admin_role role = ADMIN_AUDITOR;
	const char *name = NULL;
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(read_role(body, &role));
	TRY_(vault_admin_create_key(c->admin, name, role, &key));
	object_id_set(c->made_id, key.id);
	TRY_(admin_key_format(&key, &file));
	call_json(c, &w);
	http_reply_status(c->reply, 201);
	jsonw_object(&w);
	jsonw_kstr(&w, "id", key.id);
	jsonw_kstr(&w, "name", name);
	jsonw_kstr(&w, "role", admin_role_name(role));
	jsonw_key(&w, "key");
	jsonw_raw(&w, secret_bytes(file), secret_len(file) - 1); /* without its newline */
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t handle_admin_key_delete(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	TRY_(admin_id(c, 0, "administrator key"));
	TRY_(vault_admin_delete_key(c->admin, c->params[0]));
	return admin_no_content(c);
}
