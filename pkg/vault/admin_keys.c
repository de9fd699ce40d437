#include "vault/admin_keys.h"

#include "base/mem.h"
#include "vault/admin_members.h"
#include "vault/wrap.h"

void admin_key_infos_release(struct admin_key_infos *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->v[i].name);
	mem_freep(&l->v);
	l->n = 0;
}

err_t vault_admin_list_keys(struct vault_admin *a, struct admin_key_infos *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principals_release) struct principals keys = {0};

	TRY_(admin_check_looks(a, "administrator keys"));
	TRY_(tx_begin(a->store, false, &t));
	TRY_(principal_list(&t, PRINCIPAL_ADMIN_KEY, &keys));
	out->v = mem_calloc(keys.n + 1, sizeof(*out->v));
	for (out->n = 0; out->n < keys.n; out->n++) {
		struct admin_key_info *info = &out->v[out->n];
		struct principal *p = &keys.v[out->n];

		info->name = TAKE(p->name);
		info->role = p->role;
		info->created_ms = p->created_ms;
		object_id_set(info->id, p->id);
	}
	return NULL;
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
	TRY_(member_check_room(&t));
	TRY_(principal_write(&t, &p));
	if (role == ADMIN_MANAGER)
		TRY_(wrap_put(&t, t.head.managers_id, 1, p.id, p.public_key,
			      admin_group_key(a, t.head.managers_id)));
	TRY_(tx_commit(&t));
	*out = key;
	key.secret = NULL;
	return NULL;
}

err_t vault_admin_delete_key(struct vault_admin *a, const char *id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	TRY_(admin_begin_write(a, &t));
	TRY_(principal_read_kind(&t, PRINCIPAL_ADMIN_KEY, id, &p));
	TRY_(member_forget(&t, &p));
	return tx_commit(&t);
}
