#include "base/clock.h"
#include "base/mem.h"
#include "connect/admin.h"
#include "vault/admin_keys.h"
#include "vault/admin_server.h"
#include "vault/token_text.h"

#define OVERLAP_DEFAULT "24h"

static const char *state_of(const struct vault_token *t)
{
	if (t->revoked_ms)
		return "REVOKED";
	return t->expires_ms && clock_wall_ms() >= t->expires_ms ? "EXPIRED" : "ACTIVE";
}

static void write_grants(struct jsonw *w, const struct vault_token *t, const struct vault_infos *vaults)
{
	jsonw_karray(w, "vaults");
	for (size_t i = 0; i < t->n_grants; i++) {
		const struct vault_grant *g = &t->grants[i];

		jsonw_object(w);
		jsonw_kstr(w, "id", g->vault_id);
		for (size_t k = 0; k < vaults->n; k++) {
			if (streq(vaults->v[k].id, g->vault_id))
				jsonw_kstr(w, "name", vaults->v[k].name);
		}
		jsonw_kbool(w, "read", g->rights & VAULT_READ);
		jsonw_kbool(w, "write", g->rights & VAULT_WRITE);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static NODISCARD err_t write_last_use(struct call *c, struct jsonw *w, const char *token_id)
{
	struct usage_last last = {0};
	bool found = false;

	TRY_(vault_admin_last_use(c->admin, token_id, &last, &found));
	if (!found)
		return NULL;
	admin_json_time(w, "lastUsedAt", last.at_ms);
	jsonw_kstr(w, "lastUsedFrom", last.address);
	mem_free(last.address);
	return NULL;
}

/* secret NULL: the token's text is known to nobody here any more. */
static NODISCARD err_t write_token(struct call *c, struct jsonw *w, const struct vault_token *t,
				   const struct vault_infos *vaults, const struct secret *secret)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", t->id);
	jsonw_kstr(w, "name", t->name);
	jsonw_kstr(w, "state", state_of(t));
	jsonw_kstr(w, "serverId", t->server_id);
	jsonw_kstr(w, "creatorId", t->creator_id);
	admin_json_time(w, "createdAt", t->created_ms);
	admin_json_time(w, "expiresAt", t->expires_ms);
	admin_json_time(w, "revokedAt", t->revoked_ms);
	TRY_(write_last_use(c, w, t->id));
	write_grants(w, t, vaults);
	if (secret) {
		jsonw_key(w, "token");
		jsonw_strn(w, secret_bytes(secret), secret_len(secret));
	}
	jsonw_end_object(w);
	return NULL;
}

/* An auditor has no key for the names of vaults. */
static NODISCARD err_t list_names(struct call *c, struct vault_infos *out)
{
	return vault_admin_role(c->admin) == ADMIN_AUDITOR ? NULL : vault_admin_list_vaults(c->admin, out);
}

static NODISCARD err_t answer_token(struct call *c, const char *id, const struct secret *secret)
{
	CLEANUP(vault_token_release) struct vault_token token = {0};
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	struct jsonw w;

	TRY_(vault_admin_get_token(c->admin, id, &token));
	TRY_(list_names(c, &vaults));
	call_json(c, &w);
	if (secret)
		http_reply_status(c->reply, 201);
	TRY_(write_token(c, &w, &token, &vaults, secret));
	return jsonw_done(&w);
}

static NODISCARD err_t enter_token(struct call *c)
{
	TRY_(call_authenticate_admin(c));
	return admin_id(c, 0, "token");
}

err_t handle_admin_token_list(struct call *c)
{
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	TRY_(vault_admin_list_tokens(c->admin, &tokens));
	TRY_(list_names(c, &vaults));
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < tokens.n; i++)
		TRY_(write_token(c, &w, &tokens.v[i], &vaults, NULL));
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t handle_admin_token_get(struct call *c)
{
	TRY_(enter_token(c));
	return answer_token(c, c->params[0], NULL);
}

static unsigned int rights_of(const struct jsonx *grant)
{
	return (jsonx_true(jsonx_get(grant, "read")) ? VAULT_READ : 0U) |
	       (jsonx_true(jsonx_get(grant, "write")) ? VAULT_WRITE : 0U);
}

/* Each names its vault by "id" or by "name". */
static NODISCARD err_t read_grants(struct call *c, const struct jsonx *list, struct vault_grant **out)
{
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(mem_freep) struct vault_grant *grants = mem_calloc(jsonx_len(list) + 1, sizeof(*grants));

	if (jsonx_type(list) != JSONX_ARRAY)
		return err_new(ERR_INVALID,
			       "\"vaults\" must be a list of {\"id\", \"read\": true, \"write\": false}");
	TRY_(vault_admin_list_vaults(c->admin, &vaults));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		CLEANUP(grant_text_release) struct grant_text g = {.rights = rights_of(jsonx_at(list, i))};
		const char *id = jsonx_get_str(jsonx_at(list, i), "id");
		const char *name = jsonx_get_str(jsonx_at(list, i), "name");

		if (str_empty(id) && str_empty(name))
			return err_new(ERR_INVALID, "vaults[%zu] has no \"id\"", i);
		g.vault = mem_strdup(str_empty(id) ? name : id);
		TRY_(grant_text_resolve(&g, &vaults, &grants[i]));
	}
	*out = TAKE(grants);
	return NULL;
}

/* When what lasts so long from now on ends; 0 without such a member: never. */
static NODISCARD err_t read_end(const struct jsonx *body, const char *member, const char *otherwise,
				int64_t *out)
{
	const char *text = NULL;
	int64_t ms = 0;

	TRY_(admin_text(body, member, &text));
	text = text ? text : otherwise;
	if (text)
		TRY(lifetime_parse_ms(text, &ms), "\"%s\"", member);
	*out = text ? clock_wall_ms() + ms : 0;
	return NULL;
}

err_t handle_admin_token_create(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(mem_freep) struct vault_grant *grants = NULL;
	CLEANUP(secret_freep) struct secret *token = NULL;
	const char *name = NULL, *server_id = NULL;
	int64_t expires_ms = 0;

	TRY_(call_authenticate_admin(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(admin_text(body, "serverId", &server_id));
	if (server_id && !object_id_is_valid(server_id))
		return err_new(ERR_INVALID, "\"serverId\" is no id of a server");
	TRY_(read_end(body, "expiresIn", NULL, &expires_ms));
	TRY_(read_grants(c, jsonx_get(body, "vaults"), &grants));
	TRY_(vault_admin_create_token_for(c->admin, server_id, name, expires_ms, grants,
					  jsonx_len(jsonx_get(body, "vaults")), c->made_id, &token));
	return answer_token(c, c->made_id, token);
}

err_t handle_admin_token_rename(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const char *name = NULL;

	TRY_(enter_token(c));
	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "name", &name));
	TRY_(vault_admin_rename_token(c->admin, c->params[0], name));
	return answer_token(c, c->params[0], NULL);
}

err_t handle_admin_token_revoke(struct call *c)
{
	TRY_(enter_token(c));
	TRY_(vault_admin_revoke_token(c->admin, c->params[0]));
	return admin_no_content(c);
}

err_t handle_admin_token_replace(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(secret_freep) struct secret *token = NULL;
	int64_t expires_ms = 0, old_ends_ms = 0;

	TRY_(enter_token(c));
	if (c->req->body_len > 0)
		TRY_(admin_body(c, &body));
	TRY_(read_end(body, "expiresIn", NULL, &expires_ms));
	TRY_(read_end(body, "overlap", OVERLAP_DEFAULT, &old_ends_ms));
	TRY_(vault_admin_replace_token(c->admin, c->params[0], expires_ms, old_ends_ms, c->made_id, &token));
	return answer_token(c, c->made_id, token);
}

static NODISCARD err_t enter_grant(struct call *c)
{
	TRY_(enter_token(c));
	return admin_id(c, 1, "vault");
}

err_t handle_admin_grant(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	struct vault_grant grant = {0};

	TRY_(enter_grant(c));
	TRY_(admin_body(c, &body));
	grant.rights = rights_of(body);
	object_id_set(grant.vault_id, c->params[1]);
	TRY_(vault_admin_grant(c->admin, c->params[0], &grant));
	return answer_token(c, c->params[0], NULL);
}

err_t handle_admin_grant_revoke(struct call *c)
{
	TRY_(enter_grant(c));
	TRY_(vault_admin_revoke_grant(c->admin, c->params[0], c->params[1]));
	return admin_no_content(c);
}
