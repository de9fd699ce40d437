#include "base/log_rate.h"
#include "base/test.h"

#define MINUTE (60 * NS_PER_S)

TEST(log_rate, lets_sixty_a_minute_through)
{
	static struct log_rate r;
	int64_t suppressed = -1;

	for (int i = 0; i < LOG_RATE_MAX; i++) {
		CHECK(log_rate_admit(&r, 7, i, &suppressed));
		CHECK_INT(suppressed, 0);
	}
	suppressed = -1;
	for (int i = 0; i < 25; i++)
		CHECK(!log_rate_admit(&r, 7, MINUTE - 1, &suppressed));
	CHECK_INT(suppressed, -1);
	CHECK(log_rate_admit(&r, 7, MINUTE, &suppressed));
	CHECK_INT(suppressed, 25);
	CHECK(log_rate_admit(&r, 7, MINUTE, &suppressed));
	CHECK_INT(suppressed, 0);
}

TEST(log_rate, counts_each_line_for_itself)
{
	static struct log_rate r;
	int64_t suppressed = 0;

	for (int i = 0; i < LOG_RATE_MAX; i++)
		CHECK(log_rate_admit(&r, 1, 0, &suppressed));
	CHECK(!log_rate_admit(&r, 1, 0, &suppressed));
	CHECK(log_rate_admit(&r, 2, 0, &suppressed));
	CHECK(log_rate_admit(&r, 0, 0, &suppressed));
}

TEST(log_rate, the_later_of_two_in_a_slot_starts_afresh)
{
	static struct log_rate r;
	int64_t suppressed = -1;

	for (int i = 0; i < LOG_RATE_MAX + 5; i++)
		(void)log_rate_admit(&r, 1, 0, &suppressed);
	CHECK(log_rate_admit(&r, 1 + LOG_RATE_SLOTS, 0, &suppressed));
	CHECK_INT(suppressed, 0);
}
