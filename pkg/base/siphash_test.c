#include "base/siphash.h"
#include "base/test.h"

/* The published vectors: key 00 01 … 0f, input the first n of the same bytes. */
TEST(siphash, agrees_with_the_reference)
{
	static const struct {
		size_t len;
		uint64_t want;
	} cases[] = {
		{0, UINT64_C(0x726fdb47dd0e0e31)},
		{1, UINT64_C(0x74f839c593dc67fd)},
		{8, UINT64_C(0x93f5f5799a932462)},
		{15, UINT64_C(0xa129ca6149be45e5)},
	};
	const struct siphash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t input[16];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_MSG(siphash(&key, input, cases[i].len) == cases[i].want, "length %zu", cases[i].len);
}

TEST(siphash, depends_on_the_key)
{
	const struct siphash_key a = {1, 2}, b = {1, 3};

	CHECK(siphash(&a, "x", 1) != siphash(&b, "x", 1));
	CHECK(siphash(&a, "x\0", 2) != siphash(&a, "x", 1));
}
