#include "base/test.h"

TEST(str, compares)
{
	CHECK(streq("a", "a") && !streq("a", "b") && !streq("a", NULL) && !streq(NULL, "a") &&
	      streq(NULL, NULL));
	CHECK(str_has_prefix("abc", "ab") && str_has_prefix("abc", "") && !str_has_prefix("ab", "abc"));
	CHECK(str_has_suffix("abc", "bc") && str_has_suffix("abc", "") && !str_has_suffix("bc", "abc") &&
	      !str_has_suffix("abc", "ab"));
	CHECK(str_empty(NULL) && str_empty("") && !str_empty(" "));
}

TEST(str, reads_whole_numbers)
{
	static const struct {
		const char *in;
		int64_t min, max;
		bool ok;
		int64_t want;
	} cases[] = {
		{"0", 0, 10, true, 0},
		{"007", 0, 10, true, 7},
		{"-5", -10, 10, true, -5},
		{"10", 0, 10, true, 10},
		{"11", 0, 10, false, 0},
		{"-1", 0, 10, false, 0},
		{"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
		{"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
		{"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
		{"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
		{"92233720368547758070", INT64_MIN, INT64_MAX, false, 0},
		{"", INT64_MIN, INT64_MAX, false, 0},
		{"-", INT64_MIN, INT64_MAX, false, 0},
		{"+1", INT64_MIN, INT64_MAX, false, 0},
		{" 1", INT64_MIN, INT64_MAX, false, 0},
		{"1 ", INT64_MIN, INT64_MAX, false, 0},
		{"1x", INT64_MIN, INT64_MAX, false, 0},
		{"0x1", INT64_MIN, INT64_MAX, false, 0},
		{"1.0", INT64_MIN, INT64_MAX, false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t got = 0;

		CHECK_MSG(str_to_int(cases[i].in, cases[i].min, cases[i].max, &got) == cases[i].ok, "\"%s\"",
			  cases[i].in);
		CHECK_INT(got, cases[i].want);
	}
}

TEST(str, reads_booleans)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True", "tRuE"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
	static const char *const neither[] = {"", "yes", "no", "on", "2", "tru", "true ", " true"};
	bool got = false;

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		CHECK_MSG(str_to_bool(yes[i], &got) && got, "%s", yes[i]);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		CHECK_MSG(str_to_bool(no[i], &got) && !got, "%s", no[i]);
	for (size_t i = 0; i < ARRAY_LEN(neither); i++)
		CHECK_MSG(!str_to_bool(neither[i], &got), "%s", neither[i]);
}
