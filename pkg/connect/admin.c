#include "connect/admin.h"

#include "base/mem.h"
#include "connect/json_member.h"
#include "connect/sessions.h"
#include "vault/admin_keys.h"

#include <string.h>

#define TOKEN "/admin/v1/tokens/{token}"
#define SERVER "/admin/v1/servers/{server}"
#define GROUP "/admin/v1/groups/{group}"
#define PERSON "/admin/v1/people/{person}"
#define VAULT "/admin/v1/vaults/{vault}"

ROUTE(admin_whoami)
ROUTE(admin_token_list)
ROUTE(admin_token_create)
ROUTE(admin_token_get)
ROUTE(admin_token_rename)
ROUTE(admin_token_revoke)
ROUTE(admin_token_replace)
ROUTE(admin_grant)
ROUTE(admin_grant_revoke)
ROUTE(admin_vault_list)
ROUTE(admin_vault_create)
ROUTE(admin_vault_get)
ROUTE(admin_vault_edit)
ROUTE(admin_vault_delete)
ROUTE(admin_server_list)
ROUTE(admin_server_create)
ROUTE(admin_server_get)
ROUTE(admin_server_rename)
ROUTE(admin_server_delete)
ROUTE(admin_server_grant)
ROUTE(admin_server_revoke)
ROUTE(admin_key_list)
ROUTE(admin_key_create)
ROUTE(admin_key_delete)
ROUTE(admin_group_list)
ROUTE(admin_group_create)
ROUTE(admin_group_get)
ROUTE(admin_group_edit)
ROUTE(admin_group_delete)
ROUTE(admin_member_add)
ROUTE(admin_member_remove)
ROUTE(admin_global_grant)
ROUTE(admin_global_revoke)
ROUTE(admin_server_group_grant)
ROUTE(admin_server_group_revoke)
ROUTE(admin_person_list)
ROUTE(admin_person_invite)
ROUTE(admin_person_get)
ROUTE(admin_person_edit)
ROUTE(admin_person_delete)
ROUTE(admin_person_suspend)
ROUTE(admin_person_reactivate)
ROUTE(admin_person_recover)
ROUTE(admin_invitation_accept)
ROUTE(admin_session_begin)
ROUTE(admin_session_end)
ROUTE(admin_passphrase_change)
ROUTE(admin_usage)
ROUTE(admin_usage_csv)
ROUTE(admin_usage_verify)
ROUTE(admin_usage_trim)
ROUTE(heartbeat)
ROUTE(health)
ROUTE(ready)

static const struct route routes[] = {
	{"GET", "/admin/v1/whoami", select_admin_whoami},
	{"GET", "/admin/v1/tokens", select_admin_token_list},
	{"POST", "/admin/v1/tokens", select_admin_token_create},
	{"GET", TOKEN, select_admin_token_get},
	{"PATCH", TOKEN, select_admin_token_rename},
	{"DELETE", TOKEN, select_admin_token_revoke},
	{"POST", TOKEN "/replace", select_admin_token_replace},
	{"PUT", TOKEN "/vaults/{vault}", select_admin_grant},
	{"DELETE", TOKEN "/vaults/{vault}", select_admin_grant_revoke},
	{"GET", "/admin/v1/vaults", select_admin_vault_list},
	{"POST", "/admin/v1/vaults", select_admin_vault_create},
	{"GET", VAULT, select_admin_vault_get},
	{"PATCH", VAULT, select_admin_vault_edit},
	{"DELETE", VAULT, select_admin_vault_delete},
	{"GET", "/admin/v1/servers", select_admin_server_list},
	{"POST", "/admin/v1/servers", select_admin_server_create},
	{"GET", SERVER, select_admin_server_get},
	{"PATCH", SERVER, select_admin_server_rename},
	{"DELETE", SERVER, select_admin_server_delete},
	{"PUT", SERVER "/vaults/{vault}", select_admin_server_grant},
	{"DELETE", SERVER "/vaults/{vault}", select_admin_server_revoke},
	{"GET", "/admin/v1/keys", select_admin_key_list},
	{"POST", "/admin/v1/keys", select_admin_key_create},
	{"DELETE", "/admin/v1/keys/{key}", select_admin_key_delete},
	{"GET", "/admin/v1/groups", select_admin_group_list},
	{"POST", "/admin/v1/groups", select_admin_group_create},
	{"GET", GROUP, select_admin_group_get},
	{"PATCH", GROUP, select_admin_group_edit},
	{"DELETE", GROUP, select_admin_group_delete},
	{"PUT", GROUP "/members/{member}", select_admin_member_add},
	{"DELETE", GROUP "/members/{member}", select_admin_member_remove},
	{"PUT", GROUP "/global", select_admin_global_grant},
	{"DELETE", GROUP "/global", select_admin_global_revoke},
	{"PUT", GROUP "/servers/{server}", select_admin_server_group_grant},
	{"DELETE", GROUP "/servers/{server}", select_admin_server_group_revoke},
	{"GET", "/admin/v1/people", select_admin_person_list},
	{"POST", "/admin/v1/people", select_admin_person_invite},
	{"GET", PERSON, select_admin_person_get},
	{"PATCH", PERSON, select_admin_person_edit},
	{"DELETE", PERSON, select_admin_person_delete},
	{"POST", PERSON "/suspend", select_admin_person_suspend},
	{"POST", PERSON "/reactivate", select_admin_person_reactivate},
	{"POST", PERSON "/recover", select_admin_person_recover},
	{"POST", "/admin/v1/invitations/accept", select_admin_invitation_accept},
	{"POST", "/admin/v1/sessions", select_admin_session_begin},
	{"DELETE", "/admin/v1/sessions/current", select_admin_session_end},
	{"PUT", "/admin/v1/passphrase", select_admin_passphrase_change},
	{"GET", "/admin/v1/usage", select_admin_usage},
	{"GET", "/admin/v1/usage.csv", select_admin_usage_csv},
	{"GET", "/admin/v1/usage/verify", select_admin_usage_verify},
	{"DELETE", "/admin/v1/usage", select_admin_usage_trim},
	{"GET", "/heartbeat", select_heartbeat},
	{"GET", "/health", select_health},
	{"GET", "/readyz", select_ready},
};

struct route_table connect_admin_routes(void)
{
	return (struct route_table){routes, ARRAY_LEN(routes)};
}

void connect_handle_admin(void *connect, const struct http_server_request *req,
			  struct http_server_reply *reply)
{
	struct call c = {.connect = connect,
			 .req = req,
			 .reply = reply,
			 .routes = routes,
			 .n_routes = ARRAY_LEN(routes)};

	call_run(&c);
}

static NODISCARD err_t unknown(void)
{
	return err_new(ERR_DENIED,
		       "needed is an administrator key or a session: Authorization: Bearer ID.SECRET");
}

static NODISCARD err_t open_key(struct call *c, const char *text)
{
	CLEANUP(admin_key_release) struct admin_key key = {0};

	TRY_(admin_key_parse_bearer(text, &key));
	return vault_admin_open(c->connect->options.store, &key, &c->admin);
}

static NODISCARD err_t open_bearer(struct call *c, const char *text)
{
	CLEANUP(person_key_release) struct person_key person = {0};

	if (sessions_find(c->connect->sessions, text, &person))
		return vault_admin_open_person(c->connect->options.store, &person, &c->admin);
	return open_key(c, text);
}

/* Before the body is looked at. Changing what is one's own is everybody's right. */
static NODISCARD err_t check_auditor(struct call *c)
{
	const bool is_own =
		streq(c->route, "admin_session_end") || streq(c->route, "admin_passphrase_change");

	if (vault_admin_role(c->admin) != ADMIN_AUDITOR || streq(c->req->method, "GET") || is_own)
		return NULL;
	return err_new(ERR_DENIED, "an auditor may look, and change nothing");
}

err_t call_authenticate_admin(struct call *c)
{
	const char *text = call_bearer(c);

	if (!text)
		return unknown();
	CLEANUP(err_freep) err_t e = open_bearer(c, text);
	if (err_is(e, ERR_DENIED) || err_is(e, ERR_INVALID))
		return unknown();
	return e ? TAKE(e) : check_auditor(c);
}

err_t admin_body(const struct call *c, struct jsonx **out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	if (c->req->body_len == 0)
		return err_new(ERR_INVALID, "the body must be a JSON object");
	TRY(jsonx_parse(c->req->body, c->req->body_len, &doc), "body");
	if (jsonx_type(doc) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "the body must be a JSON object");
	*out = TAKE(doc);
	return NULL;
}

err_t admin_text(const struct jsonx *body, const char *member, const char **out)
{
	const struct jsonx *value = jsonx_get(body, member);
	const char *text = jsonx_str(value);

	if (jsonx_type(value) != JSONX_NULL && !text)
		return err_new(ERR_INVALID, "\"%s\" must be a text", member);
	*out = text;
	return NULL;
}

err_t admin_id(const struct call *c, size_t param, const char *what)
{
	if (!object_id_is_valid(c->params[param]))
		return err_new(ERR_NOT_FOUND, "that is no id of a %s", what);
	return NULL;
}

void admin_json_time(struct jsonw *w, const char *key, int64_t ms)
{
	if (ms)
		json_member_time(w, key, ms);
}

err_t admin_no_content(struct call *c)
{
	http_reply_status(c->reply, 204);
	return NULL;
}

void admin_json_refs(struct jsonw *w, const char *key, const struct vault_refs *refs)
{
	jsonw_karray(w, key);
	for (size_t i = 0; i < refs->n; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", refs->v[i].id);
		jsonw_kstr(w, "name", refs->v[i].name);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

const char *admin_role_name(enum admin_role role)
{
	switch (role) {
	case ADMIN_MANAGER:
		return "manager";
	case ADMIN_AUDITOR:
		return "auditor";
	case ADMIN_MEMBER:
	default:
		return "member";
	}
}

void admin_json_self(struct jsonw *w, const struct vault_admin *a)
{
	jsonw_kstr(w, "id", vault_admin_id(a));
	jsonw_kstr(w, "name", vault_admin_name(a));
	jsonw_kstr(w, "kind", vault_admin_is_person(a) ? "person" : "key");
	jsonw_kstr(w, "role", admin_role_name(vault_admin_role(a)));
	jsonw_karray(w, "groups");
	for (size_t i = 0; i < vault_admin_n_groups(a); i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", vault_admin_group_id(a, i));
		jsonw_kstr(w, "name", vault_admin_group_name(a, i));
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

err_t handle_admin_whoami(struct call *c)
{
	const struct vault_store *store = c->connect->options.store;
	struct jsonw w;

	TRY_(call_authenticate_admin(c));
	call_json(c, &w);
	jsonw_object(&w);
	admin_json_self(&w, c->admin);
	jsonw_kobject(&w, "server");
	jsonw_kstr(&w, "id", vault_store_server_id(store));
	jsonw_kstr(&w, "name", vault_store_server_name(store));
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
