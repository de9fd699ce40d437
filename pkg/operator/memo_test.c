#include "operator/memo.h"

#include "base/clock.h"
#include "base/test.h"

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

	memos_note_compared(m, KEY, &(struct memo_seen){"uid-1", "Opaque", 77, 0}, COMPARE_MS);
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

	memos_note_compared(m, KEY, &(struct memo_seen){"uid-1", "Opaque", 77, 0}, COMPARE_MS);
	memos_del(m, KEY);
	CHECK(!memos_get(m, KEY, &memo));
	memos_free(m);
}
