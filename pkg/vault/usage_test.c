#include "vault/fixture.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/usage.h"

#include <string.h>

static struct usage_row row_of(const char *actor_id, const char *what, int64_t at_ms)
{
	return (struct usage_row){.at_ms = at_ms,
				  .action = mem_strdup("READ"),
				  .what = mem_strdup(what),
				  .result = mem_strdup("SUCCESS"),
				  .actor_id = mem_strdup(actor_id),
				  .actor_name = mem_strdup(CANARY_TOKEN),
				  .server_name = mem_strdup(CANARY_SERVER),
				  .vault_id = mem_strdup(""),
				  .item_id = mem_strdup(""),
				  .subject_id = mem_strdup(""),
				  .address = mem_strdup("10.0.0.7"),
				  .user_agent = mem_strdup("curl/8")};
}

/* n rows of the fixture's token, at 1000, 2000 … ms; written when it returns. */
static void add_rows(struct fixture *f, int64_t n)
{
	struct usage_log *log = usage_log_new(f->store);

	for (int64_t i = 1; i <= n; i++) {
		struct usage_row row = row_of(f->token_id, i % 2 ? "odd" : "even", i * 1000);

		usage_log_add(log, &row);
		CHECK(!row.action);
		if (i % 3 == 0)
			CHECK_OK(usage_log_flush(log));
	}
	usage_log_free(log);
}

struct seen {
	int64_t numbers[16];
	size_t n;
};

static err_t see(void *arg, const struct usage_row *row)
{
	struct seen *s = arg;

	CHECK_STR(row->actor_name, CANARY_TOKEN);
	CHECK_STR(row->address, "10.0.0.7");
	CHECK_INT(row->at_ms, row->number * 1000);
	s->numbers[s->n++] = row->number;
	return NULL;
}

TEST(usage, lists_the_newest_first_and_goes_on_where_it_ended)
{
	CLEANUP(fixture_release) struct fixture f;
	struct usage_filter filter = {.limit = 4};
	struct seen s = {0};
	int64_t next = 0;

	fixture_init(&f);
	add_rows(&f, 10);
	CHECK_OK(vault_admin_usage(f.admin, &filter, see, &s, &next));
	CHECK_INT(s.n, 4);
	CHECK_INT(s.numbers[0], 10);
	CHECK_INT(next, 7);
	filter = (struct usage_filter){.limit = 100, .before_number = next};
	CHECK_OK(vault_admin_usage(f.admin, &filter, see, &s, &next));
	CHECK_INT(s.n, 10);
	CHECK_INT(s.numbers[9], 1);
	CHECK_INT(next, 0);
}

TEST(usage, filters_by_time_actor_and_result)
{
	CLEANUP(fixture_release) struct fixture f;
	const struct usage_filter times = {.from_ms = 3000, .to_ms = 5000, .limit = 100};
	const struct usage_filter nobody = {.actor_id = "zzzzzzzzzzzzzzzzzzzzzzzzzz", .limit = 100};
	const struct usage_filter denied = {.result = "DENY", .limit = 100};
	struct seen s = {0};
	int64_t next = 0;

	fixture_init(&f);
	add_rows(&f, 8);
	CHECK_OK(vault_admin_usage(f.admin, &times, see, &s, &next));
	CHECK_INT(s.n, 2);
	CHECK_INT(s.numbers[0], 4);
	CHECK_OK(vault_admin_usage(f.admin, &nobody, see, &s, &next));
	CHECK_OK(vault_admin_usage(f.admin, &denied, see, &s, &next));
	CHECK_INT(s.n, 2);
}

TEST(usage, remembers_the_last_use_of_a_token)
{
	CLEANUP(fixture_release) struct fixture f;
	struct usage_last last = {0};
	bool found = true;

	fixture_init(&f);
	CHECK_OK(vault_admin_last_use(f.admin, f.token_id, &last, &found));
	CHECK(!found);
	add_rows(&f, 5);
	CHECK_OK(vault_admin_last_use(f.admin, f.token_id, &last, &found));
	CHECK(found);
	CHECK_INT(last.at_ms, 5000);
	CHECK_STR(last.address, "10.0.0.7");
	mem_free(last.address);
}

static int64_t first_bad(struct fixture *f)
{
	struct usage_check check = {0};

	CHECK_OK(vault_admin_verify_usage(f->admin, &check));
	return check.first_bad;
}

TEST(usage, the_chain_shows_rows_that_were_taken_swapped_or_cut_off)
{
	static const struct {
		const char *sql;
		int64_t want;
	} cases[] = {
		{"SELECT 1", 0},
		{"DELETE FROM usage WHERE number = 3", 3},
		{"DELETE FROM usage WHERE number = 1", 1},
		{"DELETE FROM usage WHERE number = 6", 6},
		{"DELETE FROM usage", 1},
		{"UPDATE usage SET data = (SELECT data FROM usage WHERE number = 4) WHERE number = 5", 5},
		{"UPDATE usage SET number = -number WHERE number IN (2, 3); UPDATE usage SET number = 3 "
		 "WHERE number = -2; UPDATE usage SET number = 2 WHERE number = -3",
		 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(fixture_release) struct fixture f;

		fixture_init(&f);
		add_rows(&f, 6);
		fixture_close(&f);
		fixture_sql(&f, cases[i].sql);
		fixture_reopen(&f);
		CHECK_MSG(first_bad(&f) == cases[i].want, "%s: row %d", cases[i].sql, (int)first_bad(&f));
	}
}

TEST(usage, the_chain_goes_on_after_old_rows_were_forgotten)
{
	CLEANUP(fixture_release) struct fixture f;
	struct usage_check check = {0};
	const struct usage_filter all = {.limit = 16};
	struct seen s = {0};
	int64_t n = 0;

	fixture_init(&f);
	add_rows(&f, 6);
	CHECK_OK(vault_admin_trim_usage(f.admin, 4000, &n));
	CHECK_INT(n, 3);
	CHECK_OK(vault_admin_trim_usage(f.admin, 4000, &n));
	CHECK_INT(n, 0);
	CHECK_OK(vault_admin_verify_usage(f.admin, &check));
	CHECK_INT(check.first_bad, 0);
	CHECK_INT(check.first, 4);
	CHECK_INT(check.n_rows, 3);
	CHECK_OK(vault_admin_usage(f.admin, &all, see, &s, &n));
	CHECK_INT(s.n, 3);
	CHECK_INT(n, 0);
	CHECK_OK(usage_trim(f.store, 100000, &n));
	CHECK_INT(n, 3);
	CHECK_INT(first_bad(&f), 0);
}

static err_t count_damaged(void *arg, const struct usage_row *row)
{
	size_t *n = arg;

	n[streq(row->result, "DAMAGED")]++;
	return NULL;
}

TEST(usage, a_damaged_row_does_not_hide_the_others)
{
	CLEANUP(fixture_release) struct fixture f;
	const struct usage_filter all = {.limit = 16};
	size_t n[2] = {0};
	int64_t next = 0;

	fixture_init(&f);
	add_rows(&f, 6);
	fixture_close(&f);
	fixture_sql(&f, "UPDATE usage SET data = zeroblob(200) WHERE number = 3");
	fixture_reopen(&f);
	CHECK_OK(vault_admin_usage(f.admin, &all, count_damaged, n, &next));
	CHECK_INT(n[false], 5);
	CHECK_INT(n[true], 1);
}
