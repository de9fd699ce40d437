#include "connect/attempts.h"

#include "base/mem.h"
#include "base/test.h"

#include <stdio.h>

static int64_t fake_now(void *arg)
{
	return *(const int64_t *)arg;
}

static void check_waits(struct attempts *a, const char *key, int64_t want_s)
{
	int64_t wait_s = 0;

	CHECK(!attempts_take(a, key, &wait_s));
	CHECK_INT(wait_s, want_s);
}

TEST(attempts, the_time_to_the_next_one_doubles_up_to_a_maximum)
{
	static const int64_t waits_s[] = {1, 2, 4, 8, 16, 30, 30, 30};
	int64_t now_ns = NS_PER_S, wait_s = 0;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct attempts *a = attempts_new(30, &clock);

	for (int i = 0; i < ATTEMPTS_FREE; i++)
		CHECK(attempts_take(a, "ann", &wait_s));
	for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
		check_waits(a, "ann", waits_s[i]);
		CHECK(attempts_take(a, "bob", &wait_s) || i >= ATTEMPTS_FREE);
		now_ns += waits_s[i] * NS_PER_S;
		CHECK(attempts_take(a, "ann", &wait_s));
	}
	attempts_free(a);
}

TEST(attempts, a_success_or_an_hour_forgets_them)
{
	int64_t now_ns = NS_PER_S, wait_s = 0;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct attempts *a = attempts_new(300, &clock);

	for (int i = 0; i < ATTEMPTS_FREE; i++)
		CHECK(attempts_take(a, "ann", &wait_s));
	check_waits(a, "ann", 1);
	attempts_forget(a, "ann");
	for (int i = 0; i < ATTEMPTS_FREE; i++)
		CHECK(attempts_take(a, "ann", &wait_s));
	check_waits(a, "ann", 1);
	now_ns += (ATTEMPTS_FORGET_S + 1) * NS_PER_S;
	for (int i = 0; i < ATTEMPTS_FREE; i++)
		CHECK(attempts_take(a, "ann", &wait_s));
	attempts_free(a);
}

/* Nobody pays for what others do, and no flood of other keys makes one that is in use start anew. */
TEST(attempts, of_too_many_keys_the_oldest_makes_room)
{
	int64_t now_ns = NS_PER_S, wait_s = 0;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct attempts *a = attempts_new(300, &clock);
	char key[16];
	int n_taken = 0;

	for (int i = 0; i < 2 * ATTEMPTS_KEYS_MAX; i++) {
		(void)snprintf(key, sizeof(key), "%d", i / 2);
		CHECK(attempts_take(a, key, &wait_s));
	}
	for (int i = 0; i < 20; i++) {
		now_ns++;
		n_taken += attempts_take(a, "ann", &wait_s);
		now_ns++;
		(void)snprintf(key, sizeof(key), "fresh-%d", i);
		CHECK(attempts_take(a, key, &wait_s));
	}
	CHECK_INT(n_taken, ATTEMPTS_FREE);
	attempts_free(a);
}
