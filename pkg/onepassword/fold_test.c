#include "onepassword/fold.h"

#include "base/test.h"

TEST(fold, titles_are_equal_but_for_case)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{"", "", true},
		{"a", "", false},
		{"Ops", "oPS", true},
		{"Ops", "Ops ", false},
		{"Ops", "Opt", false},
		{"@[`{", "@[`{", true},
		{"@", "`", false},
		{"[", "{", false},
		{"\xE2\x84\xAA"
		 "ey\xC5\xBF",
		 "KEYS", true},
		{"\xE2\x84\xAA", "\xE2\x84\xAA", true},
		{"\xE2\x84", "\xE2\x84", true},
		{"\xE2\x84", "\xE2\x84\xAA", false},
		{"\xC3\x89quipe", "\xC3\x89QUIPE", true},
		{"\xC3\x89quipe", "\xC3\xA9quipe", true},
		{"Gr\xC3\xB6\xC3\x9F"
		 "e",
		 "GR\xC3\x96\xC3\x9F"
		 "E",
		 true},
		{"Gr\xC3\xB6\xC3\x9F"
		 "e",
		 "GR\xC3\x96SSE", false},
		{"\xCF\x83\xCF\x82", "\xCE\xA3\xCE\xA3", true},
		{"\xD0\xB6", "\xD0\x96", true},
		{"\xC4\xB0", "i", false},
		{"\xC4\xB1", "I", false},
		{"e\xCC\x81", "\xC3\xA9", false},
		{"\xFF", "\xFE", false},
		{"\xFF"
		 "a",
		 "\xFF"
		 "A",
		 true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_MSG(fold_equal(cases[i].a, cases[i].b) == cases[i].equal, "%s, %s", cases[i].a,
			  cases[i].b);
		CHECK_MSG(fold_equal(cases[i].b, cases[i].a) == cases[i].equal, "%s, %s", cases[i].b,
			  cases[i].a);
	}
}
