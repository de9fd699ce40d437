#include "vault/fixture.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

static void check_denied(struct fixture *f, const char *token, const char *want)
{
	struct vault_access *a = NULL;
	err_t e = vault_access_open(f->store, token, &a);

	CHECK_MSG(err_is(e, ERR_DENIED), "expected a refusal: %s", want);
	CHECK_STR(err_text(e), want);
	CHECK(!a);
	err_free(e);
}

TEST(access, gives_the_rights_of_the_token)
{
	static const unsigned int rights[] = {VAULT_READ, VAULT_WRITE, VAULT_READ | VAULT_WRITE};
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
		CLEANUP(secret_freep) struct secret *token = fixture_token(&f, rights[i], 0, id);

		CHECK_OK(vault_access_open(f.store, secret_bytes(token), &a));
		CHECK_INT(vault_access_rights(a, f.vault_id), rights[i]);
		CHECK_INT(vault_access_rights(a, "zzzzzzzzzzzzzzzzzzzzzzzzzz"), 0);
		CHECK_STR(vault_access_token_id(a), id);
		CHECK_STR(vault_access_token_name(a), CANARY_TOKEN);
	}
}

TEST(access, write_only_tokens_list_no_vault)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos l = {0};
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = fixture_token(&f, VAULT_WRITE, 0, id);
	CHECK_OK(vault_access_open(f.store, secret_bytes(token), &a));
	CHECK_OK(vault_list(f.store, a, &l));
	CHECK_INT(l.n, 0);
}

TEST(access, ends_with_the_revocation_also_one_by_another_process)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_infos_release) struct vault_infos l = {0};
	CLEANUP(vault_store_freep) struct vault_store *other = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *admin = NULL;

	fixture_init(&f);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &f.setup.credentials};
	CHECK_OK(vault_store_open(&options, &other));
	CHECK_OK(vault_admin_open(other, &f.setup.admin_key, &admin));
	CHECK_OK(vault_admin_revoke_token(admin, f.token_id));
	CHECK_OK(vault_admin_revoke_token(admin, f.token_id));
	CHECK_ERR(vault_list(f.store, f.access, &l), ERR_DENIED);
	check_denied(&f, secret_bytes(f.token), "Invalid bearer token: it was revoked");
	CHECK_ERR(vault_admin_revoke_token(admin, "zzzzzzzzzzzzzzzzzzzzzzzzzz"), ERR_NOT_FOUND);
	vault_admin_freep(&admin);
	secret_freep(&f.token);
}

TEST(access, sweep_keeps_live_tokens_and_forgets_revoked_ones)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *again = NULL;

	fixture_init(&f);
	vault_store_sweep(f.store);
	CHECK_OK(vault_access_open(f.store, secret_bytes(f.token), &again));
	CHECK(again == f.access);
	CHECK_OK(vault_admin_revoke_token(f.admin, f.token_id));
	vault_store_sweep(f.store);
	check_denied(&f, secret_bytes(f.token), "Invalid bearer token: it was revoked");
	secret_freep(&f.token);
}

TEST(access, ends_with_the_expiry)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep)
	struct secret *token = fixture_token(&f, VAULT_READ, clock_wall_ms() - 1000, id);
	CLEANUP(secret_freep)
	struct secret *later = fixture_token(&f, VAULT_READ, clock_wall_ms() + 60000, id);
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	check_denied(&f, secret_bytes(token), "Invalid bearer token: it has expired");
	CHECK_OK(vault_access_open(f.store, secret_bytes(later), &a));
}

TEST(access, refuses_tokens_of_another_store_and_changed_ones)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(fixture_release) struct fixture other;

	fixture_init(&f);
	fixture_init(&other);
	check_denied(&f, secret_bytes(other.token), "Invalid token signature");
	check_denied(&f, "", "Invalid bearer token");
	check_denied(&f, "a.b.c", "Invalid bearer token");

	CLEANUP(mem_freep) char *text = mem_strdup(secret_bytes(f.token));
	char *payload = strchr(text, '.') + 1;
	char *signature = strrchr(text, '.') + 1;
	for (char *p = payload; p < signature - 1; p += 7) {
		struct vault_access *a = NULL;
		const char was = *p;

		*p = was == 'A' ? 'B' : 'A';
		CHECK_ERR(vault_access_open(f.store, text, &a), ERR_DENIED);
		*p = was;
	}
	*signature = *signature == 'A' ? 'B' : 'A';
	check_denied(&f, text, "Invalid token signature");
	CHECK_INT(err_live(), 0);
}

TEST(access, tokens_need_vaults_that_exist_with_rights)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_grant grants[2] = {{.vault_id = "zzzzzzzzzzzzzzzzzzzzzzzzzz", .rights = VAULT_READ}};
	struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CHECK_ERR(vault_admin_create_token(f.admin, "t", 0, grants, 0, id, &token), ERR_INVALID);
	CHECK_ERR(vault_admin_create_token(f.admin, "t", 0, grants, 1, id, &token), ERR_NOT_FOUND);
	object_id_set(grants[0].vault_id, f.vault_id);
	CHECK_ERR(vault_admin_create_token(f.admin, "", 0, grants, 1, id, &token), ERR_INVALID);
	grants[1] = grants[0];
	CHECK_ERR(vault_admin_create_token(f.admin, "t", 0, grants, 2, id, &token), ERR_INVALID);
	grants[0].rights = 0;
	CHECK_ERR(vault_admin_create_token(f.admin, "t", 0, grants, 1, id, &token), ERR_INVALID);
	grants[0].rights = 4;
	CHECK_ERR(vault_admin_create_token(f.admin, "t", 0, grants, 1, id, &token), ERR_INVALID);
	CHECK(!token);
	CHECK_INT(err_live(), 0);
}
