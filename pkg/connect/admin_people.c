#include "base/clock.h"
#include "base/mem.h"
#include "connect/admin.h"
#include "connect/sessions.h"
#include "vault/admin_groups.h"

static NODISCARD err_t enter_person(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	return admin_id(c, 0, "person");
}

static const char *state_name(enum person_state state)
{
	switch (state) {
	case PERSON_ACTIVE:
		return "ACTIVE";
	case PERSON_SUSPENDED:
		return "SUSPENDED";
	case PERSON_INVITED:
	default:
		return "INVITED";
	}
}

/* invitation NULL: its text is known to nobody here any more. */
static void write_person(struct jsonw *w, const struct vault_person *p, const struct secret *invitation)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", p->id);
	jsonw_kstr(w, "name", p->name);
	jsonw_kstr(w, "email", p->email);
	jsonw_kstr(w, "role", admin_role_name(p->role));
	jsonw_kstr(w, "state", state_name(p->state));
	admin_json_time(w, "createdAt", p->created_ms);
	admin_json_time(w, "lastSignInAt", p->signed_in_ms);
	admin_json_time(w, "invitationExpiresAt", p->invitation_ends_ms);
	admin_json_refs(w, "groups", &p->groups);
	if (invitation) {
		jsonw_key(w, "invitation");
		jsonw_strn(w, secret_bytes(invitation), secret_len(invitation));
	}
	jsonw_end_object(w);
}

err_t admin_answer_person(struct call *c, const struct vault_person *p, const struct secret *invitation)
{
	struct jsonw w;

	call_json(c, &w);
	write_person(&w, p, invitation);
	return jsonw_done(&w);
}

static NODISCARD err_t answer(struct call *c, const char *id, const struct secret *invitation)
{
	CLEANUP(vault_person_release) struct vault_person person = {0};

	TRY_(vault_admin_get_person(c->admin, id, &person));
	return admin_answer_person(c, &person, invitation);
}

err_t handle_admin_person_list(struct call *c)
{
	CLEANUP(vault_people_release) struct vault_people people = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_people(c->admin, &people));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < people.n; i++)
		write_person(&w, &people.v[i], NULL);
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t handle_admin_person_get(struct call *c)
{
	TRY_(enter_person(c));
	return answer(c, c->params[0], NULL);
}

/* The id of the one group that has that name. */
static NODISCARD err_t find_group(const struct vault_groups *groups, const char *name, const char **out)
{
	for (size_t i = 0; i < groups->n; i++) {
		if (!streq(groups->v[i].name, name))
			continue;
		if (*out)
			return err_new(ERR_INVALID, "several groups are called \"%s\"; give the \"id\"",
				       name);
		*out = groups->v[i].id;
	}
	return *out ? NULL : err_new(ERR_INVALID, "no group is called \"%s\"", name);
}

/* Each is named by "id" or by "name". */
static NODISCARD err_t read_groups(struct call *c, const struct jsonx *list, struct strv *out)
{
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};

	if (jsonx_type(list) == JSONX_NULL)
		return NULL;
	if (jsonx_type(list) != JSONX_ARRAY)
		return err_new(ERR_INVALID, "\"groups\" must be a list of {\"id\"} or {\"name\"}");
	TRY_(vault_admin_list_groups(c->admin, &groups));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *id = jsonx_get_str(jsonx_at(list, i), "id");
		const char *name = jsonx_get_str(jsonx_at(list, i), "name");

		if (!object_id_is_valid(id) && str_empty(name))
			return err_new(ERR_INVALID, "groups[%zu] has no \"id\"", i);
		if (!object_id_is_valid(id))
			TRY_(find_group(&groups, name, &id));
		strv_add(out, id);
	}
	return NULL;
}

static NODISCARD err_t read_role(const struct jsonx *body, enum admin_role *out)
{
	const char *text = NULL;

	TRY_(admin_text(body, "role", &text));
	if (!text || streq(text, "member"))
		*out = ADMIN_MEMBER;
	else if (streq(text, "auditor"))
		*out = ADMIN_AUDITOR;
	else
		return err_new(ERR_INVALID,
			       "\"role\" must be \"member\" or \"auditor\"; who is to be a manager "
			       "comes into the group Managers");
	return NULL;
}

err_t handle_admin_person_invite(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(strv_release) struct strv groups = {0};
	CLEANUP(secret_freep) struct secret *invitation = NULL;
	struct person_order order = {.groups = &groups};

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &order.name));
	TRY_(admin_text(body, "email", &order.email));
	TRY_(read_role(body, &order.role));
	TRY_(read_groups(c, jsonx_get(body, "groups"), &groups));
	TRY_(vault_admin_invite(c->admin, &order, c->made_id, &invitation));
	TRY_(answer(c, c->made_id, invitation));
	http_reply_status(c->reply, 201);
	return NULL;
}

err_t handle_admin_person_edit(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL, *email = NULL;

	TRY_(enter_person(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "email", &email));
	TRY_(vault_admin_edit_person(c->admin, c->params[0], name, email));
	return answer(c, c->params[0], NULL);
}

err_t handle_admin_person_suspend(struct call *c)
{
	TRY_(enter_person(c));
	TRY_(vault_admin_suspend_person(c->admin, c->params[0]));
	sessions_end_person(c->connect->sessions, c->params[0]);
	return answer(c, c->params[0], NULL);
}

err_t handle_admin_person_reactivate(struct call *c)
{
	TRY_(enter_person(c));
	TRY_(vault_admin_reactivate_person(c->admin, c->params[0]));
	return answer(c, c->params[0], NULL);
}

err_t handle_admin_person_recover(struct call *c)
{
	CLEANUP(secret_freep) struct secret *invitation = NULL;

	TRY_(enter_person(c));
	TRY_(vault_admin_recover_person(c->admin, c->params[0], &invitation));
	sessions_end_person(c->connect->sessions, c->params[0]);
	return answer(c, c->params[0], invitation);
}

err_t handle_admin_person_delete(struct call *c)
{
	TRY_(enter_person(c));
	TRY_(vault_admin_delete_person(c->admin, c->params[0]));
	sessions_end_person(c->connect->sessions, c->params[0]);
	return admin_no_content(c);
}
