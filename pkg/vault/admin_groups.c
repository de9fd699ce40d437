#include "vault/admin_groups.h"

#include "base/mem.h"
#include "vault/admin_members.h"
#include "vault/wrap.h"

void vault_refs_release(struct vault_refs *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->v[i].name);
	mem_freep(&l->v);
	l->n = 0;
}

void vault_group_release(struct vault_group *g)
{
	mem_freep(&g->name);
	mem_freep(&g->description);
	vault_refs_release(&g->members);
	vault_refs_release(&g->servers);
}

void vault_groups_release(struct vault_groups *l)
{
	for (size_t i = 0; i < l->n; i++)
		vault_group_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

static void add_ref(struct vault_refs *l, const char *id, const char *name, bool is_person)
{
	l->v = mem_grow(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct vault_ref){.name = mem_strdup(name), .is_person = is_person};
	object_id_set(l->v[l->n++].id, id);
}

/* All that a description of groups is made of. */
struct directory {
	struct principals groups, keys, people;
	struct vault_servers servers;
};

static void directory_release(struct directory *d)
{
	principals_release(&d->groups);
	principals_release(&d->keys);
	principals_release(&d->people);
	vault_servers_release(&d->servers);
}

static NODISCARD err_t read_directory(struct tx *t, struct directory *d)
{
	TRY_(principal_list(t, PRINCIPAL_GROUP, &d->groups));
	TRY_(principal_list(t, PRINCIPAL_ADMIN_KEY, &d->keys));
	TRY_(principal_list(t, PRINCIPAL_PERSON, &d->people));
	return server_list(t, &d->servers);
}

static void add_members(const struct tx *t, const struct principal *group, const struct principals *from,
			struct vault_refs *out)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct principal *p = &from->v[i];

		if (member_is_in(t, group, p))
			add_ref(out, p->id, p->name, p->kind == PRINCIPAL_PERSON);
	}
}

static void describe(const struct tx *t, const struct directory *d, const struct principal *p,
		     struct vault_group *out)
{
	out->built_in = streq(p->id, t->head.managers_id);
	out->global = out->built_in || p->group.global;
	out->name = mem_strdup(p->name);
	out->description = mem_strdup(p->group.description ? p->group.description : "");
	out->created_ms = p->created_ms;
	object_id_set(out->id, p->id);
	add_members(t, p, &d->people, &out->members);
	add_members(t, p, &d->keys, &out->members);
	for (size_t i = 0; i < d->servers.n; i++) {
		if (strv_has(&d->servers.v[i].groups, p->id))
			add_ref(&out->servers, d->servers.v[i].id, d->servers.v[i].name, false);
	}
}

err_t vault_admin_list_groups(struct vault_admin *a, struct vault_groups *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(directory_release) struct directory d = {0};

	TRY_(admin_check_looks(a, "groups"));
	TRY_(tx_begin(a->store, false, &t));
	TRY_(read_directory(&t, &d));
	out->v = mem_calloc(d.groups.n + 1, sizeof(*out->v));
	for (out->n = 0; out->n < d.groups.n; out->n++)
		describe(&t, &d, &d.groups.v[out->n], &out->v[out->n]);
	return NULL;
}

err_t vault_admin_get_group(struct vault_admin *a, const char *id, struct vault_group *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(directory_release) struct directory d = {0};

	TRY_(admin_check_looks(a, "groups"));
	TRY_(tx_begin(a->store, false, &t));
	TRY_(read_directory(&t, &d));
	for (size_t i = 0; i < d.groups.n; i++) {
		if (streq(d.groups.v[i].id, id)) {
			describe(&t, &d, &d.groups.v[i], out);
			return NULL;
		}
	}
	return err_new(ERR_NOT_FOUND, "group %s not found", id);
}

err_t vault_admin_create_group(struct vault_admin *a, const char *name, const char *description,
			       char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0}, managers = {0};
	CLEANUP(secret_freep) struct secret *key = NULL;

	TRY_(admin_check_name("group", name));
	TRY_(admin_check_description(description ? description : ""));
	TRY_(principal_make_group(name, &group, &key));
	group.group.description = mem_strdup(description);
	TRY_(admin_begin_write(a, &t));
	TRY_(member_check_room(&t));
	TRY_(principal_read(&t, t.head.managers_id, &managers));
	TRY_(principal_write(&t, &group));
	TRY_(wrap_put(&t, group.id, 1, managers.id, managers.public_key, key));
	TRY_(tx_commit(&t));
	object_id_set(out_id, group.id);
	return NULL;
}

static NODISCARD err_t begin_group(const struct vault_admin *a, const char *id, struct tx *t,
				   struct principal *out)
{
	TRY_(admin_begin_write(a, t));
	return principal_read_kind(t, PRINCIPAL_GROUP, id, out);
}

static NODISCARD err_t begin_own_group(const struct vault_admin *a, const char *id, struct tx *t,
				       struct principal *out)
{
	TRY_(begin_group(a, id, t, out));
	if (streq(id, t->head.managers_id))
		return err_new(ERR_CONFLICT, "the group Managers is always there, as it is");
	return NULL;
}

err_t vault_admin_edit_group(struct vault_admin *a, const char *id, const char *name, const char *description)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0};

	if (name)
		TRY_(admin_check_name("group", name));
	if (description)
		TRY_(admin_check_description(description));
	TRY_(begin_own_group(a, id, &t, &group));
	admin_set_text(&group.name, name);
	admin_set_text(&group.group.description, description);
	TRY_(principal_write(&t, &group));
	return tx_commit(&t);
}

static NODISCARD err_t leave_servers(struct tx *t, const char *group_id)
{
	CLEANUP(vault_servers_release) struct vault_servers servers = {0};

	TRY_(server_list(t, &servers));
	for (size_t i = 0; i < servers.n; i++) {
		if (!strv_has(&servers.v[i].groups, group_id))
			continue;
		strv_del(&servers.v[i].groups, group_id);
		TRY_(server_write(t, &servers.v[i]));
	}
	return NULL;
}

err_t vault_admin_delete_group(struct vault_admin *a, const char *id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0};

	TRY_(begin_own_group(a, id, &t, &group));
	TRY_(leave_servers(&t, id));
	TRY_(record_del(&t, MANIFEST_PRINCIPAL, id));
	TRY_(wrap_del_subject(&t, id));
	TRY_(wrap_del_holder(&t, id));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}

err_t vault_admin_add_member(struct vault_admin *a, const char *group_id, const char *member_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0}, p = {0};

	TRY_(begin_group(a, group_id, &t, &group));
	TRY_(member_read(&t, member_id, &p));
	TRY_(member_add(a, &t, &group, &p));
	return tx_commit(&t);
}

err_t vault_admin_remove_member(struct vault_admin *a, const char *group_id, const char *member_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0}, p = {0};

	TRY_(begin_group(a, group_id, &t, &group));
	TRY_(member_read(&t, member_id, &p));
	TRY_(member_remove(&t, &group, &p));
	return tx_commit(&t);
}

err_t vault_admin_set_global(struct vault_admin *a, const char *group_id, bool global)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0};

	TRY_(begin_own_group(a, group_id, &t, &group));
	if (group.group.global == global)
		return NULL;
	group.group.global = global;
	TRY_(principal_write(&t, &group));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}

err_t vault_admin_add_server_group(struct vault_admin *a, const char *server_id, const char *group_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal group = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(begin_group(a, group_id, &t, &group));
	TRY_(server_read(&t, server_id, &s));
	if (strv_has(&s.groups, group_id))
		return NULL;
	strv_add(&s.groups, group_id);
	TRY_(server_write(&t, &s));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}

err_t vault_admin_remove_server_group(struct vault_admin *a, const char *server_id, const char *group_id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(admin_begin_write(a, &t));
	TRY_(server_read(&t, server_id, &s));
	if (!strv_has(&s.groups, group_id))
		return err_new(ERR_NOT_FOUND, "group %s is not on the list of server %s", group_id,
			       server_id);
	strv_del(&s.groups, group_id);
	TRY_(server_write(&t, &s));
	TRY_(admin_entitle_groups(a, &t));
	return tx_commit(&t);
}
