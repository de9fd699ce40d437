#include "vault/fixture.h"

#include "base/mem.h"
#include "base/sync.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(store, is_made_once_and_readable_by_its_owner_only)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_setup_release) struct vault_setup again = {0};
	struct stat st;

	fixture_init(&f);
	CHECK_STR(vault_store_server_name(f.store), CANARY_SERVER);
	CHECK_STR(vault_store_server_id(f.store), f.setup.credentials.server_id);
	CHECK_INT(stat(vault_store_path(f.store), &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CLEANUP(mem_freep) char *wal = mem_printf("%s-wal", vault_store_path(f.store));
	CHECK_INT(stat(wal, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_ERR(vault_store_create(f.dir, "again", &again), ERR_EXISTS);
	CHECK_OK(vault_store_check(f.store));
}

TEST(store, that_was_never_set_up_says_so)
{
	CLEANUP(credentials_release) struct credentials c = credentials_new();
	CLEANUP(vault_store_freep) struct vault_store *s = NULL;
	const struct vault_store_options options = {.data_dir = "/no/such/folder", .credentials = &c};

	CHECK_ERR(vault_store_open(&options, &s), ERR_NOT_FOUND);
	CHECK(!s);
}

TEST(store, of_a_newer_version_or_another_program_is_refused)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_store *s = NULL;

	fixture_init(&f);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &f.setup.credentials};
	fixture_close(&f);
	fixture_sql(&f, "PRAGMA user_version = 1000");
	CHECK_ERR(vault_store_open(&options, &s), ERR_INVALID);
	fixture_sql(&f, "PRAGMA user_version = 1; PRAGMA application_id = 7");
	CHECK_ERR(vault_store_open(&options, &s), ERR_INVALID);
}

TEST(store, that_is_no_database_is_reported_as_damaged)
{
	CLEANUP(fixture_release) struct fixture f;
	struct vault_store *s = NULL;

	fixture_init(&f);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &f.setup.credentials};
	CLEANUP(mem_freep) char *path = mem_strdup(vault_store_path(f.store));
	fixture_close(&f);
	CHECK_INT(truncate(path, 1000), 0);
	CHECK_ERR(vault_store_open(&options, &s), ERR_PROTOCOL);
	CHECK_INT(err_live(), 0);
}

TEST(store, lists_vaults_and_tokens_for_the_administrator)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CHECK_OK(vault_admin_create_vault(f.admin, "another", id));
	CHECK_ERR(vault_admin_create_vault(f.admin, "", id), ERR_INVALID);
	CHECK_OK(vault_admin_revoke_token(f.admin, f.token_id));
	secret_free(fixture_token(&f, VAULT_READ, 0, id));
	CHECK_OK(vault_admin_list_vaults(f.admin, &vaults));
	CHECK_INT(vaults.n, 2);
	CHECK_OK(vault_admin_list_tokens(f.admin, &tokens));
	CHECK_INT(tokens.n, 2);
	CHECK_STR(tokens.v[0].id, f.token_id);
	CHECK(tokens.v[0].revoked_ms > 0 && tokens.v[1].revoked_ms == 0);
	CHECK_STR(tokens.v[1].name, CANARY_TOKEN);
	CHECK_STR(tokens.v[1].grants[0].vault_id, f.vault_id);
	CHECK_INT(tokens.v[1].grants[0].rights, VAULT_READ);
	CHECK_STR(tokens.v[1].creator_id, f.setup.admin_key.id);
	secret_freep(&f.token);
}

#define WRITERS 2
#define READERS 3
#define WRITES 20

struct worker {
	struct fixture *f;
	size_t n;
};

static void *write_items(void *arg)
{
	struct worker *w = arg;

	for (w->n = 0; w->n < WRITES; w->n++) {
		char id[OBJECT_ID_SIZE];

		fixture_create(w->f, "concurrent", id);
	}
	return NULL;
}

static NODISCARD err_t count(void *arg, const struct vault_item *item)
{
	CHECK_STR(item->title, "concurrent");
	(*(size_t *)arg)++;
	return NULL;
}

static void *read_items(void *arg)
{
	struct worker *w = arg;

	while (w->n < WRITERS * WRITES) {
		CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
		size_t n = 0;

		CHECK_OK(vault_access_open(w->f->store, secret_bytes(w->f->token), &a));
		CHECK_OK(vault_items_each(w->f->store, a, w->f->vault_id, count, &n));
		CHECK(n >= w->n);
		w->n = n;
		vault_store_sweep(w->f->store);
	}
	return NULL;
}

TEST(store, is_shared_by_threads_that_read_and_write)
{
	CLEANUP(fixture_release) struct fixture f;
	pthread_t threads[WRITERS + READERS];
	struct worker workers[WRITERS + READERS];

	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		workers[i] = (struct worker){.f = &f};
		sync_thread_start(&threads[i], "test", i < WRITERS ? write_items : read_items, &workers[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	CHECK_INT(err_live(), 0);
}
