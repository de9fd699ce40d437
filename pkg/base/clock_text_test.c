#include "base/clock.h"
#include "base/test.h"

#include <time.h>

TEST(clock_text, formats_rfc3339)
{
	static const struct {
		int64_t ms;
		int digits;
		const char *want;
	} cases[] = {
		{0, 0, "1970-01-01T00:00:00Z"},
		{0, 3, "1970-01-01T00:00:00.000Z"},
		{1, 6, "1970-01-01T00:00:00.001000Z"},
		{999, 0, "1970-01-01T00:00:00Z"},
		{-1, 3, "1969-12-31T23:59:59.999Z"},
		{INT64_C(951782400000), 0, "2000-02-29T00:00:00Z"},
		{INT64_C(951868800000), 0, "2000-03-01T00:00:00Z"},
		{INT64_C(1709164799123), 3, "2024-02-28T23:59:59.123Z"},
		{INT64_C(1709164800000), 0, "2024-02-29T00:00:00Z"},
		{INT64_C(1735689599000), 0, "2024-12-31T23:59:59Z"},
		{INT64_C(4107542400000), 0, "2100-03-01T00:00:00Z"},
		{INT64_C(-62167219200000), 0, "0000-01-01T00:00:00Z"},
		{INT64_C(253402300799999), 3, "9999-12-31T23:59:59.999Z"},
		{INT64_MIN, 0, "0000-01-01T00:00:00Z"},
		{INT64_MAX, 0, "9999-12-31T23:59:59Z"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[CLOCK_RFC3339_SIZE];

		clock_format_rfc3339(cases[i].ms, cases[i].digits, got);
		CHECK_STR(got, cases[i].want);
	}
}

TEST(clock_text, parses_rfc3339)
{
	static const struct {
		const char *in;
		int64_t ms;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01t00:00:00z", 0},
		{"1970-01-01T00:00:00.5Z", 500},
		{"1970-01-01T00:00:00.123456789Z", 123},
		{"1970-01-01T00:00:00.000999Z", 0},
		{"1970-01-01T05:30:00+05:30", 0},
		{"1969-12-31T18:15:00-05:45", 0},
		{"1970-01-01T00:00:00-00:00", 0},
		{"1970-01-01T23:59:00+23:59", 0},
		{"1969-12-31T23:59:59.999Z", -1},
		{"1985-04-12T23:20:50.52Z", INT64_C(482196050520)},
		{"1996-12-19T16:39:57-08:00", INT64_C(851042397000)},
		{"1990-12-31T23:59:60Z", INT64_C(662688000000)},
		{"2000-02-29T00:00:00Z", INT64_C(951782400000)},
		{"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
		{"0000-02-29T00:00:00Z", INT64_C(-62162121600000)},
		{"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t got = 0;

		CHECK_MSG(clock_parse_rfc3339(cases[i].in, &got), "%s", cases[i].in);
		CHECK_INT(got, cases[i].ms);
	}
}

TEST(clock_text, refuses_what_is_not_rfc3339)
{
	static const char *const cases[] = {
		"",
		"1970",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01 00:00:00Z",
		"1970-01-01T00:00Z",
		"70-01-01T00:00:00Z",
		"1970-1-01T00:00:00Z",
		"1970-01-1T00:00:00Z",
		"1970/01-01T00:00:00Z",
		"1970-01/01T00:00:00Z",
		"1970-01-01T0:00:00Z",
		"1970-01-01T00-00:00Z",
		"1970-01-01T00:00-00Z",
		"1970-01-01T00:00:0Z",
		"1970-01-01Tab:00:00Z",
		"1970-01-01T00:ab:00Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00./Z",
		"1970-01-01T00:00:00.5:Z",
		"1970-01-01T00:00:00.5",
		"1970-01-01T00:00:00+ab:00",
		"1970-01-01T00:00:00+00:ab",
		"1970-01-01T00:00:00,5Z",
		"1970-01-01T00:00:00Zx",
		"1970-01-01T00:00:00 Z",
		"1970-01-01T00:00:00+0530",
		"1970-01-01T00:00:00+05",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00+00:60",
		"1970-00-01T00:00:00Z",
		"1970-13-01T00:00:00Z",
		"1970-01-00T00:00:00Z",
		"1970-01-32T00:00:00Z",
		"1970-04-31T00:00:00Z",
		"1970-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2024-02-30T00:00:00Z",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z",
		"1970-01-01T00:00:61Z",
		"-970-01-01T00:00:00Z",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t got = -7;

		CHECK_MSG(!clock_parse_rfc3339(cases[i], &got), "%s", cases[i]);
		CHECK_INT(got, -7);
	}
}

/* Every day of four centuries, against the C library. */
TEST(clock_text, agrees_with_the_c_library)
{
	for (int64_t day = -200 * 366; day < 200 * 366; day++) {
		const time_t t = (time_t)(day * 86400 + 45296);
		struct tm tm;
		char want[CLOCK_RFC3339_SIZE], got[CLOCK_RFC3339_SIZE];
		int64_t ms = 0;

		CHECK(gmtime_r(&t, &tm));
		CHECK(strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
		clock_format_rfc3339(t * INT64_C(1000), 0, got);
		CHECK_STR(got, want);
		CHECK(clock_parse_rfc3339(want, &ms));
		CHECK_INT(ms, t * INT64_C(1000));
	}
}

TEST(clock_text, parses_http_dates)
{
	static const struct {
		const char *in;
		int64_t ms;
	} cases[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777000)},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Tue, 29 Feb 2000 12:00:00 GMT", INT64_C(951825600000)},
		{"Mon, 31 Dec 1990 23:59:60 GMT", INT64_C(662688000000)},
	};
	static const char *const bad[] = {
		"",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Sun 06 Nov 1994 08:49:37 GMT",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06 Nov 1994T08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49 GMT",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Now, 06 Nov 1994 08:49:37 GMT",
	};
	int64_t got = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_MSG(clock_parse_http_date(cases[i].in, &got), "%s", cases[i].in);
		CHECK_INT(got, cases[i].ms);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_MSG(!clock_parse_http_date(bad[i], &got), "%s", bad[i]);
}
