#include "connect/admin.h"
#include "connect/sessions.h"
#include "connect/signin.h"
#include "vault/keytext.h"

/* A text that only the caller knows, out of the body: the JSON that it was in is wiped as it is freed. */
static NODISCARD err_t read_secret(const struct jsonx *body, const char *member, struct secret **out)
{
	const char *text = jsonx_get_str(body, member);

	if (!text)
		return err_new(ERR_INVALID, "\"%s\" must be a text", member);
	*out = secret_from_str(text);
	return NULL;
}

static NODISCARD err_t answer_session(struct call *c, struct person_key *key, int status)
{
	CLEANUP(secret_freep) struct secret *token = NULL;
	int64_t ends_ms = 0;
	struct jsonw w;

	object_id_set(c->made_id, key->id);
	TRY_(vault_admin_open_person(c->connect->options.store, key, &c->admin));
	TRY_(sessions_begin(c->connect->sessions, key, &token, &ends_ms));
	call_json(c, &w);
	http_reply_status(c->reply, status);
	jsonw_object(&w);
	jsonw_key(&w, "token");
	jsonw_strn(&w, secret_bytes(token), secret_len(token));
	admin_json_time(&w, "expiresAt", ends_ms);
	jsonw_kobject(&w, "person");
	admin_json_self(&w, c->admin);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t handle_admin_session_begin(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(secret_freep) struct secret *passphrase = NULL;
	CLEANUP(person_key_release) struct person_key key = {0};
	const char *email = NULL;

	TRY_(admin_body(c, &body));
	TRY_(admin_text(body, "email", &email));
	TRY_(read_secret(body, "passphrase", &passphrase));
	if (!email)
		return err_new(ERR_INVALID, "\"email\" must be a text");
	TRY_(signin_enter(c, email));
	CLEANUP(err_freep)
	err_t e = vault_person_sign_in(c->connect->options.store, email, passphrase, &key);
	signin_leave(c, email, !e);
	return e ? TAKE(e) : answer_session(c, &key, 201);
}

err_t handle_admin_session_end(struct call *c)
{
	const char *token = call_bearer(c);

	TRY_(call_authenticate_admin(c));
	sessions_end(c->connect->sessions, token);
	return admin_no_content(c);
}

/* Not the invitation's secret: who guesses is to be slowed down by the person that is guessed for. */
static void account_of(const char *invitation, char out[OBJECT_ID_SIZE])
{
	CLEANUP(secret_freep) struct secret *secret = NULL;
	CLEANUP(err_freep) err_t e = keytext_parse_pair(invitation, out, &secret);

	if (e)
		out[0] = '\0';
}

err_t handle_admin_invitation_accept(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(secret_freep) struct secret *invitation = NULL, *passphrase = NULL;
	CLEANUP(vault_person_release) struct vault_person person = {0};
	char account[OBJECT_ID_SIZE];

	TRY_(admin_body(c, &body));
	TRY_(read_secret(body, "invitation", &invitation));
	TRY_(read_secret(body, "passphrase", &passphrase));
	account_of(secret_bytes(invitation), account);
	TRY_(signin_enter(c, account));
	CLEANUP(err_freep)
	err_t e =
		vault_person_accept(c->connect->options.store, secret_bytes(invitation), passphrase, &person);
	signin_leave(c, account, !e);
	if (e)
		return TAKE(e);
	object_id_set(c->made_id, person.id);
	return admin_answer_person(c, &person, NULL);
}

/* His other sessions end; the answer has a new one. */
err_t handle_admin_passphrase_change(struct call *c)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	CLEANUP(secret_freep) struct secret *old = NULL, *passphrase = NULL;
	CLEANUP(person_key_release) struct person_key key = {0};

	TRY_(call_authenticate_admin(c));
	if (!vault_admin_is_person(c->admin))
		return err_new(ERR_INVALID, "an administrator key has no passphrase");
	TRY_(admin_body(c, &body));
	TRY_(read_secret(body, "passphrase", &old));
	TRY_(read_secret(body, "newPassphrase", &passphrase));
	const char *id = vault_admin_id(c->admin);
	TRY_(signin_enter(c, id));
	CLEANUP(err_freep)
	err_t e = vault_person_change_passphrase(c->connect->options.store, id, old, passphrase, &key);
	signin_leave(c, id, !e);
	if (e)
		return TAKE(e);
	sessions_end_person(c->connect->sessions, id);
	vault_admin_freep(&c->admin);
	return answer_session(c, &key, 200);
}
