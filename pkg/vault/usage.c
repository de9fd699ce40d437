#include "vault/usage.h"

#include "vault/admin_private.h"
#include "vault/store_private.h"
#include "vault/usage_row.h"

#include <stdio.h>
#include <string.h>

/* Rows that one request looks at: the rest is for the next one. */
#define SCAN_MAX 100000

#define SELECT_DOWN "SELECT number, data FROM usage WHERE number < ? ORDER BY number DESC"
#define SELECT_UP "SELECT number, data FROM usage WHERE number >= ? ORDER BY number"
#define DELETE_BEFORE "DELETE FROM usage WHERE number < ?"

static bool fits(const char *want, const char *text)
{
	return !want || streq(want, text);
}

static bool matches(const struct usage_filter *f, const struct usage_row *r)
{
	return (!f->from_ms || r->at_ms >= f->from_ms) && (!f->to_ms || r->at_ms < f->to_ms) &&
	       fits(f->actor_id, r->actor_id) && fits(f->vault_id, r->vault_id) &&
	       fits(f->item_id, r->item_id) && fits(f->result, r->result) && fits(f->action, r->action);
}

static NODISCARD err_t open_present(struct tx *t, struct db_rows *rows, struct usage_row *out,
				    uint8_t before[CRYPTO_SHA256_LEN], uint8_t digest[CRYPTO_SHA256_LEN])
{
	const char *p = NULL;
	size_t len = 0;

	db_col_blob(rows, 1, &p, &len);
	return usage_row_open(t, db_col_int(rows, 0), p, len, out, before, digest);
}

/* One that does not open is shown as such, so that the others stay readable. */
static NODISCARD err_t open_or_mark(struct tx *t, struct db_rows *rows, struct usage_row *out)
{
	CLEANUP(err_freep) err_t e = open_present(t, rows, out, NULL, NULL);

	if (!err_is(e, ERR_PROTOCOL))
		return TAKE(e);
	usage_row_init_damaged(out, db_col_int(rows, 0));
	return NULL;
}

static NODISCARD err_t list(struct tx *t, const struct usage_filter *filter, usage_fn fn, void *arg,
			    int64_t *out_next)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	size_t found = 0;
	bool has_row = false;

	const int64_t newest = t->head.usage.next;
	const bool goes_on = filter->before_number > 0 && filter->before_number < newest;
	TRY_(db_query(t->db, SELECT_DOWN, DB_ARGS(db_int(goes_on ? filter->before_number : newest)), &rows));
	*out_next = 0;
	for (size_t i = 0; i < SCAN_MAX && found < filter->limit; i++) {
		CLEANUP(usage_row_release) struct usage_row row = {0};

		TRY_(db_next(&rows, &has_row));
		if (!has_row) {
			*out_next = 0;
			return NULL;
		}
		TRY_(open_or_mark(t, &rows, &row));
		*out_next = row.number;
		if (!matches(filter, &row))
			continue;
		found++;
		TRY_(fn(arg, &row));
	}
	if (*out_next == t->head.usage.first)
		*out_next = 0;
	return NULL;
}

err_t vault_admin_usage(struct vault_admin *a, const struct usage_filter *filter, usage_fn fn, void *arg,
			int64_t *out_next)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(admin_check_looks(a, "usage rows"));
	TRY_(tx_begin(a->store, false, &t));
	return list(&t, filter, fn, arg, out_next);
}

err_t usage_of_token(struct vault_store *s, const struct vault_access *access, usage_fn fn, void *arg)
{
	CLEANUP(tx_end) struct tx t = {0};
	const struct usage_filter own = {.actor_id = vault_access_token_id(access), .limit = SCAN_MAX};
	int64_t next = 0;

	TRY_(tx_begin_as(s, access, false, &t));
	return list(&t, &own, fn, arg, &next);
}

/* Whether the row is the one that the chain has at this place; *digest becomes its own. */
static bool is_next(struct tx *t, struct db_rows *rows, int64_t number, uint8_t digest[CRYPTO_SHA256_LEN])
{
	CLEANUP(usage_row_release) struct usage_row row = {0};
	uint8_t before[CRYPTO_SHA256_LEN], own[CRYPTO_SHA256_LEN];
	CLEANUP(err_freep) err_t e = open_present(t, rows, &row, before, own);

	if (e || row.number != number || !secret_bytes_eq(before, digest, sizeof(before)))
		return false;
	memcpy(digest, own, sizeof(own));
	return true;
}

static NODISCARD err_t walk(struct tx *t, struct usage_check *c)
{
	const struct usage_chain *chain = &t->head.usage;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	uint8_t digest[CRYPTO_SHA256_LEN];
	bool has_row = false;

	memcpy(digest, chain->before, sizeof(digest));
	TRY_(db_query(t->db, SELECT_UP, DB_ARGS(db_int(chain->first)), &rows));
	for (int64_t number = chain->first; number < chain->next; number++) {
		TRY_(db_next(&rows, &has_row));
		if (!has_row || !is_next(t, &rows, number, digest)) {
			c->first_bad = number;
			return NULL;
		}
	}
	if (!secret_bytes_eq(digest, chain->last, sizeof(digest)))
		c->first_bad = chain->next - 1;
	return NULL;
}

err_t vault_admin_verify_usage(struct vault_admin *a, struct usage_check *out)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(admin_check_looks(a, "usage rows"));
	TRY_(tx_begin(a->store, false, &t));
	const struct usage_chain *chain = &t.head.usage;
	struct usage_check c = {.first = chain->first, .n_rows = chain->next - chain->first};
	for (size_t i = 0; i < sizeof(chain->last); i++)
		(void)snprintf(c.digest + 2 * i, 3, "%02x", chain->last[i]);
	TRY_(walk(&t, &c));
	*out = c;
	return NULL;
}

/* Moves the beginning of the chain behind the rows that are older. */
static NODISCARD err_t move_first(struct tx *t, int64_t before_ms)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	struct usage_chain *chain = &t->head.usage;
	bool has_row = false;

	TRY_(db_query(t->db, SELECT_UP, DB_ARGS(db_int(chain->first)), &rows));
	for (;;) {
		CLEANUP(usage_row_release) struct usage_row row = {0};
		uint8_t digest[CRYPTO_SHA256_LEN];

		TRY_(db_next(&rows, &has_row));
		if (!has_row)
			break;
		TRY_(open_present(t, &rows, &row, NULL, digest));
		if (row.at_ms >= before_ms)
			break;
		memcpy(chain->before, digest, sizeof(digest));
		chain->first = row.number + 1;
	}
	return NULL;
}

static NODISCARD err_t trim(struct tx *t, int64_t before_ms, int64_t *out_n)
{
	const int64_t was = t->head.usage.first;

	TRY_(move_first(t, before_ms));
	const int64_t n = t->head.usage.first - was;
	if (n > 0) {
		TRY_(db_run(t->db, DELETE_BEFORE, DB_ARGS(db_int(t->head.usage.first)), NULL));
		TRY_(tx_commit(t));
	}
	*out_n = n;
	return NULL;
}

err_t vault_admin_trim_usage(struct vault_admin *a, int64_t before_ms, int64_t *out_n)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(admin_begin_write(a, &t));
	return trim(&t, before_ms, out_n);
}

err_t usage_trim(struct vault_store *s, int64_t before_ms, int64_t *out_n)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(s, true, &t));
	return trim(&t, before_ms, out_n);
}

err_t vault_admin_last_use(struct vault_admin *a, const char *token_id, struct usage_last *out,
			   bool *out_found)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(a->store, false, &t));
	return usage_last_read(&t, token_id, out, out_found);
}
