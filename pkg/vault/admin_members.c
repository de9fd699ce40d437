#include "vault/admin_members.h"

#include "base/mem.h"
#include "vault/admin_groups.h"
#include "vault/wrap.h"

#define PRINCIPALS_MAX 10000

err_t member_read(struct tx *t, const char *id, struct principal *out)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(err_freep) err_t e = principal_read(t, id, &p);

	if (err_is(e, ERR_NOT_FOUND) || (!e && p.kind != PRINCIPAL_ADMIN_KEY && p.kind != PRINCIPAL_PERSON))
		return err_new(ERR_NOT_FOUND, "%s is no person and no administrator key", id);
	if (e)
		return TAKE(e);
	*out = p;
	p = (struct principal){0};
	return NULL;
}

static bool is_managers(const struct tx *t, const struct principal *group)
{
	return streq(group->id, t->head.managers_id);
}

bool member_is_in(const struct tx *t, const struct principal *group, const struct principal *p)
{
	return is_managers(t, group) ? p->role == ADMIN_MANAGER : strv_has(&group->group.members, p->id);
}

err_t member_groups(struct tx *t, const struct principal *p, struct principals *out)
{
	CLEANUP(principals_release) struct principals all = {0}, l = {0};

	TRY_(principal_list(t, PRINCIPAL_GROUP, &all));
	l.v = mem_calloc(all.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < all.n; i++) {
		if (!member_is_in(t, &all.v[i], p))
			continue;
		l.v[l.n++] = all.v[i];
		all.v[i] = (struct principal){0};
	}
	*out = l;
	l = (struct principals){0};
	return NULL;
}

/* Managers hold the key of every group. */
static NODISCARD err_t open_group(const struct vault_admin *a, struct tx *t, const struct principal *group,
				  struct secret **out)
{
	const struct secret *managers = admin_group_key(a, t->head.managers_id);

	if (!managers)
		return err_new(ERR_DENIED, "that is for the group Managers");
	if (!is_managers(t, group))
		return wrap_get(t, group->id, t->head.managers_id, managers, out);
	*out = secret_dup(managers);
	return NULL;
}

static NODISCARD err_t seal_group(const struct vault_admin *a, struct tx *t, const struct principal *group,
				  const struct principal *p)
{
	CLEANUP(secret_freep) struct secret *key = NULL;

	TRY_(open_group(a, t, group, &key));
	return wrap_put(t, group->id, 1, p->id, p->public_key, key);
}

err_t member_add(const struct vault_admin *a, struct tx *t, struct principal *group, struct principal *p)
{
	if (p->role == ADMIN_AUDITOR)
		return err_new(ERR_CONFLICT, "%s is an auditor, which can't be in a group", p->id);
	if (member_is_in(t, group, p))
		return NULL;
	TRY_(seal_group(a, t, group, p));
	if (is_managers(t, group)) {
		p->role = ADMIN_MANAGER;
		return principal_write(t, p);
	}
	if (group->group.members.n >= GROUP_MEMBERS_MAX)
		return err_new(ERR_TOO_LARGE, "a group has at most %d members", GROUP_MEMBERS_MAX);
	strv_add(&group->group.members, p->id);
	return principal_write(t, group);
}

err_t member_remove(struct tx *t, struct principal *group, struct principal *p)
{
	if (!member_is_in(t, group, p))
		return err_new(ERR_NOT_FOUND, "%s is not in group %s", p->id, group->id);
	TRY_(wrap_del(t, group->id, p->id));
	if (is_managers(t, group)) {
		p->role = ADMIN_MEMBER;
		TRY_(principal_write(t, p));
		return member_check_managers_left(t);
	}
	strv_del(&group->group.members, p->id);
	return principal_write(t, group);
}

err_t member_forget(struct tx *t, struct principal *p)
{
	CLEANUP(principals_release) struct principals groups = {0};

	TRY_(member_groups(t, p, &groups));
	for (size_t i = 0; i < groups.n; i++) {
		if (is_managers(t, &groups.v[i]))
			continue;
		strv_del(&groups.v[i].group.members, p->id);
		TRY_(principal_write(t, &groups.v[i]));
	}
	TRY_(record_del(t, MANIFEST_PRINCIPAL, p->id));
	TRY_(wrap_del_holder(t, p->id));
	return member_check_managers_left(t);
}

err_t member_seal_anew(const struct vault_admin *a, struct tx *t, const struct principal *p)
{
	CLEANUP(principals_release) struct principals groups = {0};

	TRY_(member_groups(t, p, &groups));
	for (size_t i = 0; i < groups.n; i++)
		TRY_(seal_group(a, t, &groups.v[i], p));
	return NULL;
}

err_t member_move_keys(struct tx *t, const struct principal *p, const struct secret *old_private)
{
	CLEANUP(principals_release) struct principals groups = {0};

	TRY_(member_groups(t, p, &groups));
	for (size_t i = 0; i < groups.n; i++) {
		CLEANUP(secret_freep) struct secret *key = NULL;

		TRY_(wrap_get(t, groups.v[i].id, p->id, old_private, &key));
		TRY_(wrap_put(t, groups.v[i].id, 1, p->id, p->public_key, key));
	}
	return NULL;
}

err_t member_check_managers_left(struct tx *t)
{
	CLEANUP(principals_release) struct principals keys = {0}, people = {0};

	TRY_(principal_list(t, PRINCIPAL_ADMIN_KEY, &keys));
	for (size_t i = 0; i < keys.n; i++) {
		if (keys.v[i].role == ADMIN_MANAGER)
			return NULL;
	}
	TRY_(principal_list(t, PRINCIPAL_PERSON, &people));
	for (size_t i = 0; i < people.n; i++) {
		if (people.v[i].role == ADMIN_MANAGER && people.v[i].person.state == PERSON_ACTIVE)
			return NULL;
	}
	return err_new(ERR_CONFLICT, "the last manager can't go; make another one first");
}

err_t member_check_room(struct tx *t)
{
	const struct manifest_place place = tx_place(t);
	size_t n = 0;

	TRY_(manifest_count(&t->manifest, &place, MANIFEST_PRINCIPAL, &n));
	if (n >= PRINCIPALS_MAX)
		return err_new(ERR_TOO_LARGE, "a store has at most %d keys, groups and people",
			       PRINCIPALS_MAX);
	return NULL;
}
