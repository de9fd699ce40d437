#include "vault/fixture.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/admin_change.h"

static void check_kind(err_t e, enum err_kind kind)
{
	CHECK_MSG(err_is(e, kind), "%s", e ? err_text(e) : "no error");
	err_free(e);
}

static unsigned int rights_now(struct fixture *f, const char *vault_id)
{
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;

	CHECK_OK(vault_access_open(f->store, secret_bytes(f->token), &a));
	return vault_access_rights(a, vault_id);
}

TEST(admin_change, a_grant_reaches_a_token_that_is_in_use)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	struct vault_grant grant = {.rights = VAULT_READ};

	fixture_init(&f);
	CHECK_OK(vault_admin_create_vault(f.admin, "Second", grant.vault_id));
	CHECK_INT(rights_now(&f, grant.vault_id), 0);
	CHECK_OK(vault_admin_grant(f.admin, f.token_id, &grant));
	CHECK_INT(rights_now(&f, grant.vault_id), VAULT_READ);
	CHECK_INT(rights_now(&f, f.vault_id), VAULT_READ | VAULT_WRITE);
	CHECK_OK(vault_access_open(f.store, secret_bytes(f.token), &a));
	CHECK_OK(vault_list(f.store, a, &vaults));
	CHECK_INT(vaults.n, 2);
	grant.rights = 0;
	check_kind(vault_admin_grant(f.admin, f.token_id, &grant), ERR_INVALID);
}

TEST(admin_change, a_revoked_grant_ends_at_once_and_leaves_no_key)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_info info = {0};

	fixture_init(&f);
	CHECK_OK(vault_admin_revoke_grant(f.admin, f.token_id, f.vault_id));
	check_kind(vault_read(f.store, f.access, f.vault_id, &info), ERR_DENIED);
	CHECK_INT(rights_now(&f, f.vault_id), 0);
	check_kind(vault_admin_revoke_grant(f.admin, f.token_id, f.vault_id), ERR_NOT_FOUND);
}

TEST(admin_change, a_revoked_token_gets_no_grant)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_grant grant = {.rights = VAULT_READ};

	fixture_init(&f);
	object_id_set(grant.vault_id, f.vault_id);
	CHECK_OK(vault_admin_revoke_token(f.admin, f.token_id));
	check_kind(vault_admin_grant(f.admin, f.token_id, &grant), ERR_CONFLICT);
}

TEST(admin_change, a_vault_changes_its_name_and_keeps_its_items)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_info_release) struct vault_info info = {0};
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	fixture_create(&f, CANARY_TITLE, id);
	CHECK_OK(vault_admin_edit_vault(f.admin, f.vault_id, "New name", NULL));
	CHECK_OK(vault_admin_edit_vault(f.admin, f.vault_id, NULL, "What it is for"));
	CHECK_OK(vault_read(f.store, f.access, f.vault_id, &info));
	CHECK_STR(info.name, "New name");
	CHECK_STR(info.description, "What it is for");
	CHECK_INT(info.attribute_version, 3);
	CHECK_INT(info.n_items, 1);
	check_kind(vault_admin_edit_vault(f.admin, f.vault_id, "", NULL), ERR_INVALID);
}

TEST(admin_change, a_deleted_vault_is_gone_with_its_items_and_the_rest_is_whole)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_info info = {0};
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	char id[OBJECT_ID_SIZE], other_id[OBJECT_ID_SIZE];

	fixture_init(&f);
	fixture_create(&f, CANARY_TITLE, id);
	CHECK_OK(vault_admin_create_vault(f.admin, "Other", other_id));
	CHECK_OK(vault_admin_delete_vault(f.admin, f.vault_id));
	check_kind(vault_read(f.store, f.access, f.vault_id, &info), ERR_NOT_FOUND);
	check_kind(vault_admin_delete_vault(f.admin, f.vault_id), ERR_NOT_FOUND);
	fixture_close(&f);
	fixture_sql(&f, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 0)); INSERT INTO t SELECT COUNT(*) FROM "
			"item UNION ALL SELECT COUNT(*) FROM part");
	fixture_reopen(&f);
	CHECK_OK(vault_admin_list_vaults(f.admin, &vaults));
	CHECK_INT(vaults.n, 1);
	CHECK_STR(vaults.v[0].id, other_id);
}

TEST(admin_change, a_replaced_token_overlaps_with_the_new_one)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_token_release) struct vault_token old = {0};
	CLEANUP(secret_freep) struct secret *token = NULL;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	const int64_t end_ms = clock_wall_ms() + 3600000;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CHECK_OK(vault_admin_replace_token(f.admin, f.token_id, 0, end_ms, id, &token));
	CHECK_OK(vault_access_open(f.store, secret_bytes(token), &a));
	CHECK_STR(vault_access_token_name(a), CANARY_TOKEN);
	CHECK_INT(vault_access_rights(a, f.vault_id), VAULT_READ | VAULT_WRITE);
	CHECK_INT(rights_now(&f, f.vault_id), VAULT_READ | VAULT_WRITE);
	CHECK_OK(vault_admin_get_token(f.admin, f.token_id, &old));
	CHECK_INT(old.expires_ms, end_ms);
}

TEST(admin_change, a_renamed_token_stays_valid)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;

	fixture_init(&f);
	CHECK_OK(vault_admin_rename_token(f.admin, f.token_id, "renamed"));
	CHECK_OK(vault_access_open(f.store, secret_bytes(f.token), &a));
	CHECK_STR(vault_access_token_name(a), "renamed");
	check_kind(vault_admin_rename_token(f.admin, f.token_id, ""), ERR_INVALID);
}
