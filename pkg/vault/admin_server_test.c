#include "vault/fixture.h"

#include "base/mem.h"
#include "vault/admin_server.h"

static void check_kind(err_t e, enum err_kind kind)
{
	CHECK_MSG(err_is(e, kind), "%s", e ? err_text(e) : "no error");
	err_free(e);
}

/* A server with the fixture's vault and a token of it. */
static struct secret *make_server(struct fixture *f, struct credentials *c)
{
	CLEANUP(strv_release) struct strv vaults = {0};
	struct vault_grant grant = {.rights = VAULT_READ};
	struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];

	strv_add(&vaults, f->vault_id);
	CHECK_OK(vault_admin_create_server(f->admin, "Second", &vaults, c));
	object_id_set(grant.vault_id, f->vault_id);
	CHECK_OK(vault_admin_create_token_for(f->admin, c->server_id, "t", 0, &grant, 1, id, &token));
	return token;
}

static err_t try_token(struct vault_store *s, const struct secret *token, const char *vault_id,
		       unsigned int *out_rights)
{
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;

	TRY_(vault_access_open(s, secret_bytes(token), &a));
	*out_rights = vault_access_rights(a, vault_id);
	return NULL;
}

TEST(admin_server, a_token_is_good_for_its_own_server_only)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(credentials_release) struct credentials c = {0};
	CLEANUP(vault_store_freep) struct vault_store *second = NULL;
	unsigned int rights = 0;

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = make_server(&f, &c);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &c};
	CHECK_OK(vault_store_open(&options, &second));
	CHECK_STR(vault_store_server_name(second), "Second");
	CHECK_OK(try_token(second, token, f.vault_id, &rights));
	CHECK_INT(rights, VAULT_READ);
	check_kind(try_token(f.store, token, f.vault_id, &rights), ERR_DENIED);
	check_kind(try_token(second, f.token, f.vault_id, &rights), ERR_DENIED);
}

TEST(admin_server, tokens_get_vaults_of_their_server_only)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(credentials_release) struct credentials c = {0};
	struct vault_grant grant = {.rights = VAULT_READ};
	struct secret *none = NULL;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = make_server(&f, &c);
	CHECK(token);
	CHECK_OK(vault_admin_create_vault(f.admin, "Other", grant.vault_id));
	check_kind(vault_admin_create_token_for(f.admin, c.server_id, "t", 0, &grant, 1, id, &none),
		   ERR_INVALID);
	CHECK_OK(vault_admin_add_server_vault(f.admin, c.server_id, grant.vault_id));
	CHECK_OK(vault_admin_create_token_for(f.admin, c.server_id, "t", 0, &grant, 1, id, &none));
	secret_free(none);
	check_kind(vault_admin_add_server_vault(f.admin, f.setup.credentials.server_id, grant.vault_id),
		   ERR_CONFLICT);
}

TEST(admin_server, a_vault_that_a_server_loses_its_tokens_lose_too)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(credentials_release) struct credentials c = {0};
	CLEANUP(vault_store_freep) struct vault_store *second = NULL;
	unsigned int rights = VAULT_READ;

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = make_server(&f, &c);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &c};
	CHECK_OK(vault_store_open(&options, &second));
	CHECK_OK(vault_admin_remove_server_vault(f.admin, c.server_id, f.vault_id));
	CHECK_OK(try_token(second, token, f.vault_id, &rights));
	CHECK_INT(rights, 0);
	CHECK_OK(try_token(f.store, f.token, f.vault_id, &rights));
	CHECK_INT(rights, VAULT_READ | VAULT_WRITE);
	check_kind(vault_admin_remove_server_vault(f.admin, c.server_id, f.vault_id), ERR_NOT_FOUND);
}

TEST(admin_server, a_deleted_server_opens_nothing_any_more)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(credentials_release) struct credentials c = {0};
	CLEANUP(vault_store_freep) struct vault_store *second = NULL;
	CLEANUP(vault_servers_release) struct vault_servers servers = {0};
	struct vault_store *again = NULL;
	unsigned int rights = 0;

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = make_server(&f, &c);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &c};
	CHECK_OK(vault_store_open(&options, &second));
	CHECK_OK(try_token(second, token, f.vault_id, &rights));
	CHECK_OK(vault_admin_delete_server(f.admin, c.server_id));
	check_kind(try_token(second, token, f.vault_id, &rights), ERR_DENIED);
	check_kind(vault_store_open(&options, &again), ERR_DENIED);
	CHECK_OK(vault_admin_list_servers(f.admin, &servers));
	CHECK_INT(servers.n, 1);
	check_kind(vault_admin_delete_server(f.admin, servers.v[0].id), ERR_CONFLICT);
	check_kind(vault_admin_delete_server(f.admin, c.server_id), ERR_NOT_FOUND);
}

TEST(admin_server, a_renamed_server_keeps_its_key)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	CHECK_OK(vault_admin_rename_server(f.admin, f.setup.credentials.server_id, "Renamed"));
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK_STR(vault_store_server_name(f.store), "Renamed");
}
