#include "vault/admin_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/admin_change.h"
#include "vault/admin_server.h"
#include "vault/jwt.h"
#include "vault/keytext.h"
#include "vault/principal.h"
#include "vault/store_private.h"
#include "vault/wrap.h"

#include <stdlib.h>
#include <string.h>

void vault_admin_free(struct vault_admin *a)
{
	if (!a)
		return;
	secret_free(a->managers);
	mem_free(a->name);
	mem_free(a);
}

void vault_admin_freep(struct vault_admin **a)
{
	vault_admin_free(*a);
	*a = NULL;
}

enum admin_role vault_admin_role(const struct vault_admin *a)
{
	return a->role;
}

static NODISCARD err_t only_looks(void)
{
	return err_new(ERR_DENIED,
		       "the administrator key is an auditor's, which may look at tokens, servers and "
		       "usage and change nothing");
}

err_t admin_begin_write(const struct vault_admin *a, struct tx *out)
{
	return a->role == ADMIN_MANAGER ? tx_begin(a->store, true, out) : only_looks();
}

static NODISCARD err_t not_ours(err_t e)
{
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e);
	return err_new(ERR_DENIED,
		       "the administrator key is not one of this store, or not a manager any more");
}

err_t vault_admin_open(struct vault_store *s, const struct admin_key *key, struct vault_admin **out)
{
	CLEANUP(vault_admin_freep) struct vault_admin *a = MEM_NEW(struct vault_admin);
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	a->store = s;
	object_id_set(a->id, key->id);
	TRY_(tx_begin(s, false, &t));
	TRY_(not_ours(principal_read(&t, key->id, &p)));
	TRY_(principal_open_admin(&p, key->secret, &private_key));
	a->role = p.role;
	if (a->role == ADMIN_MANAGER) {
		TRY_(not_ours(wrap_get(&t, t.head.managers_id, key->id, private_key, &a->managers)));
		vault_lock_key(a->managers);
	}
	a->name = TAKE(p.name);
	*out = TAKE(a);
	return NULL;
}

err_t admin_check_name(const char *what, const char *name)
{
	if (str_empty(name) || strlen(name) > NAME_MAX_BYTES || !str_is_utf8(name, strlen(name)))
		return err_new(ERR_INVALID, "the name of a %s has 1 to %d bytes of UTF-8", what,
			       NAME_MAX_BYTES);
	return NULL;
}

/* Finds the principal whose key pair the recovery key is, among those that the group's key is sealed to. */
static NODISCARD err_t open_managers_for_recovery(struct tx *t, const struct secret *secret,
						  struct secret **out)
{
	CLEANUP(secret_freep) struct secret *private_key = NULL;
	CLEANUP(strv_release) struct strv ids = {0};
	const struct manifest_place place = tx_place(t);
	uint8_t public_key[CRYPTO_PUBLIC_LEN];

	TRY_(principal_derive(secret, PRINCIPAL_DERIVE_RECOVERY, &private_key, public_key));
	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_PRINCIPAL, &ids));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(principal_release) struct principal p = {0};

		TRY_(principal_read(t, ids.v[i], &p));
		if (p.kind == PRINCIPAL_RECOVERY && memcmp(p.public_key, public_key, sizeof(public_key)) == 0)
			return wrap_get(t, t->head.managers_id, p.id, private_key, out);
	}
	return err_new(ERR_DENIED, "this is not the recovery key of this store");
}

err_t vault_admin_recover(struct vault_store *s, const char *recovery_key, const char *name,
			  struct admin_key *out)
{
	CLEANUP(secret_freep) struct secret *secret = NULL;
	CLEANUP(secret_freep) struct secret *managers = NULL;
	CLEANUP(admin_key_release) struct admin_key key = admin_key_new();
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(admin_check_name("administrator key", name));
	TRY_(keytext_parse_paper(recovery_key, &secret));
	TRY_(tx_begin(s, true, &t));
	TRY_(open_managers_for_recovery(&t, secret, &managers));
	TRY_(principal_make_admin(key.id, name, key.secret, &p));
	TRY_(principal_write(&t, &p));
	TRY_(wrap_put(&t, t.head.managers_id, 1, p.id, p.public_key, managers));
	TRY_(tx_commit(&t));
	*out = key;
	key.secret = NULL;
	return NULL;
}

/* Needs only the group's public key: whoever makes a vault need not be able to read others. */
static NODISCARD err_t add_vault(struct tx *t, const char *name, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(secret_freep) struct secret *key = crypto_key_new();
	CLEANUP(principal_release) struct principal managers = {0};
	CLEANUP(vault_record_release) struct vault_record v = {0};

	TRY_(principal_read(t, t->head.managers_id, &managers));
	TRY_(vault_record_make(name, key, &v));
	TRY_(wrap_put(t, v.info.id, v.generation, managers.id, managers.public_key, key));
	TRY_(vault_record_save(t, &v));
	object_id_set(out_id, v.info.id);
	return NULL;
}

err_t vault_admin_create_vault(struct vault_admin *a, const char *name, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(tx_end) struct tx t = {0};
	char id[OBJECT_ID_SIZE];

	TRY_(admin_check_name("vault", name));
	TRY_(admin_begin_write(a, &t));
	TRY_(add_vault(&t, name, id));
	TRY_(tx_commit(&t));
	object_id_set(out_id, id);
	return NULL;
}

err_t admin_open_vault(struct vault_admin *a, struct tx *t, const char *vault_id, struct secret **out_key,
		       struct vault_record *out)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	bool exists = false;

	if (!a->managers)
		return only_looks();
	TRY_(record_has(t, MANIFEST_VAULT, vault_id, &exists));
	if (!exists)
		return err_new(ERR_NOT_FOUND, "vault %s not found", vault_id);
	TRY_(wrap_get(t, vault_id, t->head.managers_id, a->managers, &key));
	TRY_(vault_record_open(t, vault_id, key, out));
	*out_key = TAKE(key);
	return NULL;
}

const char *vault_admin_id(const struct vault_admin *a)
{
	return a->id;
}

const char *vault_admin_name(const struct vault_admin *a)
{
	return a->name;
}

err_t vault_admin_list_vaults(struct vault_admin *a, struct vault_infos *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(vault_infos_release) struct vault_infos l = {0};

	TRY_(tx_begin(a->store, false, &t));
	const struct manifest_place place = tx_place(&t);
	TRY_(manifest_ids(&t.manifest, &place, MANIFEST_VAULT, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(secret_freep) struct secret *key = NULL;
		CLEANUP(vault_record_release) struct vault_record v = {0};

		TRY_(admin_open_vault(a, &t, ids.v[i], &key, &v));
		l.v[l.n++] = v.info;
		v.info = (struct vault_info){0};
	}
	*out = l;
	l = (struct vault_infos){0};
	return NULL;
}

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
	object_id_set(i->server_id, order->server_id ? order->server_id : a->store->server_id);
	object_id_set(i->creator_id, a->id);
	i->created_ms = clock_wall_ms();
	i->expires_ms = order->expires_ms;
	i->grants = mem_dup(order->grants, order->n * sizeof(*order->grants));
	i->n_grants = order->n;
}

static NODISCARD err_t check_server(struct tx *t, const struct vault_token *token)
{
	for (size_t i = 0; i < token->n_grants; i++)
		TRY_(admin_check_server_vault(t, token->server_id, token->grants[i].vault_id));
	return NULL;
}

err_t admin_issue_token(struct vault_admin *a, struct tx *t, const struct token_order *order,
			char out_id[OBJECT_ID_SIZE], struct secret **out_token)
{
	CLEANUP(token_record_release) struct token_record token = {0};
	CLEANUP(secret_freep) struct secret *secret = crypto_key_new();
	CLEANUP(secret_freep) struct secret *private_key = NULL;
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(check_grants(order->grants, order->n));
	init_token(&token.info, a, order);
	TRY_(check_server(t, &token.info));
	TRY_(token_derive(secret, &private_key, &token));
	TRY_(grant_vaults(a, t, &token));
	TRY_(token_write(t, &token));
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
	const struct token_order order = {
		.server_id = server_id, .name = name, .expires_ms = expires_ms, .grants = grants, .n = n};

	TRY_(admin_check_name("token", name));
	TRY_(admin_begin_write(a, &t));
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

err_t vault_admin_list_tokens(struct vault_admin *a, struct vault_tokens *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens l = {0};

	TRY_(tx_begin(a->store, false, &t));
	const struct manifest_place place = tx_place(&t);
	TRY_(manifest_ids(&t.manifest, &place, MANIFEST_TOKEN, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(token_record_release) struct token_record token = {0};

		TRY_(token_read(&t, ids.v[i], &token));
		l.v[l.n++] = token.info;
		token.info = (struct vault_token){0};
	}
	qsort(l.v, l.n, sizeof(*l.v), compare_age);
	*out = l;
	l = (struct vault_tokens){0};
	return NULL;
}

err_t admin_revoke(struct tx *t, struct token_record *token)
{
	token->info.revoked_ms = clock_wall_ms();
	TRY_(token_write(t, token));
	return wrap_del_holder(t, token->info.id);
}

err_t vault_admin_revoke_token(struct vault_admin *a, const char *token_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(token_record_release) struct token_record token = {0};

	TRY_(admin_begin_write(a, &t));
	TRY_(token_read(&t, token_id, &token));
	if (token.info.revoked_ms)
		return NULL;
	TRY_(admin_revoke(&t, &token));
	return tx_commit(&t);
}
