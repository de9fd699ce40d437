/* A disk that keeps only what was synced: at each sync, and whenever a writer is answered, the power may
 * fail. */

#include "vault/fixture.h"
#include "vault/store_private.h"

#include "base/file.h"
#include "base/mem.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITES 30
#define PLATTERS_MAX 400
#define OPEN_MAX 64
#define METHODS_MAX 8
#define FILE_MAX ((size_t)64 << 20)

/* The disk: SQLite's way to it, with an eye on each sync. A platter is what the disk holds after one. */
static struct {
	pthread_mutex_t mutex;
	sqlite3_vfs vfs, *real;
	sqlite3_io_methods methods[METHODS_MAX];
	const sqlite3_io_methods *real_methods[METHODS_MAX];
	size_t n_methods;
	struct {
		sqlite3_file *file;
		char *path;
	} open[OPEN_MAX];
	size_t n_open;
	const char *watched; /* path of the database; NULL: nothing is watched */
	char *database, *log;
	size_t database_len, log_len;
	struct platter {
		char *database, *log;
		size_t database_len, log_len, acknowledged;
	} platters[PLATTERS_MAX];
	size_t n_platters, n_checkpoints;
	size_t acknowledged;
} disk;

static const char *path_of(const sqlite3_file *file)
{
	for (size_t i = disk.n_open; i-- > 0;)
		if (disk.open[i].file == file)
			return disk.open[i].path;
	return NULL;
}

static void keep_platter(void)
{
	CHECK(disk.n_platters < PLATTERS_MAX);
	disk.platters[disk.n_platters++] =
		(struct platter){.database = mem_dup(disk.database, disk.database_len),
				 .database_len = disk.database_len,
				 .log = mem_dup(disk.log, disk.log_len),
				 .log_len = disk.log_len,
				 .acknowledged = disk.acknowledged};
}

static void take(const char *path, char **bytes, size_t *len)
{
	mem_freep(bytes);
	CHECK_OK(file_read(path, FILE_MAX, bytes, len));
}

static int watch_sync(sqlite3_file *file, int flags)
{
	SYNC_SCOPE(&disk.mutex);
	const char *path = path_of(file);

	if (disk.watched && path && str_has_prefix(path, disk.watched)) {
		if (streq(path, disk.watched)) {
			take(path, &disk.database, &disk.database_len);
			disk.n_checkpoints++;
		} else {
			take(path, &disk.log, &disk.log_len);
		}
		keep_platter();
	}
	return disk.real_methods[file->pMethods - disk.methods]->xSync(file, flags);
}

/* The file's own methods but for xSync; SQLite has some for each kind of file. */
static const sqlite3_io_methods *watched_methods(const sqlite3_io_methods *real)
{
	size_t i = 0;

	while (i < disk.n_methods && disk.real_methods[i] != real)
		i++;
	CHECK(i < METHODS_MAX);
	if (i == disk.n_methods) {
		disk.n_methods++;
		disk.real_methods[i] = real;
		disk.methods[i] = *real;
		disk.methods[i].xSync = watch_sync;
	}
	return &disk.methods[i];
}

static int watch_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	const int code = disk.real->xOpen(disk.real, name, file, flags, out_flags);

	(void)vfs;
	SYNC_SCOPE(&disk.mutex);
	/* Later on other stores are opened, which are not watched. */
	if (code != SQLITE_OK || !name || !file->pMethods || disk.n_platters > 0)
		return code;
	CHECK(disk.n_open < OPEN_MAX);
	file->pMethods = watched_methods(file->pMethods);
	disk.open[disk.n_open].file = file;
	disk.open[disk.n_open++].path = mem_strdup(name);
	return code;
}

static void insert_disk(void)
{
	sync_mutex_init(&disk.mutex);
	CHECK_INT(sqlite3_initialize(), SQLITE_OK);
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "disk that forgets";
	disk.vfs.xOpen = watch_open;
	CHECK_INT(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

static void remove_disk(void)
{
	CHECK_INT(sqlite3_vfs_register(disk.real, 1), SQLITE_OK);
	CHECK_INT(sqlite3_vfs_unregister(&disk.vfs), SQLITE_OK);
	for (size_t i = 0; i < disk.n_open; i++)
		mem_free(disk.open[i].path);
	for (size_t i = 0; i < disk.n_platters; i++) {
		mem_free(disk.platters[i].database);
		mem_free(disk.platters[i].log);
	}
	mem_free(disk.database);
	mem_free(disk.log);
	sync_mutex_destroy(&disk.mutex);
	memset(&disk, 0, sizeof(disk));
}

/* What is on the disk when nothing was forgotten yet. */
static void watch(const char *database, const char *log)
{
	SYNC_SCOPE(&disk.mutex);
	take(database, &disk.database, &disk.database_len);
	take(log, &disk.log, &disk.log_len);
	disk.watched = database;
}

static void acknowledge(void)
{
	SYNC_SCOPE(&disk.mutex);
	disk.acknowledged++;
	keep_platter();
}

/* The machine starts again with what the platter holds: everything that was acknowledged is there. */
static bool holds_all(const struct fixture *f, const struct platter *p, const char *dir,
		      char ids[WRITES][OBJECT_ID_SIZE])
{
	const struct vault_store_options options = {.data_dir = dir, .credentials = &f->setup.credentials};
	CLEANUP(vault_store_freep) struct vault_store *s = NULL;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(mem_freep) char *database = mem_printf("%s/%s", dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *log = mem_printf("%s-wal", database);
	CLEANUP(mem_freep) char *index = mem_printf("%s-shm", database);

	(void)unlink(index);
	CHECK_OK(file_write_atomic(database, p->database, p->database_len, 0600));
	CHECK_OK(file_write_atomic(log, p->log, p->log_len, 0600));
	CHECK_OK(vault_store_open(&options, &s));
	CHECK_OK(vault_access_open(s, secret_bytes(f->token), &a));
	for (size_t i = 0; i < p->acknowledged; i++) {
		CLEANUP(vault_item_release) struct vault_item item = {0};
		CLEANUP(err_freep) err_t e = vault_item_read(s, a, f->vault_id, ids[i], &item);

		if (e)
			return false;
	}
	return true;
}

static void remove_folder(const char *dir)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		CLEANUP(mem_freep) char *path = mem_printf("%s/%s%s", dir, VAULT_STORE_FILE, suffixes[i]);

		(void)unlink(path);
	}
	CHECK_INT(rmdir(dir), 0);
}

/* Writes, with a checkpoint now and then; the number of platters that lack something acknowledged. */
static size_t count_losses(bool with_syncs)
{
	CLEANUP(fixture_release) struct fixture f;
	char ids[WRITES][OBJECT_ID_SIZE], dir[] = "/tmp/vault-disk-XXXXXX";
	size_t losses = 0;

	insert_disk();
	fixture_init(&f);
	CLEANUP(mem_freep) char *database = mem_printf("%s/%s", f.dir, VAULT_STORE_FILE);
	CLEANUP(mem_freep) char *log = mem_printf("%s-wal", database);
	CHECK_OK(db_script(f.store->writer, "PRAGMA wal_autocheckpoint = 40"));
	watch(database, log);
	if (!with_syncs)
		atomic_store(&f.store->durable.synced, INT64_MAX);
	for (size_t i = 0; i < WRITES; i++) {
		fixture_create(&f, "one", ids[i]);
		acknowledge();
	}
	disk.watched = NULL;
	CHECK(mkdtemp(dir));
	for (size_t i = 0; i < disk.n_platters; i++)
		losses += holds_all(&f, &disk.platters[i], dir, ids) ? 0 : 1;
	CHECK(disk.n_platters >= WRITES && disk.n_checkpoints > 2);
	fixture_close(&f);
	remove_folder(dir);
	remove_disk();
	return losses;
}

TEST(powercut, at_any_sync_takes_nothing_that_was_acknowledged)
{
	CHECK_INT(count_losses(true), 0);
	CHECK_INT(err_live(), 0);
}

/* That the disk does forget. */
TEST(powercut, takes_what_is_not_synced)
{
	CHECK(count_losses(false) > 0);
}
