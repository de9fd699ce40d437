#include "vault/admin_keys.h"

#include "base/mem.h"
#include "vault/admin_private.h"
#include "vault/principal.h"
#include "vault/record.h"
#include "vault/wrap.h"

void admin_key_infos_release(struct admin_key_infos *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->v[i].name);
	mem_freep(&l->v);
	l->n = 0;
}

static NODISCARD err_t list_keys(struct tx *t, struct admin_key_infos *out)
{
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(admin_key_infos_release) struct admin_key_infos l = {0};
	const struct manifest_place place = tx_place(t);

	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_PRINCIPAL, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(principal_release) struct principal p = {0};

		TRY_(principal_read(t, ids.v[i], &p));
		if (p.kind != PRINCIPAL_ADMIN_KEY)
			continue;
		struct admin_key_info *info = &l.v[l.n++];
		info->name = TAKE(p.name);
		info->role = p.role;
		info->created_ms = p.created_ms;
		object_id_set(info->id, p.id);
	}
	*out = l;
	l = (struct admin_key_infos){0};
	return NULL;
}

err_t vault_admin_list_keys(struct vault_admin *a, struct admin_key_infos *out)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(a->store, false, &t));
	return list_keys(&t, out);
}

err_t vault_admin_create_key(struct vault_admin *a, const char *name, enum admin_role role,
			     struct admin_key *out)
{
	CLEANUP(admin_key_release) struct admin_key key = admin_key_new();
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(admin_check_name("administrator key", name));
	TRY_(principal_make_admin(key.id, name, key.secret, &p));
	p.role = role;
	TRY_(admin_begin_write(a, &t));
	TRY_(principal_write(&t, &p));
	if (role == ADMIN_MANAGER)
		TRY_(wrap_put(&t, t.head.managers_id, 1, p.id, p.public_key, a->managers));
	TRY_(tx_commit(&t));
	*out = key;
	key.secret = NULL;
	return NULL;
}

err_t vault_admin_delete_key(struct vault_admin *a, const char *id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(admin_key_infos_release) struct admin_key_infos keys = {0};
	size_t n_managers = 0;
	const struct admin_key_info *found = NULL;

	TRY_(admin_begin_write(a, &t));
	TRY_(list_keys(&t, &keys));
	for (size_t i = 0; i < keys.n; i++) {
		n_managers += keys.v[i].role == ADMIN_MANAGER;
		if (streq(keys.v[i].id, id))
			found = &keys.v[i];
	}
	if (!found)
		return err_new(ERR_NOT_FOUND, "administrator key %s not found", id);
	if (found->role == ADMIN_MANAGER && n_managers == 1)
		return err_new(ERR_CONFLICT, "the last manager's key can't go; make another one first");
	TRY_(record_del(&t, MANIFEST_PRINCIPAL, id));
	TRY_(wrap_del_holder(&t, id));
	return tx_commit(&t);
}
