#include "vault/db.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define STATEMENTS_MAX 64

struct db {
	sqlite3 *handle;
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} cache[STATEMENTS_MAX];
	size_t n;
};

static enum err_kind kind_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_MISMATCH:
		return ERR_PROTOCOL;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

static NODISCARD err_t fail(struct db *d, int code)
{
	/* SQLite's texts name tables and columns, never values. */
	return err_new(kind_of(code), "database: %s",
		       d->handle ? sqlite3_errmsg(d->handle) : sqlite3_errstr(code));
}

/* SQLite would make the file with the umask's mode. */
static NODISCARD err_t make_file(const char *path)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_new(errno == EACCES ? ERR_DENIED : ERR_UNAVAILABLE, "create %s: %m", path);
	(void)close(fd);
	return NULL;
}

static NODISCARD err_t configure(struct db *d)
{
	/* A file that somebody else could write to brings no code of its own: no triggers or views that call
	 * functions, no changes of the schema tables. */
	const bool ok = sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
			sqlite3_db_config(d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
			sqlite3_db_config(d->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK &&
			sqlite3_busy_timeout(d->handle, DB_BUSY_MS) == SQLITE_OK;

	if (!ok)
		return fail(d, SQLITE_ERROR);
	return db_script(d, "PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA temp_store = MEMORY;"
			    "PRAGMA secure_delete = ON;");
}

err_t db_open(const char *path, bool create, struct db **out)
{
	if (!create && access(path, F_OK) != 0)
		return err_new(errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "open %s: %m", path);
	if (create)
		TRY_(make_file(path));
	CLEANUP(db_freep) struct db *d = MEM_NEW(struct db);
	const int code = sqlite3_open_v2(path, &d->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return err_wrap(fail(d, code), "open %s", path);
	(void)sqlite3_extended_result_codes(d->handle, 1);
	TRY(configure(d), "open %s", path);
	*out = TAKE(d);
	return NULL;
}

void db_free(struct db *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		(void)sqlite3_finalize(d->cache[i].statement);
	(void)sqlite3_close(d->handle);
	mem_free(d);
}

void db_freep(struct db **d)
{
	db_free(*d);
	*d = NULL;
}

struct db_arg db_str(const char *s)
{
	return (struct db_arg){.type = DB_ARG_STR, .p = s, .len = strlen(s)};
}

struct db_arg db_int(int64_t v)
{
	return (struct db_arg){.type = DB_ARG_INT, .num = v};
}

struct db_arg db_blob(const void *p, size_t len)
{
	return (struct db_arg){.type = DB_ARG_BLOB, .p = p, .len = len};
}

static NODISCARD err_t prepare(struct db *d, const char *sql, sqlite3_stmt **out)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->cache[i].sql == sql) {
			*out = d->cache[i].statement;
			return NULL;
		}
	}
	if (d->n == STATEMENTS_MAX)
		return err_new(ERR_INTERNAL, "more than %d SQL statements", STATEMENTS_MAX);
	const int code = sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	if (code != SQLITE_OK)
		return fail(d, code);
	d->cache[d->n].sql = sql;
	d->cache[d->n++].statement = *out;
	return NULL;
}

static int bind(sqlite3_stmt *statement, int at, const struct db_arg *a)
{
	switch (a->type) {
	case DB_ARG_INT:
		return sqlite3_bind_int64(statement, at, a->num);
	case DB_ARG_STR:
		return sqlite3_bind_text64(statement, at, a->p, a->len, SQLITE_STATIC, SQLITE_UTF8);
	case DB_ARG_BLOB:
	default:
		return sqlite3_bind_blob64(statement, at, a->p, a->len, SQLITE_STATIC);
	}
}

err_t db_query(struct db *d, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out)
{
	sqlite3_stmt *statement = NULL;

	TRY_(prepare(d, sql, &statement));
	for (size_t i = 0; i < n; i++) {
		const int code = bind(statement, (int)i + 1, &args[i]);

		if (code != SQLITE_OK) {
			(void)sqlite3_clear_bindings(statement);
			return fail(d, code);
		}
	}
	*out = (struct db_rows){.db = d, .statement = statement};
	return NULL;
}

err_t db_next(struct db_rows *r, bool *out_has_row)
{
	const int code = sqlite3_step(r->statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return fail(r->db, code);
	*out_has_row = code == SQLITE_ROW;
	return NULL;
}

void db_rows_release(struct db_rows *r)
{
	if (!r->statement)
		return;
	(void)sqlite3_reset(r->statement);
	(void)sqlite3_clear_bindings(r->statement);
	r->statement = NULL;
}

err_t db_run(struct db *d, const char *sql, const struct db_arg *args, size_t n, int64_t *out_changes)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;

	TRY_(db_query(d, sql, args, n, &rows));
	TRY_(db_next(&rows, &has_row));
	if (out_changes)
		*out_changes = sqlite3_changes64(d->handle);
	return NULL;
}

err_t db_script(struct db *d, const char *sql)
{
	const int code = sqlite3_exec(d->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? NULL : fail(d, code);
}

const char *db_col_str(const struct db_rows *r, int column)
{
	const unsigned char *s = sqlite3_column_text(r->statement, column);

	return s ? (const char *)s : "";
}

int64_t db_col_int(const struct db_rows *r, int column)
{
	return sqlite3_column_int64(r->statement, column);
}

void db_col_blob(const struct db_rows *r, int column, const char **p, size_t *len)
{
	const void *bytes = sqlite3_column_blob(r->statement, column);

	*p = bytes ? bytes : "";
	*len = bytes ? (size_t)sqlite3_column_bytes(r->statement, column) : 0;
}

err_t db_begin(struct db *d)
{
	return db_run(d, "BEGIN IMMEDIATE", DB_NO_ARGS, NULL);
}

err_t db_commit(struct db *d)
{
	return db_run(d, "COMMIT", DB_NO_ARGS, NULL);
}

err_t db_commit_unsynced(struct db *d)
{
	return db_script(d, "PRAGMA synchronous = NORMAL;");
}

err_t db_sync(struct db *d)
{
	sqlite3_file *log = NULL;
	const int code = sqlite3_file_control(d->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

	if (code != SQLITE_OK || !log || !log->pMethods)
		return err_new(ERR_INTERNAL, "database: the log is not open");
	return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK
		       ? NULL
		       : err_new(ERR_UNAVAILABLE, "database: the log can't be synced");
}

void db_rollback(struct db *d)
{
	if (!sqlite3_get_autocommit(d->handle))
		err_free(db_run(d, "ROLLBACK", DB_NO_ARGS, NULL));
}
