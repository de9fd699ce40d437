#include "base/test.h"
#include "base/utf8.h"

#include <string.h>

TEST(utf8, decodes_each_length)
{
	static const struct {
		const char *in;
		size_t len;
		uint32_t code;
	} cases[] = {
		{"a", 1, 'a'},
		{"\x7f", 1, 0x7f},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xee\x80\x80", 3, 0xe000},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t code = 0;

		CHECK_INT(utf8_decode(cases[i].in, strlen(cases[i].in), &code), cases[i].len);
		CHECK_INT(code, cases[i].code);
		CHECK(str_is_utf8(cases[i].in, strlen(cases[i].in)));
		for (size_t len = 0; len < cases[i].len; len++)
			CHECK_INT(utf8_decode(cases[i].in, len, &code), 0);
	}
}

TEST(utf8, refuses_what_is_none)
{
	static const char *const cases[] = {
		"\x80",             /* no first byte */
		"\xbf",             /* the same */
		"\xff",             /* never used */
		"\xf8\x88\x80\x80", /* five bytes */
		"\xc3(",            /* no second byte */
		"\xe2\x82(",        /* no third byte */
		"\xc0\x80",         /* overlong NUL */
		"\xc1\xbf",         /* overlong, two bytes */
		"\xe0\x9f\xbf",     /* overlong, three bytes */
		"\xf0\x8f\xbf\xbf", /* overlong, four bytes */
		"\xed\xa0\x80",     /* first surrogate */
		"\xed\xbf\xbf",     /* last surrogate */
		"\xf4\x90\x80\x80", /* past the last code point */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t code = 0;

		CHECK_MSG(utf8_decode(cases[i], strlen(cases[i]), &code) == 0, "case %zu", i);
		CHECK(!str_is_utf8(cases[i], strlen(cases[i])));
	}
	CHECK(str_is_utf8("", 0));
	CHECK(str_is_utf8("a\0b", 3));
	CHECK(!str_is_utf8("ab\xc3", 3));
}

TEST(utf8, knows_what_acts_on_a_terminal)
{
	static const uint32_t controls[] = {0,      '\n',   0x1b,   0x7f,   0x80,   0x9f,   0x61c,
					    0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069};
	static const uint32_t others[] = {' ',    '~',    0xa0,   0xe4,   0x200d,
					  0x2027, 0x202f, 0x2065, 0x206a, 0x1f600};

	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		CHECK_MSG(utf8_is_control(controls[i]), "U+%04X", controls[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		CHECK_MSG(!utf8_is_control(others[i]), "U+%04X", others[i]);
}

TEST(utf8, cuts_between_characters)
{
	static const struct {
		const char *in;
		size_t max, want;
	} cases[] = {
		{"abc", 5, 3},
		{"abc", 3, 3},
		{"abc", 2, 2},
		{"abc", 0, 0},
		{"a\xc3\xa4", 2, 1},
		{"a\xc3\xa4", 3, 3},
		{"\xf0\x9f\x98\x80x", 1, 0},
		{"\xf0\x9f\x98\x80x", 2, 0},
		{"\xf0\x9f\x98\x80x", 3, 0},
		{"\xf0\x9f\x98\x80x", 4, 4},
		{"\x80\x80\x80\x80\x80\x80", 5, 5}, /* no UTF-8: anywhere */
		{"\x80\x80\x80", 2, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_MSG(utf8_cut(cases[i].in, strlen(cases[i].in), cases[i].max) == cases[i].want,
			  "case %zu", i);
}

TEST(utf8, printable_replaces_and_cuts)
{
	static const struct {
		const char *in;
		size_t max;
		const char *want;
	} cases[] = {
		{NULL, 10, ""},
		{"", 10, ""},
		{"plain text", 100, "plain text"},
		{"plain text", 5, "plain"},
		{"line\nbreak\ttab\x1b[31m", 100, "line?break?tab?[31m"},
		{"\u00e4\u20ac\U0001f600", 100, "\u00e4\u20ac\U0001f600"},
		{"\u00e4\u20ac\U0001f600", 8, "\u00e4\u20ac"},
		{"\u00e4\u20ac", 4, "\u00e4"},
		{"\u00e4\u20ac", 1, ""},
		{"a\xff\xfe"
		 "b",
		 100, "a??b"},
		{"a\xc3", 100, "a?"},
		{"a\u202eb", 100, "a?b"},
		{"\x80\x80\x80", 2, "??"},
		{"x", 0, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out;

		strbuf_init(&out, 100);
		str_add_printable(&out, cases[i].in, cases[i].max);
		CHECK_STR(out.p, cases[i].want);
	}
}
