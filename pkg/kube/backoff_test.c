#include "kube/backoff.h"

#include "base/test.h"

TEST(backoff, doubles_up_to_30_s_with_a_random_half)
{
	static const int64_t most_ms[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
	struct backoff b = {0};

	for (size_t i = 0; i < ARRAY_LEN(most_ms); i++) {
		const int64_t ms = backoff_next_ms(&b, NS_PER_S);

		CHECK_MSG(ms >= most_ms[i] / 2 && ms <= most_ms[i], "failure %zu: %lld ms", i, (long long)ms);
	}
}

TEST(backoff, two_minutes_without_a_failure_begin_anew)
{
	struct backoff b = {0};
	int64_t now_ns = 0;

	for (int i = 0; i < 6; i++)
		(void)backoff_next_ms(&b, now_ns);
	now_ns += 119 * NS_PER_S;
	CHECK(backoff_next_ms(&b, now_ns) >= 15000);
	now_ns += 120 * NS_PER_S;
	CHECK(backoff_next_ms(&b, now_ns) <= 800);
}
