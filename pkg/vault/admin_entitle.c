#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "vault/admin_private.h"
#include "vault/wrap.h"

/* What decides which vaults a group has keys for. */
struct landscape {
	struct vault_servers servers;
	struct strv vaults;
};

static void landscape_release(struct landscape *l)
{
	vault_servers_release(&l->servers);
	strv_release(&l->vaults);
}

static NODISCARD err_t survey(struct tx *t, struct landscape *l)
{
	const struct manifest_place place = tx_place(t);

	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_VAULT, &l->vaults));
	return server_list(t, &l->servers);
}

static void add_all(struct map *set, const struct strv *ids)
{
	static char present;

	for (size_t i = 0; i < ids->n; i++)
		map_set(set, ids->v[i], &present);
}

/* The vaults that a group is to have keys for. */
static struct map *wanted_of(const struct landscape *l, const struct principal *group)
{
	struct map *wanted = map_new(NULL);

	for (size_t i = 0; i < l->servers.n; i++) {
		const struct vault_server *s = &l->servers.v[i];

		if (server_is_managed_by(s, group->id, group->group.global))
			add_all(wanted, s->all_vaults ? &l->vaults : &s->vaults);
	}
	return wanted;
}

static NODISCARD err_t seal_vault(const struct vault_admin *a, struct tx *t, const struct principal *group,
				  const char *vault_id)
{
	static const struct logger log = {.name = "vault"};
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(vault_record_release) struct vault_record v = {0};
	CLEANUP(err_freep) err_t e = admin_open_vault(a, t, vault_id, &key, &v);

	if (err_is(e, ERR_PROTOCOL)) {
		log_error(&log, "a damaged vault's key can't be given to a group", F_STR("vault", vault_id),
			  F_ERR(e));
		return NULL;
	}
	return e ? TAKE(e) : wrap_put(t, vault_id, v.generation, group->id, group->public_key, key);
}

static NODISCARD err_t entitle(const struct vault_admin *a, struct tx *t, const struct landscape *l,
			       const struct principal *group)
{
	CLEANUP(map_freep) struct map *wanted = wanted_of(l, group);
	CLEANUP(strv_release) struct strv held = {0};

	TRY_(wrap_subjects(t, group->id, &held));
	for (size_t i = 0; i < held.n; i++) {
		if (!map_del(wanted, held.v[i]))
			TRY_(wrap_del(t, held.v[i], group->id));
	}
	for (size_t i = 0; i < l->vaults.n; i++) {
		if (map_has(wanted, l->vaults.v[i]))
			TRY_(seal_vault(a, t, group, l->vaults.v[i]));
	}
	return NULL;
}

err_t admin_entitle_groups(const struct vault_admin *a, struct tx *t)
{
	CLEANUP(landscape_release) struct landscape l = {0};
	CLEANUP(principals_release) struct principals groups = {0};

	TRY_(principal_list(t, PRINCIPAL_GROUP, &groups));
	if (groups.n == 1)
		return NULL;
	TRY_(survey(t, &l));
	for (size_t i = 0; i < groups.n; i++) {
		if (!streq(groups.v[i].id, t->head.managers_id))
			TRY_(entitle(a, t, &l, &groups.v[i]));
	}
	return NULL;
}
