#include "operator/contest.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"

#define KEY "team/db"
#define PAUSE_NS (CONTEST_PAUSE_MS * NS_PER_MS)
#define QUIET_NS (CONTEST_QUIET_MS * NS_PER_MS)

static int64_t put_right(struct contests *c, int times, int64_t now_ns, int64_t step_ns)
{
	for (int i = 0; i < times; i++) {
		CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), 0);
		contests_note(c, KEY, CONTEST_SECRET, "manager", now_ns);
		now_ns += step_ns;
	}
	return now_ns;
}

TEST(contest, what_is_put_right_too_often_waits_for_the_pause)
{
	struct contests *c = contests_new();
	int64_t now_ns = put_right(c, CONTEST_MAX, NS_PER_S, 0);

	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), CONTEST_PAUSE_MS);
	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns + PAUSE_NS - NS_PER_MS), 1);
	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_STATUS, now_ns), 0);
	CHECK_INT(contests_wait_ms(c, "team/other", CONTEST_SECRET, now_ns), 0);

	/* It goes on at that pace. */
	for (int i = 0; i < CONTEST_MAX; i++) {
		now_ns = put_right(c, 1, now_ns + PAUSE_NS, 0);
		CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), CONTEST_PAUSE_MS);
	}
	contests_forget(c, KEY);
	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), 0);
	contests_free(c);
}

TEST(contest, a_slow_one_is_one_too)
{
	struct contests *c = contests_new();
	const int64_t now_ns = put_right(c, CONTEST_MAX, NS_PER_S, QUIET_NS - 1) - (QUIET_NS - 1);

	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), CONTEST_PAUSE_MS);
	contests_free(c);
}

TEST(contest, is_over_after_a_quiet_time)
{
	struct contests *c = contests_new();
	int64_t now_ns = put_right(c, CONTEST_MAX, NS_PER_S, 0);

	now_ns = put_right(c, CONTEST_MAX - 1, now_ns + QUIET_NS, 0);
	CHECK_INT(contests_wait_ms(c, KEY, CONTEST_SECRET, now_ns), 0);
	/* Edits of people are far between. */
	put_right(c, 3 * CONTEST_MAX, now_ns + QUIET_NS, QUIET_NS);
	contests_free(c);
}

static void check_text(const char *by, enum contest_over over, const char *want)
{
	struct contests *c = contests_new();
	char *text CLEANUP(mem_freep) = NULL;

	contests_note(c, KEY, over, by, NS_PER_S);
	text = contests_text(c, KEY, over);
	CHECK_STR(text, want);
	contests_free(c);
}

#define WHAT_TO_DO "; that is put right only every 5 minutes now: let a single operator serve this namespace"

TEST(contest, names_the_other_program)
{
	check_text(
		"manager", CONTEST_SECRET,
		"another program, field manager \"manager\" (as 1Password's operator), keeps rewriting the "
		"Secret" WHAT_TO_DO);
	check_text("evil\n", CONTEST_STATUS,
		   "another program, field manager \"evil?\", keeps rewriting the status" WHAT_TO_DO);
	check_text(NULL, CONTEST_FINALIZER,
		   "another instance of this operator keeps adding the finalizer " NAME_ORIGINAL_FINALIZER
			   WHAT_TO_DO);
}

TEST(contest, is_told_once_in_a_pause)
{
	struct contests *c = contests_new();

	CHECK(!contests_is_news(c, KEY, CONTEST_SECRET));
	for (int i = 0; i < 2; i++) {
		contests_note(c, KEY, CONTEST_SECRET, NULL, NS_PER_S);
		CHECK(contests_is_news(c, KEY, CONTEST_SECRET));
		CHECK(!contests_is_news(c, KEY, CONTEST_SECRET));
	}
	contests_free(c);
}
