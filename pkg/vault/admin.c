#include "vault/admin_members.h"

#include "base/mem.h"
#include "vault/admin_change.h"
#include "vault/keytext.h"
#include "vault/store_private.h"
#include "vault/wrap.h"

#include <string.h>

static void group_release(struct admin_group *g)
{
	mem_free(g->name);
	secret_free(g->key);
}

void vault_admin_free(struct vault_admin *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_groups; i++)
		group_release(&a->groups[i]);
	mem_free(a->groups);
	mem_free(a->name);
	mem_free(a);
}

void vault_admin_freep(struct vault_admin **a)
{
	vault_admin_free(*a);
	*a = NULL;
}

const char *vault_admin_id(const struct vault_admin *a)
{
	return a->id;
}

const char *vault_admin_name(const struct vault_admin *a)
{
	return a->name;
}

enum admin_role vault_admin_role(const struct vault_admin *a)
{
	return a->role;
}

bool vault_admin_is_person(const struct vault_admin *a)
{
	return a->is_person;
}

size_t vault_admin_n_groups(const struct vault_admin *a)
{
	return a->n_groups;
}

const char *vault_admin_group_id(const struct vault_admin *a, size_t i)
{
	return a->groups[i].id;
}

const char *vault_admin_group_name(const struct vault_admin *a, size_t i)
{
	return a->groups[i].name;
}

const struct secret *admin_group_key(const struct vault_admin *a, const char *group_id)
{
	for (size_t i = 0; i < a->n_groups; i++) {
		if (streq(a->groups[i].id, group_id))
			return a->groups[i].key;
	}
	return NULL;
}

static NODISCARD err_t not_ours(err_t e)
{
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e);
	return err_new(ERR_DENIED,
		       "the administrator key is not one of this store, or not a manager any more");
}

/* Nothing for a group that the sealed records do not list it in, whatever rows there are. */
static NODISCARD err_t enter_group(struct vault_admin *a, struct tx *t, const struct principal *self,
				   const struct secret *private_key, const char *group_id)
{
	CLEANUP(principal_release) struct principal group = {0};
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(err_freep) err_t e = principal_read_kind(t, PRINCIPAL_GROUP, group_id, &group);

	if (err_is(e, ERR_NOT_FOUND) || (!e && !member_is_in(t, &group, self)))
		return NULL;
	if (e)
		return TAKE(e);
	TRY_(wrap_get(t, group.id, self->id, private_key, &key));
	vault_lock_key(key);
	struct admin_group *g = &a->groups[a->n_groups++];
	object_id_set(g->id, group.id);
	g->global = group.group.global || streq(group.id, t->head.managers_id);
	g->name = TAKE(group.name);
	g->key = TAKE(key);
	return NULL;
}

static NODISCARD err_t enter_groups(struct vault_admin *a, struct tx *t, const struct principal *self,
				    const struct secret *private_key)
{
	CLEANUP(strv_release) struct strv ids = {0};

	TRY_(wrap_subjects(t, self->id, &ids));
	a->groups = mem_calloc(ids.n + 1, sizeof(*a->groups));
	for (size_t i = 0; i < ids.n; i++)
		TRY_(enter_group(a, t, self, private_key, ids.v[i]));
	if (a->role == ADMIN_MANAGER && !admin_group_key(a, t->head.managers_id))
		return not_ours(err_new(ERR_NOT_FOUND, "no key"));
	return NULL;
}

static struct vault_admin *admin_new(struct vault_store *s, const struct principal *self)
{
	struct vault_admin *a = MEM_NEW(struct vault_admin);

	a->store = s;
	object_id_set(a->id, self->id);
	a->name = mem_strdup(self->name);
	a->role = self->role;
	a->is_person = self->kind == PRINCIPAL_PERSON;
	return a;
}

err_t vault_admin_open(struct vault_store *s, const struct admin_key *key, struct vault_admin **out)
{
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	TRY_(tx_begin(s, false, &t));
	TRY_(not_ours(principal_read(&t, key->id, &p)));
	TRY_(principal_open_admin(&p, key->secret, &private_key));
	a = admin_new(s, &p);
	TRY_(enter_groups(a, &t, &p, private_key));
	*out = TAKE(a);
	return NULL;
}

err_t vault_admin_open_person(struct vault_store *s, const struct person_key *key, struct vault_admin **out)
{
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	TRY_(tx_begin(s, false, &t));
	CLEANUP(err_freep) err_t e = principal_read_kind(&t, PRINCIPAL_PERSON, key->id, &p);
	if (err_is(e, ERR_NOT_FOUND) ||
	    (!e && (p.person.state != PERSON_ACTIVE || !principal_is(&p, key->private_key))))
		return err_new(ERR_DENIED, "the session has ended: the person was suspended, deleted or has "
					   "another passphrase");
	if (e)
		return TAKE(e);
	a = admin_new(s, &p);
	TRY_(enter_groups(a, &t, &p, key->private_key));
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
	CLEANUP(principals_release) struct principals papers = {0};
	uint8_t public_key[CRYPTO_PUBLIC_LEN];

	TRY_(principal_derive(secret, PRINCIPAL_DERIVE_RECOVERY, &private_key, public_key));
	TRY_(principal_list(t, PRINCIPAL_RECOVERY, &papers));
	for (size_t i = 0; i < papers.n; i++) {
		if (memcmp(papers.v[i].public_key, public_key, sizeof(public_key)) == 0)
			return wrap_get(t, t->head.managers_id, papers.v[i].id, private_key, out);
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
	TRY_(member_check_room(&t));
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
	TRY_(admin_entitle_groups(a, &t));
	TRY_(tx_commit(&t));
	object_id_set(out_id, id);
	return NULL;
}

/* The key that one of the administrator's groups has. */
static NODISCARD err_t find_key(const struct vault_admin *a, struct tx *t, const char *vault_id,
				struct secret **out)
{
	for (size_t i = 0; i < a->n_groups; i++) {
		const struct admin_group *g = &a->groups[i];
		CLEANUP(err_freep) err_t e = wrap_get(t, vault_id, g->id, g->key, out);

		if (!err_is(e, ERR_NOT_FOUND))
			return TAKE(e);
	}
	return err_new(ERR_NOT_FOUND, "vault %s not found", vault_id);
}

err_t admin_open_vault(const struct vault_admin *a, struct tx *t, const char *vault_id,
		       struct secret **out_key, struct vault_record *out)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	bool exists = false;

	if (a->role == ADMIN_AUDITOR)
		return err_new(ERR_DENIED, "an auditor has no key for vaults");
	TRY_(record_has(t, MANIFEST_VAULT, vault_id, &exists));
	if (!exists)
		return err_new(ERR_NOT_FOUND, "vault %s not found", vault_id);
	TRY_(find_key(a, t, vault_id, &key));
	TRY_(vault_record_open(t, vault_id, key, out));
	*out_key = TAKE(key);
	return NULL;
}

static NODISCARD err_t add_info(struct vault_admin *a, struct tx *t, const char *vault_id,
				struct vault_infos *l)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(vault_record_release) struct vault_record v = {0};
	CLEANUP(err_freep) err_t e = admin_open_vault(a, t, vault_id, &key, &v);

	if (err_is(e, ERR_NOT_FOUND) && a->role != ADMIN_MANAGER)
		return NULL;
	if (e)
		return TAKE(e);
	l->v[l->n++] = v.info;
	v.info = (struct vault_info){0};
	return NULL;
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
	for (size_t i = 0; i < ids.n; i++)
		TRY_(add_info(a, &t, ids.v[i], &l));
	*out = l;
	l = (struct vault_infos){0};
	return NULL;
}
