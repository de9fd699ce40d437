#include "vault/admin_server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/admin_private.h"
#include "vault/server.h"

/* A vault that the administrator can open, which is all that he may give. */
static NODISCARD err_t check_vault(const struct vault_admin *a, struct tx *t, const char *vault_id)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(vault_record_release) struct vault_record v = {0};

	return admin_open_vault(a, t, vault_id, &key, &v);
}

static NODISCARD err_t add_vaults(const struct vault_admin *a, struct tx *t, const struct strv *vaults,
				  struct vault_server *s)
{
	s->all_vaults = !vaults;
	if (s->all_vaults && a->role != ADMIN_MANAGER)
		return err_new(ERR_DENIED, "a server with all vaults is for the group Managers to make");
	for (size_t i = 0; vaults && i < vaults->n; i++) {
		TRY_(check_vault(a, t, vaults->v[i]));
		if (!strv_has(&s->vaults, vaults->v[i]))
			strv_add(&s->vaults, vaults->v[i]);
	}
	return NULL;
}

err_t vault_admin_create_server(struct vault_admin *a, const char *name, const struct strv *vaults,
				struct credentials *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(credentials_release) struct credentials c = credentials_new();
	CLEANUP(vault_server_release) struct vault_server s = {.created_ms = clock_wall_ms()};

	TRY_(admin_check_name("server", name));
	s.name = mem_strdup(name);
	object_id_set(s.id, c.server_id);
	object_id_set(s.creator_id, a->id);
	strv_add(&s.key_ids, c.key_id);
	TRY_(admin_begin_global_write(a, &t));
	TRY_(add_vaults(a, &t, vaults, &s));
	TRY_(unlock_write(t.db, &c, a->store->key));
	TRY_(server_write(&t, &s));
	TRY_(admin_entitle_groups(a, &t));
	TRY_(tx_commit(&t));
	*out = c;
	c = (struct credentials){0};
	return NULL;
}

err_t vault_admin_list_servers(struct vault_admin *a, struct vault_servers *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_servers_release) struct vault_servers all = {0};

	TRY_(tx_begin(a->store, false, &t));
	TRY_(server_list(&t, &all));
	out->v = mem_calloc(all.n + 1, sizeof(*out->v));
	out->n = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (!admin_sees_server(a, &all.v[i]))
			continue;
		out->v[out->n++] = all.v[i];
		all.v[i] = (struct vault_server){0};
	}
	return NULL;
}

err_t vault_admin_get_server(struct vault_admin *a, const char *id, struct vault_server *out)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(a->store, false, &t));
	return admin_look_at_server(a, &t, id, out);
}

err_t vault_admin_rename_server(struct vault_admin *a, const char *id, const char *name)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(admin_check_name("server", name));
	TRY_(admin_begin_server_write(a, id, &t, &s));
	admin_set_text(&s.name, name);
	TRY_(server_write(&t, &s));
	return tx_commit(&t);
}

/* Calls fn for each token of the server that was not revoked. */
typedef err_t (*token_fn)(struct tx *t, struct token_record *token, const char *vault_id);
static NODISCARD err_t each_token(struct tx *t, const char *server_id, token_fn fn, const char *vault_id)
{
	CLEANUP(strv_release) struct strv ids = {0};
	const struct manifest_place place = tx_place(t);

	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_TOKEN, &ids));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(token_record_release) struct token_record token = {0};

		TRY_(token_read(t, ids.v[i], &token));
		if (streq(token.info.server_id, server_id) && !token.info.revoked_ms)
			TRY_(fn(t, &token, vault_id));
	}
	return NULL;
}

static err_t revoke(struct tx *t, struct token_record *token, const char *vault_id)
{
	(void)vault_id;
	return admin_revoke(t, token);
}

err_t vault_admin_delete_server(struct vault_admin *a, const char *id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	if (streq(id, a->store->server_id))
		return err_new(ERR_CONFLICT, "a server can't delete itself; ask another one");
	TRY_(admin_begin_server_write(a, id, &t, &s));
	if (s.key_ids.n == 0)
		return err_new(ERR_CONFLICT,
			       "server %s was made by an older version, which did not note its key", id);
	TRY_(each_token(&t, id, revoke, NULL));
	for (size_t i = 0; i < s.key_ids.n; i++)
		TRY_(unlock_del(t.db, s.key_ids.v[i]));
	TRY_(record_del(&t, MANIFEST_SERVER, id));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}

static NODISCARD err_t begin_limited(const struct vault_admin *a, const char *id, struct tx *t,
				     struct vault_server *out)
{
	TRY_(admin_begin_server_write(a, id, t, out));
	if (out->all_vaults)
		return err_new(ERR_CONFLICT, "server %s has all vaults", id);
	return NULL;
}

err_t vault_admin_add_server_vault(struct vault_admin *a, const char *id, const char *vault_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(begin_limited(a, id, &t, &s));
	TRY_(check_vault(a, &t, vault_id));
	if (strv_has(&s.vaults, vault_id))
		return NULL;
	strv_add(&s.vaults, vault_id);
	TRY_(server_write(&t, &s));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}

err_t vault_admin_remove_server_vault(struct vault_admin *a, const char *id, const char *vault_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(begin_limited(a, id, &t, &s));
	if (!strv_has(&s.vaults, vault_id))
		return err_new(ERR_NOT_FOUND, "server %s has no vault %s", id, vault_id);
	strv_del(&s.vaults, vault_id);
	TRY_(server_write(&t, &s));
	TRY_(each_token(&t, id, admin_drop_grant, vault_id));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}
