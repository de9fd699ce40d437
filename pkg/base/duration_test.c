#include "base/test.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)

TEST(duration, reads_what_go_reads)
{
	static const struct {
		const char *in;
		int64_t want;
	} cases[] = {
		{"0", 0},
		{"-0", 0},
		{"5s", 5 * NS_PER_S},
		{"90s", 90 * NS_PER_S},
		{"1478s", 1478 * NS_PER_S},
		{"-5s", -5 * NS_PER_S},
		{"+5s", 5 * NS_PER_S},
		{"5.0s", 5 * NS_PER_S},
		{"5.6s", 5600 * NS_PER_MS},
		{"5.s", 5 * NS_PER_S},
		{".5s", 500 * NS_PER_MS},
		{"1.004s", 1004 * NS_PER_MS},
		{"1.0040s", 1004 * NS_PER_MS},
		{"100.00100s", 100001 * NS_PER_MS},
		{"10ns", 10},
		{"11us", 11000},
		{"12\u00b5s", 12000},
		{"12\u03bcs", 12000},
		{"13ms", 13 * NS_PER_MS},
		{"250ms", 250 * NS_PER_MS},
		{"15m", 15 * MINUTE},
		{"16h", 16 * HOUR},
		{"1h30m", HOUR + 30 * MINUTE},
		{"3h30m", 3 * HOUR + 30 * MINUTE},
		{"10.5s4m", 4 * MINUTE + 10500 * NS_PER_MS},
		{"-2m3.4s", -(2 * MINUTE + 3400 * NS_PER_MS)},
		{"1h2m3s4ms5us6ns", HOUR + 2 * MINUTE + 3 * NS_PER_S + 4 * NS_PER_MS + 5006},
		{"39h9m14.425s", 39 * HOUR + 9 * MINUTE + 14425 * NS_PER_MS},
		{"0.3333333333333333333h", 20 * MINUTE - 1},
		{"0.100000000000000000000h", 6 * MINUTE},
		{"9007199254740993ns", INT64_C(9007199254740993)},
		{"9223372036854775807ns", INT64_MAX},
		{"-9223372036854775807ns", -INT64_MAX},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t got = -1;

		CHECK_MSG(str_to_duration_ns(cases[i].in, &got), "%s", cases[i].in);
		CHECK_MSG(got == cases[i].want, "%s is %lld", cases[i].in, (long long)got);
	}
}

TEST(duration, refuses_the_rest)
{
	static const char *const cases[] = {
		"",
		"3",
		"-",
		"s",
		".",
		".s",
		"+.s",
		"1d",
		"1w",
		"1 s",
		" 1s",
		"1s ",
		"1S",
		"--1s",
		"1h-1m",
		"1.2.3s",
		"1e3s",
		"0x1s",
		"00",
		"1ss",
		"1mms",
		"1s1",
		"1\xb5s",
		"3000000h",
		"9223372036854775808ns",
		"92233720368547758070ns",
		"9223372036s900ms",
		"9223372036854775807ns1ns",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t got = -1;

		CHECK_MSG(!str_to_duration_ns(cases[i], &got), "\"%s\"", cases[i]);
		CHECK_INT(got, -1);
	}
}
