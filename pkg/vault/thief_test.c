/* What somebody gets who has the disk, a file, a token, or some of them; and what somebody can change unseen.
 */

#include "vault/fixture.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 << 20)

/* A store with an item, a second one, a file, and a revoked token. */
static void fill(struct fixture *f, char first[OBJECT_ID_SIZE], char second[OBJECT_ID_SIZE])
{
	char file_id[OBJECT_ID_SIZE], token_id[OBJECT_ID_SIZE];

	fixture_init(f);
	fixture_create(f, CANARY_TITLE, first);
	fixture_create(f, CANARY_TITLE, second);
	CHECK_OK(vault_file_put(f->store, f->access, f->vault_id, first, CANARY_FILE, 0, CANARY_CONTENT,
				strlen(CANARY_CONTENT), file_id));
	secret_free(fixture_token(f, VAULT_READ, 0, token_id));
	fixture_add_person(f);
	CHECK_OK(vault_admin_revoke_token(f->admin, token_id));
}

static void check_without_canary(const char *dir, const char *suffix, bool must_exist)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s%s", dir, VAULT_STORE_FILE, suffix);
	CLEANUP(mem_freep) char *bytes = NULL;
	size_t len = 0;
	err_t e = file_read(path, FILE_MAX, &bytes, &len);

	CHECK_MSG(!must_exist || (!e && len > 0), "%s", path);
	CHECK_MSG(e || !memmem(bytes, len, "canary", 6), "%s holds a canary", path);
	err_free(e);
}

static void check_holds(const char *dir, const char *text, bool want)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s-wal", dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *bytes = NULL;
	size_t len = 0;

	CHECK_OK(file_read(path, FILE_MAX, &bytes, &len));
	CHECK_INT(memmem(bytes, len, text, strlen(text)) != NULL, want);
}

TEST(thief, of_the_disk_finds_no_title_value_or_name_in_any_file)
{
	CLEANUP(fixture_release) struct fixture f;
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];

	fill(&f, first, second);
	check_without_canary(f.dir, "", true);
	check_without_canary(f.dir, "-wal", true);
	check_without_canary(f.dir, "-shm", true);
	/* That the search works: ids do stand there in the clear. */
	check_holds(f.dir, first, true);
	check_holds(f.dir, secret_bytes(f.token), false);
	fixture_close(&f);
	check_without_canary(f.dir, "", true);
	check_without_canary(f.dir, "-wal", false);
}

TEST(thief, of_the_disk_with_foreign_credentials_opens_nothing)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(credentials_release) struct credentials foreign = credentials_new();
	CLEANUP(vault_store_freep) struct vault_store *s = NULL;

	fixture_init(&f);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &foreign};
	CHECK_ERR(vault_store_open(&options, &s), ERR_DENIED);
	/* With the ids of the right ones, but another key. */
	object_id_set(foreign.key_id, f.setup.credentials.key_id);
	object_id_set(foreign.server_id, f.setup.credentials.server_id);
	CHECK_ERR(vault_store_open(&options, &s), ERR_DENIED);
	CHECK(!s);
}

TEST(thief, of_disk_and_credentials_cannot_act_as_an_administrator)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(admin_key_release) struct admin_key forged = admin_key_new();
	CLEANUP(admin_key_release) struct admin_key recovered = {0};
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;

	fixture_init(&f);
	CHECK_ERR(vault_admin_open(f.store, &forged, &a), ERR_DENIED);
	object_id_set(forged.id, f.setup.admin_key.id);
	CHECK_ERR(vault_admin_open(f.store, &forged, &a), ERR_DENIED);
	CHECK_ERR(vault_admin_recover(f.store,
				      "gayt-emzu-gu3d-oobz-mfrg-gzdf-mztw-q2lk-nnwg-23tp-obyx-e43u-ov3a", "x",
				      &recovered),
		  ERR_DENIED);
	CHECK_ERR(vault_admin_recover(f.store, "no key", "x", &recovered), ERR_INVALID);
	CHECK_OK(vault_admin_recover(f.store, secret_bytes(f.setup.recovery_key), "x", &recovered));
	CHECK_OK(vault_admin_open(f.store, &recovered, &a));
	CHECK_INT(err_live(), 0);
}

/* Every change of any column of any row is seen by whoever reads all. */
static void check_each_change(struct fixture *f, const char *table, const char *change, int64_t n_rows)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", f->dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *before = NULL;
	size_t len = 0, n_items = 0;

	CHECK_OK(file_read(path, FILE_MAX, &before, &len));
	for (int64_t row = 0; row < n_rows; row++) {
		CLEANUP(mem_freep)
		char *sql = mem_printf("UPDATE %s SET %s WHERE rowid = (SELECT rowid FROM %s ORDER BY rowid "
				       "LIMIT 1 OFFSET %d)",
				       table, change, table, (int)row);

		fixture_sql(f, sql);
		err_t e = fixture_read_all(f, &n_items);
		CHECK_MSG(e, "unseen: %s", sql);
		err_free(e);
		CHECK_OK(file_write_atomic(path, before, len, 0600));
	}
}

static int64_t count_rows(struct fixture *f, const char *table)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", f->dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *sql = mem_printf("SELECT count(*) FROM %s", table);
	CLEANUP(db_freep) struct db *d = NULL;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;

	CHECK_OK(db_open(path, false, &d));
	CHECK_OK(db_query(d, sql, DB_NO_ARGS, &rows));
	CHECK_OK(db_next(&rows, &has_row));
	const int64_t n = db_col_int(&rows, 0);
	db_rows_release(&rows);
	return n;
}

/* The last byte but some: inside of the sealed text or its tag. */
#define FLIP                                                                                                 \
	"data = CAST(substr(data, 1, length(data) / 2) || CASE substr(data, length(data) / 2 + 1, 1) "       \
	"WHEN x'00' THEN x'01' ELSE x'00' END || substr(data, length(data) / 2 + 2) AS BLOB)"

TEST(thief, who_changes_any_column_of_any_row_is_noticed)
{
	static const struct {
		const char *table, *changes[4];
	} cases[] = {
		{"store", {FLIP, "sequence = sequence + 1", "sequence = sequence - 1"}},
		{"unlock", {FLIP, "key_id = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'"}},
		{"record",
		 {FLIP, "id = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'", "version = version + 1", "kind = kind + 10"}},
		{"wrap", {FLIP, "subject = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'", "generation = generation + 1"}},
		{"page", {FLIP, "number = number + 100", "sequence = sequence + 1", "scope = 'zzz'"}},
		{"item", {FLIP, "id = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'", "version = version + 1"}},
		{"part",
		 {FLIP, "item = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'", "version = version + 1", "name = 'x'"}},
	};
	CLEANUP(fixture_release) struct fixture f;
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];
	size_t n_items = 0;

	fill(&f, first, second);
	fixture_close(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const int64_t n = count_rows(&f, cases[i].table);

		CHECK(n > 0);
		for (size_t k = 0; k < ARRAY_LEN(cases[i].changes) && cases[i].changes[k]; k++)
			check_each_change(&f, cases[i].table, cases[i].changes[k], n);
	}
	/* And without a change all is readable. */
	CHECK_OK(fixture_read_all(&f, &n_items));
	CHECK_INT(n_items, 2);
	CHECK_INT(err_live(), 0);
}

/* What a change of the rows does to a store that has moved on since the copy `old` of it was taken. */
static void check_change(const char *name, const char *sql)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item next = fixture_item("next");
	CLEANUP(mem_freep) char *path = NULL;
	CLEANUP(mem_freep) char *bytes = NULL;
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];
	size_t len = 0, n_items = 0;

	fill(&f, first, second);
	fixture_close(&f);
	path = mem_printf("%s/%s", f.dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *old = mem_printf("%s/old", f.dir);
	CHECK_OK(file_read(path, FILE_MAX, &bytes, &len));
	CHECK_OK(file_write_atomic(old, bytes, len, 0600));
	fixture_reopen(&f);
	CHECK_OK(vault_file_put(f.store, f.access, f.vault_id, first, CANARY_FILE, 0, "newer", 5, file_id));
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, second, 0, &next));
	CHECK_OK(fixture_read_all(&f, &n_items));

	CLEANUP(mem_freep) char *attach = mem_printf("ATTACH '%s' AS old; %s", old, sql);
	fixture_sql(&f, attach);
	err_t e = fixture_read_all(&f, &n_items);
	CHECK_MSG(err_is(e, ERR_PROTOCOL), "%s: %s", name, e ? err_text(e) : "unseen");
	err_free(e);
}

#define PUT_BACK(table) "INSERT OR REPLACE INTO main." table " SELECT * FROM old." table ";"

TEST(thief, who_puts_rows_back_takes_them_away_or_swaps_them_is_noticed)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{"older titles", PUT_BACK("item")},
		{"older fields and files", PUT_BACK("part")},
		{"one older file",
		 "INSERT OR REPLACE INTO main.part SELECT * FROM old.part WHERE name LIKE 'file%'"},
		{"older items", PUT_BACK("item") PUT_BACK("part")},
		{"older items with their manifests", PUT_BACK("item") PUT_BACK("part") PUT_BACK("page")},
		{"a whole older vault", PUT_BACK("item") PUT_BACK("part")
						PUT_BACK("record") "INSERT OR REPLACE INTO main.page SELECT "
								   "* FROM old.page WHERE scope <> 'store'"},
		{"an older head", PUT_BACK("store")},
		{"an item taken away", "DELETE FROM item WHERE rowid = (SELECT min(rowid) FROM item);"},
		{"all items taken away", "DELETE FROM item; DELETE FROM part;"},
		{"a manifest taken away", "DELETE FROM page WHERE scope <> 'store';"},
		{"swapped titles",
		 "UPDATE item SET data = (SELECT data FROM item AS o WHERE o.id <> item.id);"},
		{"swapped items",
		 "UPDATE item SET id = 'x' WHERE rowid = (SELECT min(rowid) FROM item);"
		 "UPDATE item SET id = (SELECT id FROM old.item WHERE id NOT IN (SELECT id FROM main.item))"
		 " WHERE id <> 'x';"},
		{"swapped wraps",
		 "UPDATE wrap SET data = (SELECT data FROM wrap AS o WHERE o.holder <> wrap.holder AND "
		 "o.subject = wrap.subject LIMIT 1) "
		 "WHERE subject IN (SELECT subject FROM wrap GROUP BY subject HAVING count(*) > 1);"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_change(cases[i].name, cases[i].sql);
	CHECK_INT(err_live(), 0);
}

TEST(thief, who_puts_a_revoked_token_back_is_noticed)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(mem_freep) char *path = NULL;
	CLEANUP(mem_freep) char *bytes = NULL;
	size_t len = 0;

	fixture_init(&f);
	fixture_close(&f);
	path = mem_printf("%s/%s", f.dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *old = mem_printf("%s/old", f.dir);
	CHECK_OK(file_read(path, FILE_MAX, &bytes, &len));
	CHECK_OK(file_write_atomic(old, bytes, len, 0600));
	fixture_reopen(&f);
	CHECK_OK(vault_admin_revoke_token(f.admin, f.token_id));
	fixture_close(&f);

	CLEANUP(mem_freep)
	char *attach =
		mem_printf("ATTACH '%s' AS old; INSERT OR REPLACE INTO main.record SELECT * FROM old.record "
			   "WHERE id = '%s';" PUT_BACK("wrap"),
			   old, f.token_id);
	fixture_sql(&f, attach);
	CLEANUP(secret_freep) struct secret *token = TAKE(f.token);
	fixture_reopen(&f);
	CHECK_ERR(vault_access_open(f.store, secret_bytes(token), &a), ERR_PROTOCOL);
	CHECK_INT(err_live(), 0);
}

TEST(thief, who_puts_the_whole_database_back_under_a_running_server_is_noticed)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(mem_freep) char *path = NULL;
	CLEANUP(mem_freep) char *bytes = NULL;
	CLEANUP(vault_infos_release) struct vault_infos l = {0};
	char id[OBJECT_ID_SIZE];
	size_t len = 0;

	fixture_init(&f);
	fixture_close(&f);
	path = mem_printf("%s/%s", f.dir, VAULT_STORE_FILE);
	CHECK_OK(file_read(path, FILE_MAX, &bytes, &len));
	fixture_reopen(&f);
	fixture_create(&f, "new", id);
	CLEANUP(mem_freep) char *old = mem_printf("%s/old", f.dir);
	CHECK_OK(file_write_atomic(old, bytes, len, 0600));
	CLEANUP(mem_freep)
	char *attach =
		mem_printf("ATTACH '%s' AS old; " PUT_BACK("record") PUT_BACK("page") PUT_BACK("store"), old);
	fixture_sql(&f, attach);
	err_t e = vault_list(f.store, f.access, &l);
	CHECK_MSG(err_is(e, ERR_PROTOCOL), "unseen");
	CHECK(strstr(err_text(e), "older one"));
	err_free(e);
}

/* The closed store's file into a folder of its own, as a thief's copy; the caller removes both. */
static void steal(const struct fixture *f, char dir[64])
{
	CLEANUP(mem_freep) char *from = mem_printf("%s/%s", f->dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *content = NULL;
	size_t len = 0;

	CHECK(mkdtemp(dir));
	CLEANUP(mem_freep) char *to = mem_printf("%s/%s", dir, VAULT_STORE_FILE);
	CHECK_OK(file_read(from, FILE_MAX, &content, &len));
	CHECK_OK(file_write_atomic(to, content, len, 0600));
}

static void remove_copy(const char *dir)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		CLEANUP(mem_freep) char *path = mem_printf("%s/%s%s", dir, VAULT_STORE_FILE, suffixes[i]);

		(void)unlink(path);
	}
	CHECK_INT(rmdir(dir), 0);
}

TEST(thief, of_disk_credentials_and_a_token_reads_that_tokens_vaults_and_no_others)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_store_freep) struct vault_store *copy = NULL;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	struct vault_access *refused = NULL;
	char dir[64] = "/tmp/vault-test-XXXXXX", other_id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CHECK_OK(vault_admin_create_vault(f.admin, "Other", other_id));
	fixture_close(&f);
	steal(&f, dir);
	fixture_reopen(&f);
	CHECK_OK(vault_admin_revoke_token(f.admin, f.token_id));
	CHECK_ERR(vault_access_open(f.store, secret_bytes(f.token), &refused), ERR_DENIED);
	const struct vault_store_options options = {.data_dir = dir, .credentials = &f.setup.credentials};
	CHECK_OK(vault_store_open(&options, &copy));
	CHECK_OK(vault_access_open(copy, secret_bytes(f.token), &a));
	CHECK_OK(vault_list(copy, a, &vaults));
	CHECK_INT(vaults.n, 1);
	CHECK_STR(vaults.v[0].id, f.vault_id);
	CHECK_INT(vault_access_rights(a, other_id), 0);
	vault_access_unrefp(&a);
	vault_store_freep(&copy);
	remove_copy(dir);
}
