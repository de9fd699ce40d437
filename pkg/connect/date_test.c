#include "connect/date.h"

#include "base/test.h"

TEST(date, becomes_unix_seconds)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"2020-10-19", "1603108860"},
		{"1970-01-01", "43260"},
		{"1969-12-31", "-43140"},
		{"2000-02-29", "951825660"},
		{"1603108860", "1603108860"},
		{"0", "0"},
		{"-5", "-5"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(secret_freep) struct secret *out = NULL;

		CHECK_OK(date_normalize(cases[i].in, &out));
		CHECK_STR(secret_bytes(out), cases[i].want);
	}
}

TEST(date, that_is_none_is_refused)
{
	static const char *const cases[] = {"2021-02-29", "2020-13-01",           "2020-1-1",
					    "tomorrow",   "2020/10/19",           "",
					    "1.5",        "2020-10-19T00:00:00Z", "9999999999999999"};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secret *out = NULL;
		err_t e = date_normalize(cases[i], &out);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", cases[i]);
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}

TEST(date, month_and_year_have_two_forms)
{
	CHECK(date_is_month_year("202512"));
	CHECK(date_is_month_year("2025/01"));
	CHECK(!date_is_month_year("2025-01"));
	CHECK(!date_is_month_year("202513"));
	CHECK(!date_is_month_year("202500"));
	CHECK(!date_is_month_year("2025/1"));
	CHECK(!date_is_month_year(""));
}
