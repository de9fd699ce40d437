#include "vault/fixture.h"

#include "vault/admin_change.h"
#include "vault/admin_keys.h"
#include "vault/usage.h"

static void check_kind(err_t e, enum err_kind kind)
{
	CHECK_MSG(err_is(e, kind), "%s", e ? err_text(e) : "no error");
	err_free(e);
}

TEST(admin_keys, another_manager_can_do_the_same)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	fixture_init(&f);
	CHECK_OK(vault_admin_create_key(f.admin, "automation", ADMIN_MANAGER, &key));
	CHECK_OK(vault_admin_open(f.store, &key, &a));
	CHECK_STR(vault_admin_name(a), "automation");
	CHECK_OK(vault_admin_list_vaults(a, &vaults));
	CHECK_STR(vaults.v[0].name, CANARY_VAULT);
}

TEST(admin_keys, an_auditor_looks_and_changes_nothing)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};
	struct vault_infos vaults = {0};
	struct usage_check check = {0};
	struct admin_key another = {0};
	char id[OBJECT_ID_SIZE];
	int64_t n = 0;

	fixture_init(&f);
	CHECK_OK(vault_admin_create_key(f.admin, "audit", ADMIN_AUDITOR, &key));
	CHECK_OK(vault_admin_open(f.store, &key, &a));
	CHECK_OK(vault_admin_list_tokens(a, &tokens));
	CHECK_INT(tokens.n, 1);
	CHECK_OK(vault_admin_verify_usage(a, &check));
	check_kind(vault_admin_list_vaults(a, &vaults), ERR_DENIED);
	check_kind(vault_admin_create_vault(a, "x", id), ERR_DENIED);
	check_kind(vault_admin_revoke_token(a, f.token_id), ERR_DENIED);
	check_kind(vault_admin_delete_vault(a, f.vault_id), ERR_DENIED);
	check_kind(vault_admin_create_key(a, "x", ADMIN_MANAGER, &another), ERR_DENIED);
	check_kind(vault_admin_trim_usage(a, 1, &n), ERR_DENIED);
}

TEST(admin_keys, a_deleted_key_opens_nothing_and_the_last_manager_stays)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(admin_key_infos_release) struct admin_key_infos keys = {0};
	struct vault_admin *a = NULL;

	fixture_init(&f);
	CHECK_OK(vault_admin_create_key(f.admin, "second", ADMIN_MANAGER, &key));
	CHECK_OK(vault_admin_delete_key(f.admin, key.id));
	check_kind(vault_admin_open(f.store, &key, &a), ERR_DENIED);
	check_kind(vault_admin_delete_key(f.admin, key.id), ERR_NOT_FOUND);
	check_kind(vault_admin_delete_key(f.admin, f.setup.admin_key.id), ERR_CONFLICT);
	CHECK_OK(vault_admin_list_keys(f.admin, &keys));
	CHECK_INT(keys.n, 1);
}
