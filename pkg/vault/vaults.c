#include "base/mem.h"
#include "vault/access_private.h"
#include "vault/items.h"
#include "vault/vault_tx.h"

static void take_info(struct vault_record *v, struct vault_info *out)
{
	*out = v->info;
	v->info.name = v->info.description = NULL;
}

static NODISCARD err_t add_info(struct tx *t, const struct access_vault *vault, struct vault_infos *l)
{
	CLEANUP(vault_record_release) struct vault_record v = {0};

	if (vault->damaged)
		return err_new(ERR_PROTOCOL, "the token's key for vault %s is damaged", vault->id);
	if (!vault->key || !(vault->rights & VAULT_READ))
		return NULL;
	CLEANUP(err_freep) err_t e = vault_record_open(t, vault->id, vault->key, &v);
	if (err_is(e, ERR_NOT_FOUND))
		return NULL;
	if (!e)
		take_info(&v, &l->v[l->n++]);
	return TAKE(e);
}

err_t vault_list(struct vault_store *s, const struct vault_access *a, struct vault_infos *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_infos_release) struct vault_infos l = {0};
	CLEANUP(err_freep) err_t damage = NULL;

	TRY_(tx_begin_as(s, a, false, &t));
	l.v = mem_calloc(a->n_vaults + 1, sizeof(*l.v));
	for (size_t i = 0; i < a->n_vaults; i++) {
		CLEANUP(err_freep) err_t e = add_info(&t, &a->vaults[i], &l);

		if (e && !err_is(e, ERR_PROTOCOL))
			return TAKE(e);
		if (e && !damage)
			damage = TAKE(e);
	}
	*out = l;
	l = (struct vault_infos){0};
	return TAKE(damage);
}

err_t vault_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		 struct vault_info *out)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_READ, &t));
	take_info(&t.vault, out);
	return NULL;
}
