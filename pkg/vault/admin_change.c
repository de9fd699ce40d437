#include "vault/admin_change.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/admin_private.h"
#include "vault/wrap.h"

#include <string.h>

#define DELETE_ITEMS "DELETE FROM item WHERE vault = ?"
#define DELETE_PARTS "DELETE FROM part WHERE vault = ?"
#define DELETE_PAGES "DELETE FROM page WHERE scope = ?"

err_t vault_admin_get_vault(struct vault_admin *a, const char *vault_id, struct vault_info *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_record_release) struct vault_record v = {0};
	CLEANUP(secret_freep) struct secret *key = NULL;

	TRY_(tx_begin(a->store, false, &t));
	TRY_(admin_open_vault(a, &t, vault_id, &key, &v));
	*out = v.info;
	v.info = (struct vault_info){0};
	return NULL;
}

err_t vault_admin_edit_vault(struct vault_admin *a, const char *vault_id, const char *name,
			     const char *description)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_record_release) struct vault_record v = {0};
	CLEANUP(secret_freep) struct secret *key = NULL;

	if (name)
		TRY_(admin_check_name("vault", name));
	if (description)
		TRY_(admin_check_description(description));
	TRY_(admin_begin_write(a, &t));
	TRY_(admin_open_vault(a, &t, vault_id, &key, &v));
	admin_set_text(&v.info.name, name);
	admin_set_text(&v.info.description, description);
	v.info.attribute_version++;
	v.info.updated_ms = clock_wall_ms();
	TRY_(vault_record_save(&t, &v));
	return tx_commit(&t);
}

err_t vault_admin_delete_vault(struct vault_admin *a, const char *vault_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	bool exists = false;

	TRY_(admin_begin_write(a, &t));
	TRY_(record_has(&t, MANIFEST_VAULT, vault_id, &exists));
	if (!exists)
		return err_new(ERR_NOT_FOUND, "vault %s not found", vault_id);
	TRY_(record_del(&t, MANIFEST_VAULT, vault_id));
	TRY_(wrap_del_subject(&t, vault_id));
	TRY_(db_run(t.db, DELETE_ITEMS, DB_ARGS(db_str(vault_id)), NULL));
	TRY_(db_run(t.db, DELETE_PARTS, DB_ARGS(db_str(vault_id)), NULL));
	TRY_(db_run(t.db, DELETE_PAGES, DB_ARGS(db_str(vault_id)), NULL));
	return tx_commit(&t);
}

err_t vault_admin_get_token(struct vault_admin *a, const char *token_id, struct vault_token *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	TRY_(tx_begin(a->store, false, &t));
	TRY_(admin_look_at_token(a, &t, token_id, &token));
	*out = token.info;
	token.info = (struct vault_token){0};
	return NULL;
}

err_t vault_admin_rename_token(struct vault_admin *a, const char *token_id, const char *name)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	TRY_(admin_check_name("token", name));
	TRY_(admin_begin_token_write(a, token_id, &t, &token));
	admin_set_text(&token.info.name, name);
	TRY_(admin_save_token(&t, &token));
	return tx_commit(&t);
}

static NODISCARD err_t begin_live(const struct vault_admin *a, const char *token_id, struct tx *t,
				  struct token_record *out)
{
	TRY_(admin_begin_token_write(a, token_id, t, out));
	if (out->info.revoked_ms)
		return err_new(ERR_CONFLICT, "token %s was revoked", token_id);
	return NULL;
}

static NODISCARD err_t check_server_vault(struct tx *t, const char *server_id, const char *vault_id)
{
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(server_read(t, server_id, &s));
	if (!server_has_vault(&s, vault_id))
		return err_new(ERR_INVALID, "vault %s is none of the vaults of server %s", vault_id, s.id);
	return NULL;
}

static struct vault_grant *find_grant(struct vault_token *token, const char *vault_id)
{
	for (size_t i = 0; i < token->n_grants; i++) {
		if (streq(token->grants[i].vault_id, vault_id))
			return &token->grants[i];
	}
	return NULL;
}

static NODISCARD err_t set_grant(struct vault_token *token, const struct vault_grant *grant)
{
	struct vault_grant *there = find_grant(token, grant->vault_id);

	if (there) {
		there->rights = grant->rights;
		return NULL;
	}
	if (token->n_grants >= TOKEN_GRANTS_MAX)
		return err_new(ERR_INVALID, "a token has at most %d vaults", TOKEN_GRANTS_MAX);
	token->grants = mem_grow(token->grants, token->n_grants + 1, sizeof(*token->grants));
	token->grants[token->n_grants++] = *grant;
	return NULL;
}

err_t vault_admin_grant(struct vault_admin *a, const char *token_id, const struct vault_grant *grant)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	if (grant->rights == 0 || (grant->rights & ~(unsigned int)(VAULT_READ | VAULT_WRITE)))
		return err_new(ERR_INVALID, "a grant has the rights r, w or rw");
	TRY_(begin_live(a, token_id, &t, &token));
	TRY_(check_server_vault(&t, token.info.server_id, grant->vault_id));
	TRY_(set_grant(&token.info, grant));
	TRY_(admin_seal_vault(a, &t, &token, grant->vault_id));
	TRY_(admin_save_token(&t, &token));
	return tx_commit(&t);
}

err_t admin_drop_grant(struct tx *t, struct token_record *token, const char *vault_id)
{
	struct vault_grant *grant = find_grant(&token->info, vault_id);

	if (!grant)
		return NULL;
	*grant = token->info.grants[--token->info.n_grants];
	TRY_(admin_save_token(t, token));
	return wrap_del(t, vault_id, token->info.id);
}

err_t vault_admin_revoke_grant(struct vault_admin *a, const char *token_id, const char *vault_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	TRY_(begin_live(a, token_id, &t, &token));
	if (!find_grant(&token.info, vault_id))
		return err_new(ERR_NOT_FOUND, "token %s has no grant for vault %s", token_id, vault_id);
	TRY_(admin_drop_grant(&t, &token, vault_id));
	return tx_commit(&t);
}

/* Without those of vaults that are no longer there. */
static NODISCARD err_t drop_dead_grants(struct tx *t, struct vault_token *token)
{
	for (size_t i = 0; i < token->n_grants;) {
		bool exists = false;

		TRY_(record_has(t, MANIFEST_VAULT, token->grants[i].vault_id, &exists));
		if (exists)
			i++;
		else
			token->grants[i] = token->grants[--token->n_grants];
	}
	return NULL;
}

err_t vault_admin_replace_token(struct vault_admin *a, const char *token_id, int64_t expires_ms,
				int64_t old_ends_ms, char out_id[OBJECT_ID_SIZE], struct secret **out_token)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record old = {0};
	CLEANUP(vault_server_release) struct vault_server server = {0};

	TRY_(begin_live(a, token_id, &t, &old));
	TRY_(server_read(&t, old.info.server_id, &server));
	TRY_(drop_dead_grants(&t, &old.info));
	const struct token_order order = {.server = &server,
					  .name = old.info.name,
					  .expires_ms = expires_ms,
					  .grants = old.info.grants,
					  .n = old.info.n_grants};
	if (!old.info.expires_ms || old.info.expires_ms > old_ends_ms)
		old.info.expires_ms = old_ends_ms;
	TRY_(admin_save_token(&t, &old));
	return admin_issue_token(a, &t, &order, out_id, out_token);
}
