#ifndef VAULT_DB_H
#define VAULT_DB_H

#include "base/str.h"

/* One connection to the SQLite file: write-ahead log, synced at each commit unless db_sync does that,
 * statements prepared once. Used by one thread at a time. SQL texts are constants, and a statement is found
 * again by the address of its text. Errors: ERR_UNAVAILABLE for a busy, full or failing disk, ERR_PROTOCOL
 * for a damaged file, ERR_EXISTS for a key that is there already; no text quotes a value. */
struct db;

/* How long a writer waits for another process that writes. */
#define DB_BUSY_MS 5000

/* Mode 0600 where it makes the file. Without `create` a file that is not there is ERR_NOT_FOUND. */
err_t db_open(const char *path, bool create, struct db **out) NODISCARD;
void db_free(struct db *d); /* NULL is fine */
void db_freep(struct db **d);

struct db_arg {
	enum { DB_ARG_STR, DB_ARG_INT, DB_ARG_BLOB } type;
	const char *p; /* borrowed for the call */
	size_t len;
	int64_t num;
};
struct db_arg db_str(const char *s);
struct db_arg db_int(int64_t v);
struct db_arg db_blob(const void *p, size_t len);
#define DB_ARGS(...)                                                                                         \
	((const struct db_arg[]){__VA_ARGS__}),                                                              \
		(sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg))
#define DB_NO_ARGS NULL, 0

/* Runs a statement that gives no rows; out_changes may be NULL. */
err_t db_run(struct db *d, const char *sql, const struct db_arg *args, size_t n, int64_t *out_changes)
	NODISCARD;

/* Several statements without arguments: the schema. */
err_t db_script(struct db *d, const char *sql) NODISCARD;

/* Rows of one query; args must live as long as it, and only one of the same SQL text may be open. */
struct db_rows {
	struct db *db;
	void *statement; /* NULL: none */
};
err_t db_query(struct db *d, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out)
	NODISCARD;
err_t db_next(struct db_rows *r, bool *out_has_row) NODISCARD;
void db_rows_release(struct db_rows *r); /* for CLEANUP */

/* Columns of the present row from 0, borrowed until the next db_next. */
const char *db_col_str(const struct db_rows *r, int column); /* "" for NULL */
int64_t db_col_int(const struct db_rows *r, int column);
void db_col_blob(const struct db_rows *r, int column, const char **p, size_t *len);

/* A transaction that writes. Who only reads has one while a query is open. */
err_t db_begin(struct db *d) NODISCARD;
err_t db_commit(struct db *d) NODISCARD;

/* From now on commits of this connection are not synced, but whole: a power failure takes some of the last
 * ones. */
err_t db_commit_unsynced(struct db *d) NODISCARD;
/* Syncs the log: all that any connection has committed is on the disk. */
err_t db_sync(struct db *d) NODISCARD;

void db_rollback(struct db *d); /* nothing when no transaction is open */

#endif
