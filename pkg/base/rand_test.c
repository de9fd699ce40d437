#include "base/rand.h"
#include "base/test.h"

#include <string.h>

TEST(rand, bytes_differ)
{
	uint8_t a[32] = {0}, b[32] = {0};

	rand_bytes(a, sizeof(a));
	rand_bytes(b, sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	rand_bytes(NULL, 0);
}

TEST(rand, fills_more_than_one_call_gives)
{
	static uint8_t big[1 << 20];

	rand_bytes(big, sizeof(big));
	CHECK(memcmp(big + sizeof(big) - 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) != 0);
}

TEST(rand, below_reaches_each_number_and_no_other)
{
	int seen[3] = {0};

	for (int i = 0; i < 600; i++) {
		const uint64_t n = rand_below(3);

		CHECK(n < 3);
		seen[n]++;
	}
	/* Each is expected 200 times; 100 is more than eight standard deviations away. */
	CHECK(seen[0] > 100 && seen[1] > 100 && seen[2] > 100);
	CHECK_INT(rand_below(1), 0);
	CHECK(rand_below(UINT64_MAX) < UINT64_MAX);
}

TEST(rand, uuid_is_version_4)
{
	char a[RAND_UUID_SIZE], b[RAND_UUID_SIZE];

	rand_uuid(a);
	rand_uuid(b);
	CHECK(!streq(a, b));
	CHECK_INT(strlen(a), 36);
	CHECK_INT(strspn(a, "0123456789abcdef-"), 36);
	CHECK(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
	CHECK_INT(a[14], '4');
	CHECK(strchr("89ab", a[19]));
}

TEST(rand, id_has_the_alphabet_of_1password)
{
	char a[RAND_ID_SIZE], b[RAND_ID_SIZE];

	rand_id(a);
	rand_id(b);
	CHECK(!streq(a, b));
	CHECK_INT(strlen(a), 26);
	CHECK_INT(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), 26);
}

TEST(rand, jitter_stays_within_its_share)
{
	bool below = false, above = false;

	for (int i = 0; i < 1000; i++) {
		const int64_t ms = rand_jitter(1000, 20);

		CHECK(ms >= 800 && ms <= 1200);
		below = below || ms < 1000;
		above = above || ms > 1000;
	}
	CHECK(below && above);
	CHECK_INT(rand_jitter(1000, 0), 1000);
	CHECK_INT(rand_jitter(0, 20), 0);
	CHECK_INT(rand_jitter(3, 20), 3);
}
