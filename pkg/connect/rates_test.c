#include "connect/rates.h"

#include "base/test.h"

#include <stdio.h>

static int64_t fake_now(void *arg)
{
	return *(const int64_t *)arg;
}

static size_t take_all(struct rates *r, const char *key)
{
	int64_t wait_s = 0;
	size_t n = 0;

	while (rates_take(r, key, &wait_s))
		n++;
	CHECK_INT(wait_s, 1);
	return n;
}

TEST(rates, two_seconds_worth_at_once_and_then_the_rate)
{
	int64_t now_ns = NS_PER_S;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct rates *r = rates_new(10, &clock);

	CHECK_INT(take_all(r, "a"), 20);
	CHECK_INT(take_all(r, "b"), 20); /* each for itself */
	now_ns += 500 * NS_PER_MS;
	CHECK_INT(take_all(r, "a"), 5);
	now_ns += 60 * NS_PER_S;
	CHECK_INT(take_all(r, "a"), 20);
	rates_free(r);
}

TEST(rates, of_too_many_keys_those_beyond_share_one_bucket)
{
	int64_t now_ns = NS_PER_S, wait_s = 0;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct rates *r = rates_new(1, &clock);
	char key[16];

	for (int i = 0; i < RATES_KEYS_MAX; i++) {
		snprintf(key, sizeof(key), "%d", i);
		CHECK(rates_take(r, key, &wait_s));
	}
	CHECK_INT(take_all(r, "x"), 2);
	CHECK(!rates_take(r, "y", &wait_s));
	CHECK(rates_take(r, "0", &wait_s));
	/* Those that have rested make room again. */
	now_ns += 10 * NS_PER_S;
	CHECK_INT(take_all(r, "y"), 2);
	rates_free(r);
}

TEST(rates, none_is_no_limit)
{
	struct rates *r = rates_new(0, NULL);
	int64_t wait_s = 0;

	for (int i = 0; i < 10000; i++)
		CHECK(rates_take(r, "a", &wait_s));
	rates_free(r);
}
