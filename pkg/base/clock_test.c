#include "base/clock.h"
#include "base/test.h"

#include <time.h>

static int64_t fixed(void *arg)
{
	return *(const int64_t *)arg;
}

TEST(clock, asks_the_clock_that_it_is_given)
{
	int64_t now = 42;
	const struct clock c = {.now_ns = fixed, .arg = &now};

	CHECK_INT(clock_now_ns(&c), 42);
	now = 43;
	CHECK_INT(clock_now_ns(&c), 43);
}

TEST(clock, system_time_goes_on)
{
	const int64_t a = clock_now_ns(NULL), b = clock_now_ns(&clock_system);

	CHECK(a > 0 && b >= a);
}

TEST(clock, wall_clock_is_unix_time)
{
	const int64_t before = time(NULL);
	const int64_t ms = clock_wall_ms();
	const int64_t after = time(NULL);

	/* time(2) may lag behind by a tick. */
	CHECK(ms / 1000 >= before && ms / 1000 <= after + 1);
}
