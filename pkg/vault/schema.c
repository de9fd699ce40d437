#include "vault/schema.h"

#include <inttypes.h>

/* "cns1": tells this file from other SQLite files. */
#define APPLICATION_ID 0x636e7331

/* What each version added to the one before. An array entry is never changed once it was released. */
static const char *const versions[SCHEMA_VERSION] = {
	"PRAGMA application_id = 0x636e7331;"
	"PRAGMA user_version = 1;"
	/* The head: root of the store's manifest, which signer and which group count. */
	"CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, data BLOB "
	"NOT NULL);"
	/* The store key, sealed under the key of each credentials file. */
	"CREATE TABLE unlock (key_id TEXT PRIMARY KEY, data BLOB NOT NULL);"
	/* Servers, signers, principals and tokens under the store key; vaults under their own. */
	"CREATE TABLE record (kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, data BLOB "
	"NOT NULL,"
	" PRIMARY KEY (kind, id));"
	/* A key (of a vault or a group) sealed to who may use it, and once more under the store key. */
	"CREATE TABLE wrap (subject TEXT NOT NULL, generation INTEGER NOT NULL, holder TEXT NOT NULL,"
	" data BLOB NOT NULL, PRIMARY KEY (subject, generation, holder));"
	"CREATE INDEX wrap_holder ON wrap (holder);"
	/* Pages of the manifests. */
	"CREATE TABLE page (scope TEXT NOT NULL, number INTEGER NOT NULL, sequence INTEGER NOT NULL,"
	" data BLOB NOT NULL, PRIMARY KEY (scope, number));"
	/* What lists show of an item, apart from its other parts so that a list reads little. */
	"CREATE TABLE item (vault TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT "
	"NULL,"
	" PRIMARY KEY (vault, id));"
	/* An item's fields, and the content of each of its files. */
	"CREATE TABLE part (vault TEXT NOT NULL, item TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT "
	"NULL,"
	" data BLOB NOT NULL, PRIMARY KEY (vault, item, name));",

	"PRAGMA user_version = 2;"
	/* Who used what; the numbers have no gaps. And the last use of each token. */
	"CREATE TABLE usage (number INTEGER PRIMARY KEY, data BLOB NOT NULL);"
	"CREATE TABLE last_use (token TEXT PRIMARY KEY, number INTEGER NOT NULL, data BLOB NOT NULL);",

	/* Fields may have a history, which older programs cannot read. */
	"PRAGMA user_version = 3;",

	/* There are people and groups, and groups that manage a server. */
	"PRAGMA user_version = 4;",
};

static NODISCARD err_t add_versions(struct db *d, int64_t from)
{
	for (int64_t i = from; i < SCHEMA_VERSION; i++)
		TRY_(db_script(d, versions[i]));
	return NULL;
}

err_t schema_create(struct db *d)
{
	return add_versions(d, 0);
}

static NODISCARD err_t read_number(struct db *d, const char *sql, int64_t *out)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;

	TRY_(db_query(d, sql, DB_NO_ARGS, &rows));
	TRY_(db_next(&rows, &has_row));
	*out = has_row ? db_col_int(&rows, 0) : 0;
	return NULL;
}

static NODISCARD err_t read_version(struct db *d, int64_t *out)
{
	int64_t application = 0;

	TRY_(read_number(d, "PRAGMA application_id", &application));
	TRY_(read_number(d, "PRAGMA user_version", out));
	if (application != APPLICATION_ID)
		*out = 0;
	return NULL;
}

static NODISCARD err_t migrate(struct db *d)
{
	int64_t version = 0;

	/* Once more: another process may have done it. */
	TRY_(read_version(d, &version));
	if (version > 0)
		TRY_(add_versions(d, version));
	return db_commit(d);
}

err_t schema_migrate(struct db *d)
{
	int64_t version = 0;

	TRY_(read_version(d, &version));
	if (version > 0 && version < SCHEMA_VERSION) {
		TRY_(db_begin(d));
		err_t e = migrate(d);
		db_rollback(d);
		TRY(e, "migration of the database from version %" PRId64, version);
	}
	return schema_check(d);
}

err_t schema_check(struct db *d)
{
	int64_t application = 0, version = 0;

	TRY_(read_number(d, "PRAGMA application_id", &application));
	TRY_(read_number(d, "PRAGMA user_version", &version));
	if (application == 0 && version == 0)
		return err_new(ERR_NOT_FOUND, "the database is empty; `connect-server init` sets it up");
	if (application != APPLICATION_ID)
		return err_new(ERR_INVALID, "the database belongs to another program");
	if (version != SCHEMA_VERSION)
		return err_new(ERR_INVALID,
			       "the database has version %" PRId64 ", this program knows version %d; use the "
			       "program that wrote it or a newer one",
			       version, SCHEMA_VERSION);
	return NULL;
}
