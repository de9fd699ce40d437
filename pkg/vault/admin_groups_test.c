#include "vault/admin_groups.h"

#include "vault/admin_change.h"
#include "vault/admin_server.h"
#include "vault/fixture.h"
#include "vault/usage.h"

#include <string.h>

/* A store with a server "prod" that has the fixture's vault, and a group "Ops" with one key in it. */
struct office {
	struct fixture f;
	char prod_id[OBJECT_ID_SIZE];
	char ops_id[OBJECT_ID_SIZE];
	char other_vault_id[OBJECT_ID_SIZE]; /* of no server but the first, which has all */
	struct admin_key key;
};

static struct vault_admin *open_key(struct office *o)
{
	struct vault_admin *a = NULL;

	CHECK_OK(vault_admin_open(o->f.store, &o->key, &a));
	return a;
}

static void office_init(struct office *o)
{
	CLEANUP(strv_release) struct strv vaults = {0};
	CLEANUP(credentials_release) struct credentials credentials = {0};

	*o = (struct office){0};
	fixture_init(&o->f);
	CHECK_OK(vault_admin_create_vault(o->f.admin, "Other", o->other_vault_id));
	strv_add(&vaults, o->f.vault_id);
	CHECK_OK(vault_admin_create_server(o->f.admin, "prod", &vaults, &credentials));
	object_id_set(o->prod_id, credentials.server_id);
	CHECK_OK(vault_admin_create_group(o->f.admin, "Ops", "keeps prod running", o->ops_id));
	CHECK_OK(vault_admin_create_key(o->f.admin, "deploy", ADMIN_MEMBER, &o->key));
	CHECK_OK(vault_admin_add_member(o->f.admin, o->ops_id, o->key.id));
}

static void office_release(struct office *o)
{
	admin_key_release(&o->key);
	fixture_release(&o->f);
}

static void check_kind(err_t e, enum err_kind kind)
{
	CHECK_MSG(err_is(e, kind), "%s", e ? err_text(e) : "no error");
	err_free(e);
}

static err_t issue_at(struct vault_admin *a, const char *server_id, const char *vault_id)
{
	struct vault_grant grant = {.rights = VAULT_READ};
	CLEANUP(secret_freep) struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];

	object_id_set(grant.vault_id, vault_id);
	return vault_admin_create_token_for(a, server_id, "t", 0, &grant, 1, id, &token);
}

static size_t count_vaults(struct vault_admin *a)
{
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	CHECK_OK(vault_admin_list_vaults(a, &vaults));
	return vaults.n;
}

static size_t count_servers(struct vault_admin *a)
{
	CLEANUP(vault_servers_release) struct vault_servers servers = {0};

	CHECK_OK(vault_admin_list_servers(a, &servers));
	return servers.n;
}

TEST(admin_groups, a_member_of_a_group_that_manages_nothing_sees_nothing)
{
	CLEANUP(office_release) struct office o;

	office_init(&o);
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};
	struct vault_token token = {0};
	CHECK_INT(count_vaults(a), 0);
	CHECK_INT(count_servers(a), 0);
	CHECK_OK(vault_admin_list_tokens(a, &tokens));
	CHECK_INT(tokens.n, 0);
	check_kind(vault_admin_get_token(a, o.f.token_id, &token), ERR_NOT_FOUND);
	check_kind(vault_admin_revoke_token(a, o.f.token_id), ERR_NOT_FOUND);
	check_kind(issue_at(a, o.prod_id, o.f.vault_id), ERR_NOT_FOUND);
	CHECK_STR(vault_admin_group_name(a, 0), "Ops");
}

TEST(admin_groups, a_group_on_a_servers_list_manages_that_server_and_no_other)
{
	CLEANUP(office_release) struct office o;

	office_init(&o);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	CHECK_INT(count_vaults(a), 1);
	CHECK_INT(count_servers(a), 1);
	CHECK_OK(issue_at(a, o.prod_id, o.f.vault_id));
	check_kind(issue_at(a, o.prod_id, o.other_vault_id), ERR_INVALID);
	check_kind(issue_at(a, NULL, o.f.vault_id), ERR_NOT_FOUND);
	check_kind(vault_admin_revoke_token(a, o.f.token_id), ERR_NOT_FOUND);
	/* It gives only what it can open itself. */
	check_kind(vault_admin_add_server_vault(a, o.prod_id, o.other_vault_id), ERR_NOT_FOUND);
	CHECK_OK(vault_admin_rename_server(a, o.prod_id, "production"));
}

TEST(admin_groups, what_is_for_managers_is_denied_to_others)
{
	CLEANUP(office_release) struct office o;
	struct admin_key_infos keys = {0};
	struct vault_groups groups = {0};
	struct vault_people people = {0};
	struct admin_key key = {0};
	struct secret *invitation = NULL;
	const struct strv none = {0};
	const struct person_order order = {
		.name = "Eve", .email = "eve@example.org", .role = ADMIN_MEMBER, .groups = &none};
	struct usage_check check = {0};
	struct credentials credentials = {0};
	char id[OBJECT_ID_SIZE];
	int64_t n = 0;

	office_init(&o);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	check_kind(vault_admin_create_vault(a, "x", id), ERR_DENIED);
	check_kind(vault_admin_edit_vault(a, o.f.vault_id, "x", NULL), ERR_DENIED);
	check_kind(vault_admin_delete_vault(a, o.f.vault_id), ERR_DENIED);
	check_kind(vault_admin_list_keys(a, &keys), ERR_DENIED);
	check_kind(vault_admin_create_key(a, "x", ADMIN_MANAGER, &key), ERR_DENIED);
	check_kind(vault_admin_delete_key(a, o.f.setup.admin_key.id), ERR_DENIED);
	check_kind(vault_admin_list_groups(a, &groups), ERR_DENIED);
	check_kind(vault_admin_create_group(a, "x", NULL, id), ERR_DENIED);
	check_kind(vault_admin_add_member(a, o.ops_id, o.key.id), ERR_DENIED);
	check_kind(vault_admin_set_global(a, o.ops_id, true), ERR_DENIED);
	check_kind(vault_admin_add_server_group(a, o.prod_id, o.ops_id), ERR_DENIED);
	check_kind(vault_admin_remove_server_group(a, o.prod_id, o.ops_id), ERR_DENIED);
	check_kind(vault_admin_list_people(a, &people), ERR_DENIED);
	check_kind(vault_admin_invite(a, &order, id, &invitation), ERR_DENIED);
	check_kind(vault_admin_verify_usage(a, &check), ERR_DENIED);
	check_kind(vault_admin_trim_usage(a, 1, &n), ERR_DENIED);
	check_kind(vault_admin_create_server(a, "x", NULL, &credentials), ERR_DENIED);
}

static void find_managers(struct office *o, struct vault_group *out)
{
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};

	CHECK_OK(vault_admin_list_groups(o->f.admin, &groups));
	for (size_t i = 0; i < groups.n; i++) {
		if (!groups.v[i].built_in)
			continue;
		*out = groups.v[i];
		groups.v[i] = (struct vault_group){0};
		return;
	}
	CHECK(false);
}

TEST(admin_groups, keys_of_vaults_come_and_go_with_server_list_and_vaults)
{
	CLEANUP(office_release) struct office o;
	CLEANUP(vault_group_release) struct vault_group managers = {0};

	office_init(&o);
	find_managers(&o, &managers);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, managers.id));
	CHECK_OK(vault_admin_add_server_vault(o.f.admin, o.prod_id, o.other_vault_id));
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	CHECK_INT(count_vaults(a), 2);
	CHECK_OK(vault_admin_remove_server_vault(o.f.admin, o.prod_id, o.f.vault_id));
	CHECK_INT(count_vaults(a), 1);
	CHECK_OK(vault_admin_remove_server_group(o.f.admin, o.prod_id, o.ops_id));
	CHECK_INT(count_vaults(a), 0);
}

TEST(admin_groups, global_permission_is_for_servers_without_a_list)
{
	CLEANUP(office_release) struct office o;
	char third[OBJECT_ID_SIZE];

	office_init(&o);
	CHECK_OK(vault_admin_set_global(o.f.admin, o.ops_id, true));
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	/* The first server has all vaults, also later ones. */
	CHECK_INT(count_vaults(a), 2);
	CHECK_OK(vault_admin_create_vault(o.f.admin, "third", third));
	CHECK_INT(count_vaults(a), 3);
	CHECK_INT(count_servers(a), 2);
	CHECK_OK(issue_at(a, o.prod_id, o.f.vault_id));
	char security[OBJECT_ID_SIZE];
	CHECK_OK(vault_admin_create_group(o.f.admin, "Security", NULL, security));
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, security));
	check_kind(issue_at(a, o.prod_id, o.f.vault_id), ERR_NOT_FOUND);
	CHECK_INT(count_servers(a), 1);
}

TEST(admin_groups, a_servers_list_overrides_managers_who_may_change_it)
{
	CLEANUP(office_release) struct office o;

	office_init(&o);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	check_kind(issue_at(o.f.admin, o.prod_id, o.f.vault_id), ERR_DENIED);
	CHECK_INT(count_servers(o.f.admin), 2);
	CHECK_OK(vault_admin_remove_server_group(o.f.admin, o.prod_id, o.ops_id));
	CHECK_OK(issue_at(o.f.admin, o.prod_id, o.f.vault_id));
}

TEST(admin_groups, a_member_who_leaves_has_no_key_any_more_even_if_the_row_is_put_back)
{
	CLEANUP(office_release) struct office o;

	office_init(&o);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	fixture_close(&o.f);
	fixture_sql(&o.f, "CREATE TABLE stolen AS SELECT * FROM wrap");
	fixture_reopen(&o.f);
	CHECK_OK(vault_admin_remove_member(o.f.admin, o.ops_id, o.key.id));
	fixture_close(&o.f);
	fixture_sql(&o.f, "INSERT OR IGNORE INTO wrap SELECT * FROM stolen");
	fixture_reopen(&o.f);
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	CHECK_INT(vault_admin_n_groups(a), 0);
	CHECK_INT(count_vaults(a), 0);
	check_kind(vault_admin_remove_member(o.f.admin, o.ops_id, o.key.id), ERR_NOT_FOUND);
}

TEST(admin_groups, a_deleted_group_leaves_servers_and_keys)
{
	CLEANUP(office_release) struct office o;
	CLEANUP(vault_server_release) struct vault_server s = {0};

	office_init(&o);
	CHECK_OK(vault_admin_add_server_group(o.f.admin, o.prod_id, o.ops_id));
	CHECK_OK(vault_admin_delete_group(o.f.admin, o.ops_id));
	CHECK_OK(vault_admin_get_server(o.f.admin, o.prod_id, &s));
	CHECK_INT(s.groups.n, 0);
	CLEANUP(vault_admin_freep) struct vault_admin *a = open_key(&o);
	CHECK_INT(vault_admin_n_groups(a), 0);
	check_kind(vault_admin_delete_group(o.f.admin, o.ops_id), ERR_NOT_FOUND);
}

TEST(admin_groups, managers_stay_and_their_last_member_too)
{
	CLEANUP(office_release) struct office o;
	CLEANUP(vault_group_release) struct vault_group managers = {0};
	char first[OBJECT_ID_SIZE];

	office_init(&o);
	find_managers(&o, &managers);
	CHECK(managers.global);
	CHECK_INT(managers.members.n, 1);
	object_id_set(first, o.f.setup.admin_key.id);
	CHECK_STR(managers.members.v[0].id, first);
	check_kind(vault_admin_delete_group(o.f.admin, managers.id), ERR_CONFLICT);
	check_kind(vault_admin_edit_group(o.f.admin, managers.id, "x", NULL), ERR_CONFLICT);
	check_kind(vault_admin_set_global(o.f.admin, managers.id, false), ERR_CONFLICT);
	check_kind(vault_admin_remove_member(o.f.admin, managers.id, first), ERR_CONFLICT);
	CHECK_OK(vault_admin_add_member(o.f.admin, managers.id, o.key.id));
	CHECK_OK(vault_admin_remove_member(o.f.admin, managers.id, first));
	/* From now on that key is nobody; the other one is a manager. */
	CLEANUP(vault_admin_freep) struct vault_admin *was = NULL, *is = open_key(&o);
	CHECK_OK(vault_admin_open(o.f.store, &o.f.setup.admin_key, &was));
	CHECK_INT(vault_admin_role(was), ADMIN_MEMBER);
	CHECK_INT(count_vaults(was), 0);
	CHECK_INT(vault_admin_role(is), ADMIN_MANAGER);
	CHECK_INT(count_vaults(is), 2);
	CHECK_OK(vault_admin_add_member(is, managers.id, first)); /* for the fixture */
}

TEST(admin_groups, an_auditor_sees_them_and_can_be_in_none)
{
	CLEANUP(office_release) struct office o;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};

	office_init(&o);
	CHECK_OK(vault_admin_create_key(o.f.admin, "audit", ADMIN_AUDITOR, &key));
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CHECK_OK(vault_admin_open(o.f.store, &key, &a));
	CHECK_OK(vault_admin_list_groups(a, &groups));
	CHECK_INT(groups.n, 2);
	CHECK_INT(count_servers(a), 2);
	check_kind(vault_admin_add_member(o.f.admin, o.ops_id, key.id), ERR_CONFLICT);
	check_kind(vault_admin_add_member(a, o.ops_id, o.key.id), ERR_DENIED);
	check_kind(issue_at(a, o.prod_id, o.f.vault_id), ERR_DENIED);
}

TEST(admin_groups, a_servers_tokens_version_grows_with_each_change_of_its_tokens)
{
	CLEANUP(office_release) struct office o;
	CLEANUP(vault_server_release) struct vault_server before = {0}, after = {0};

	office_init(&o);
	CHECK_OK(vault_admin_get_server(o.f.admin, o.prod_id, &before));
	CHECK_STR(before.creator_id, o.f.setup.admin_key.id);
	CHECK_OK(issue_at(o.f.admin, o.prod_id, o.f.vault_id));
	CHECK_OK(vault_admin_get_server(o.f.admin, o.prod_id, &after));
	CHECK_INT(after.tokens_version, before.tokens_version + 1);
}
