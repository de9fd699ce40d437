#include "operator/memo.h"

#include "base/clock.h"
#include "base/test.h"

#include <string.h>

#define KEY "team/db"
#define COMPARE_MS 1000000

TEST(memo, is_stable_for_a_secret_that_is_only_looked_at)
{
	struct memos *m = memos_new();
	const struct memo first = memos_current(m, KEY, "uid-1", COMPARE_MS);
	struct memo second;

	memos_set(m, KEY, &first);
	second = memos_current(m, KEY, "uid-1", COMPARE_MS);
	CHECK(second.uid == memo_mark("uid-1"));
	CHECK_INT(second.compare_at_ns, first.compare_at_ns);
	memos_free(m);
}

TEST(memo, of_another_secret_of_the_name_begins_anew_but_keeps_who_waits_for_a_restart)
{
	struct memos *m = memos_new();
	struct memo memo;

	memos_note_compared(m, KEY, &(struct memo_seen){"uid-1", "Opaque", 3, 77, 0}, COMPARE_MS);
	CHECK(memos_get(m, KEY, &memo));
	memo.pending_since_ns = 5;
	memo.pending_for_ms = 6;
	memos_set(m, KEY, &memo);
	memo = memos_current(m, KEY, "uid-2", COMPARE_MS);
	CHECK(memo.uid == memo_mark("uid-2"));
	CHECK(memo.type == 0);
	CHECK_INT(memo.applied_ms, 0);
	CHECK_INT(memo.pending_since_ns, 5);
	CHECK_INT(memo.pending_for_ms, 6);
	memos_free(m);
}

/* As after a start, when the first that is known of a Secret is that workloads wait. */
TEST(memo, made_by_a_restart_window_keeps_the_window)
{
	struct memos *m = memos_new();
	const struct memo window = {.pending_since_ns = 5, .pending_for_ms = 6};
	struct memo memo;

	memos_set(m, KEY, &window);
	memo = memos_current(m, KEY, "uid-1", COMPARE_MS);
	CHECK_INT(memo.pending_since_ns, 5);
	memos_set(m, KEY, &memo);
	memo = memos_current(m, KEY, "uid-1", COMPARE_MS);
	CHECK_INT(memo.pending_since_ns, 5);
	memos_free(m);
}

TEST(memo, time_to_compare_is_spread)
{
	struct memos *m = memos_new();
	const int64_t before_ns = clock_now_ns(NULL);
	const struct memo memo = memos_current(m, KEY, NULL, COMPARE_MS);

	CHECK(memo.compare_at_ns >= before_ns);
	CHECK(memo.compare_at_ns <= clock_now_ns(NULL) + COMPARE_MS * NS_PER_MS);
	CHECK(!memos_get(m, KEY, &(struct memo){0}));
	memos_free(m);
}

TEST(memo, that_is_deleted_is_gone)
{
	struct memos *m = memos_new();
	struct memo memo;

	memos_note_compared(m, KEY, &(struct memo_seen){"uid-1", "Opaque", 3, 77, 0}, COMPARE_MS);
	memos_del(m, KEY);
	CHECK(!memos_get(m, KEY, &memo));
	memos_free(m);
}

TEST(memo, keeps_all_that_is_set)
{
	const struct memo all = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
	struct memos *m = memos_new();
	struct memo memo = {0};

	CHECK(sizeof(all) == 17 * sizeof(int64_t)); /* each member has a number */
	memos_set(m, KEY, &all);
	CHECK(memos_get(m, KEY, &memo));
	CHECK(memcmp(&memo, &all, sizeof(all)) == 0);
	memos_free(m);
}

TEST(memo, is_due_when_its_time_has_come_unless_nobody_asks_for_the_secret)
{
	struct memos *m = memos_new();
	struct strv due CLEANUP(strv_release) = {0};
	const struct memo soon = {.compare_at_ns = 10}, later = {.compare_at_ns = 20}, never = {0};

	memos_set(m, "team/soon", &soon);
	memos_set(m, "team/unasked", &soon);
	memos_set(m, "team/later", &later);
	memos_set(m, "team/never", &never);
	memos_rest(m, "team/unasked");
	memos_rest(m, "team/nobody");
	memos_due(m, 10, &due);
	CHECK_INT(due.n, 1);
	CHECK_STR(due.v[0], "team/soon");
	memos_due(m, 20, &due);
	CHECK_INT(due.n, 3);
	memos_free(m);
}
