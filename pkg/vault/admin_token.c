#include "vault/admin_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/admin_server.h"
#include "vault/jwt.h"
#include "vault/server.h"
#include "vault/wrap.h"

#include <stdlib.h>
#include <string.h>

static NODISCARD err_t check_grants(const struct vault_grant *grants, size_t n)
{
	if (n == 0 || n > TOKEN_GRANTS_MAX)
		return err_new(ERR_INVALID, "a token needs 1 to %d vaults", TOKEN_GRANTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (grants[i].rights == 0 || (grants[i].rights & ~(unsigned int)(VAULT_READ | VAULT_WRITE)))
			return err_new(ERR_INVALID, "a grant has the rights r, w or rw");
		for (size_t k = 0; k < i; k++) {
			if (streq(grants[i].vault_id, grants[k].vault_id))
				return err_new(ERR_INVALID, "vault %s is granted twice", grants[i].vault_id);
		}
	}
	return NULL;
}

err_t admin_seal_vault(struct vault_admin *a, struct tx *t, const struct token_record *token,
		       const char *vault_id)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(vault_record_release) struct vault_record v = {0};

	TRY_(admin_open_vault(a, t, vault_id, &key, &v));
	return wrap_put(t, vault_id, v.generation, token->info.id, token->public_key, key);
}

static NODISCARD err_t grant_vaults(struct vault_admin *a, struct tx *t, const struct token_record *token)
{
	for (size_t i = 0; i < token->info.n_grants; i++)
		TRY_(admin_seal_vault(a, t, token, token->info.grants[i].vault_id));
	return NULL;
}

static NODISCARD err_t format_token(const struct vault_store *s, const struct tx *t,
				    const struct token_record *token, const struct secret *secret,
				    struct secret **out)
{
	const struct vault_token *i = &token->info;
	CLEANUP(mem_freep) struct jwt_vault *vaults = mem_calloc(i->n_grants, sizeof(*vaults));

	for (size_t k = 0; k < i->n_grants; k++)
		vaults[k] = (struct jwt_vault){.id = i->grants[k].vault_id,
					       .read = i->grants[k].rights & VAULT_READ,
					       .write = i->grants[k].rights & VAULT_WRITE};
	const struct jwt_claims claims = {.key_id = s->signer.id,
					  .store_id = t->head.store_id,
					  .server_id = i->server_id,
					  .token_id = i->id,
					  .secret = secret,
					  .issued_s = i->created_ms / 1000,
					  .expires_s = i->expires_ms / 1000,
					  .vaults = vaults,
					  .n_vaults = i->n_grants};
	return jwt_format(&claims, s->signer.private_der, out);
}

static void init_token(struct vault_token *i, const struct vault_admin *a, const struct token_order *order)
{
	rand_id(i->id);
	i->name = mem_strdup(order->name);
	object_id_set(i->server_id, order->server->id);
	object_id_set(i->creator_id, a->id);
	i->created_ms = clock_wall_ms();
	i->expires_ms = order->expires_ms;
	i->grants = mem_dup(order->grants, order->n * sizeof(*order->grants));
	i->n_grants = order->n;
}

static NODISCARD err_t check_vaults(const struct token_order *order)
{
	for (size_t i = 0; i < order->n; i++) {
		if (!server_has_vault(order->server, order->grants[i].vault_id))
			return err_new(ERR_INVALID, "vault %s is none of the vaults of server %s",
				       order->grants[i].vault_id, order->server->id);
	}
	return NULL;
}

err_t admin_save_token(struct tx *t, const struct token_record *token)
{
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(token_write(t, token));
	CLEANUP(err_freep) err_t e = server_read(t, token->info.server_id, &s);
	if (e)
		return err_is(e, ERR_NOT_FOUND) ? NULL
						: TAKE(e); /* it was deleted, its tokens are still listed */
	s.tokens_version++;
	return server_write(t, &s);
}

err_t admin_issue_token(struct vault_admin *a, struct tx *t, const struct token_order *order,
			char out_id[OBJECT_ID_SIZE], struct secret **out_token)
{
	CLEANUP(token_record_release) struct token_record token = {0};
	CLEANUP(secret_freep) struct secret *secret = crypto_key_new();
	CLEANUP(secret_freep) struct secret *private_key = NULL;
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(check_grants(order->grants, order->n));
	TRY_(check_vaults(order));
	init_token(&token.info, a, order);
	TRY_(token_derive(secret, &private_key, &token));
	TRY_(grant_vaults(a, t, &token));
	TRY_(admin_save_token(t, &token));
	TRY_(format_token(a->store, t, &token, secret, &text));
	TRY_(tx_commit(t));
	object_id_set(out_id, token.info.id);
	*out_token = TAKE(text);
	return NULL;
}

err_t vault_admin_create_token(struct vault_admin *a, const char *name, int64_t expires_ms,
			       const struct vault_grant *grants, size_t n, char out_id[OBJECT_ID_SIZE],
			       struct secret **out_token)
{
	return vault_admin_create_token_for(a, NULL, name, expires_ms, grants, n, out_id, out_token);
}

err_t vault_admin_create_token_for(struct vault_admin *a, const char *server_id, const char *name,
				   int64_t expires_ms, const struct vault_grant *grants, size_t n,
				   char out_id[OBJECT_ID_SIZE], struct secret **out_token)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server server = {0};
	const struct token_order order = {
		.server = &server, .name = name, .expires_ms = expires_ms, .grants = grants, .n = n};

	TRY_(admin_check_name("token", name));
	TRY_(admin_begin_server_write(a, server_id, &t, &server));
	return admin_issue_token(a, &t, &order, out_id, out_token);
}

void vault_tokens_release(struct vault_tokens *l)
{
	for (size_t i = 0; i < l->n; i++)
		vault_token_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

static int compare_age(const void *a, const void *b)
{
	const struct vault_token *x = a, *y = b;

	if (x->created_ms != y->created_ms)
		return x->created_ms < y->created_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

static NODISCARD err_t add_token(struct vault_admin *a, struct tx *t, const char *id, struct vault_tokens *l)
{
	CLEANUP(token_record_release) struct token_record token = {0};
	CLEANUP(err_freep) err_t e = admin_look_at_token(a, t, id, &token);

	if (e)
		return err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
	l->v[l->n++] = token.info;
	token.info = (struct vault_token){0};
	return NULL;
}

err_t vault_admin_list_tokens(struct vault_admin *a, struct vault_tokens *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens l = {0};

	TRY_(tx_begin(a->store, false, &t));
	const struct manifest_place place = tx_place(&t);
	TRY_(manifest_ids(&t.manifest, &place, MANIFEST_TOKEN, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++)
		TRY_(add_token(a, &t, ids.v[i], &l));
	qsort(l.v, l.n, sizeof(*l.v), compare_age);
	*out = l;
	l = (struct vault_tokens){0};
	return NULL;
}

err_t admin_revoke(struct tx *t, struct token_record *token)
{
	token->info.revoked_ms = clock_wall_ms();
	TRY_(admin_save_token(t, token));
	return wrap_del_holder(t, token->info.id);
}

err_t vault_admin_revoke_token(struct vault_admin *a, const char *token_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	TRY_(admin_begin_token_write(a, token_id, &t, &token));
	if (token.info.revoked_ms)
		return NULL;
	TRY_(admin_revoke(&t, &token));
	return tx_commit(&t);
}
