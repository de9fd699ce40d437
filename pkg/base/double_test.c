#include "base/double.h"
#include "base/test.h"
#include <float.h>
#include <math.h>

TEST(double_text, is_the_shortest_that_reads_back)
{
	static const struct {
		double in;
		const char *want;
	} cases[] = {
		{0, "0"},
		{-0.0, "-0"},
		{3, "3"},
		{0.1, "0.1"},
		{0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{1e21, "1e+21"},
		{DBL_MAX, "1.7976931348623157e+308"},
		{(double)INFINITY, "inf"},
		{-(double)INFINITY, "-inf"},
		{(double)NAN, "nan"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[DOUBLE_TEXT_SIZE];

		double_format(cases[i].in, text);
		CHECK_STR(text, cases[i].want);
	}
}
