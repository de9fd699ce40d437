#include "vault/fixture.h"

#include "base/file.h"
#include "base/mem.h"
#include "vault/usage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OLD_STORE "pkg/vault/testdata/store-1/"

static void copy_store(const char *dir)
{
	CLEANUP(mem_freep) char *to = mem_printf("%s/%s", dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *content = NULL;
	size_t len = 0;

	CHECK_OK(file_read(OLD_STORE VAULT_STORE_FILE, 1 << 20, &content, &len));
	CHECK_OK(file_write_atomic(to, content, len, 0600));
}

/* Keys of a store that holds nothing. A store that version 1 of the schema made, with the vault "Old" and a
 * token. */
static void open_old(struct fixture *f)
{
	CLEANUP(secret_freep) struct secret *token = NULL;

	*f = (struct fixture){.dir = "/tmp/vault-test-XXXXXX"};
	CHECK(mkdtemp(f->dir));
	copy_store(f->dir);
	CHECK_OK(credentials_load(OLD_STORE "credentials.json", &f->setup.credentials));
	CHECK_OK(admin_key_load(OLD_STORE "administrator-key.json", &f->setup.admin_key));
	CHECK_OK(secret_read_file(OLD_STORE "token", 4096, &token));
	f->token = secret_new(4096);
	CHECK_OK(secret_add(f->token, secret_bytes(token), strcspn(secret_bytes(token), "\n")));
	fixture_reopen(f);
}

TEST(migrate, a_store_of_version_1_is_used_and_written)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	struct usage_check check = {0};

	open_old(&f);
	CHECK_OK(vault_list(f.store, f.access, &vaults));
	CHECK_INT(vaults.n, 1);
	CHECK_STR(vaults.v[0].name, "Old");
	CHECK_OK(vault_admin_verify_usage(f.admin, &check));
	CHECK_INT(check.n_rows, 0);
	CHECK_INT(check.first_bad, 0);
	object_id_set(f.vault_id, vaults.v[0].id);
	char id[OBJECT_ID_SIZE];
	fixture_create(&f, CANARY_TITLE, id);
	fixture_close(&f);
	fixture_reopen(&f);
}

TEST(migrate, a_newer_store_is_refused)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_store *store = NULL;

	fixture_init(&f);
	fixture_close(&f);
	fixture_sql(&f, "PRAGMA user_version = 1000");
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &f.setup.credentials};
	CLEANUP(err_freep) err_t e = vault_store_open(&options, &store);
	CHECK(err_is(e, ERR_INVALID));
	CHECK(strstr(err_text(e), "use the program that wrote it or a newer one"));
}
