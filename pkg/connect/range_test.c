#include "connect/range.h"

#include "base/test.h"

TEST(range, is_read_as_rfc_9110_has_it)
{
	static const struct {
		const char *header;
		size_t len;
		enum range want;
		size_t first, last;
	} rows[] = {
		{"", 10, RANGE_WHOLE, 0, 0},
		{"bytes=0-0", 10, RANGE_PART, 0, 0},
		{"bytes=2-4", 10, RANGE_PART, 2, 4},
		{"bytes=2-", 10, RANGE_PART, 2, 9},
		{"bytes=2-100", 10, RANGE_PART, 2, 9},
		{"bytes=-3", 10, RANGE_PART, 7, 9},
		{"bytes=-300", 10, RANGE_PART, 0, 9},
		{"bytes=10-", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=-0", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=0-", 0, RANGE_OUTSIDE, 0, 0},
		{"bytes=-1", 0, RANGE_OUTSIDE, 0, 0},
		{"bytes=4-2", 10, RANGE_WHOLE, 0, 0},
		{"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
		{"bytes=", 10, RANGE_WHOLE, 0, 0},
		{"bytes=-", 10, RANGE_WHOLE, 0, 0},
		{"bytes=a-b", 10, RANGE_WHOLE, 0, 0},
		{"items=0-1", 10, RANGE_WHOLE, 0, 0},
		{"bytes=0-99999999999999999999", 10, RANGE_WHOLE, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t first = 0, last = 0;

		CHECK_MSG(range_of(rows[i].header, rows[i].len, &first, &last) == rows[i].want, "%s",
			  rows[i].header);
		CHECK_INT(first, rows[i].first);
		CHECK_INT(last, rows[i].last);
	}
}
