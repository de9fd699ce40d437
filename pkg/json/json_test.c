#include "base/test.h"
#include "json/json.h"
#include <string.h>

/* The tests' documents: parsed or the test fails. */
static struct jsonx *parse(const char *text)
{
	struct jsonx *doc = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &doc));
	return doc;
}

TEST(json, parse_takes_what_rfc_8259_allows)
{
	static const struct {
		const char *text;
		enum jsonx_type type;
	} cases[] = {
		{"null", JSONX_NULL},
		{"true", JSONX_BOOL},
		{"false", JSONX_BOOL},
		{"0", JSONX_INT},
		{"-0", JSONX_INT},
		{"12", JSONX_INT},
		{"9223372036854775807", JSONX_INT},
		{"-9223372036854775808", JSONX_INT},
		{"1.50", JSONX_DOUBLE},
		{"-0.0", JSONX_DOUBLE},
		{"1E5", JSONX_DOUBLE},
		{"1e+5", JSONX_DOUBLE},
		{"0e1", JSONX_DOUBLE},
		{"1e-400", JSONX_DOUBLE},
		{"\"\"", JSONX_STR},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u00E9\"", JSONX_STR},
		{"\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"", JSONX_STR},
		{"[]", JSONX_ARRAY},
		{"{}", JSONX_OBJECT},
		{" \t\r\n[ 1 , [ ] , { } ] \n", JSONX_ARRAY},
		{"{ \"a\" : 1 , \"\" : null }", JSONX_OBJECT},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jsonx *doc = NULL;
		err_t e = jsonx_parse(cases[i].text, strlen(cases[i].text), &doc);

		CHECK_MSG(!e, "%s: %s", cases[i].text, e ? err_text(e) : "");
		CHECK_MSG(jsonx_type(doc) == cases[i].type, "%s has type %d", cases[i].text,
			  (int)jsonx_type(doc));
		jsonx_free(doc);
	}
}

TEST(json, parse_refuses_everything_else)
{
#define TEXT(literal) literal, sizeof(literal) - 1
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} cases[] = {
		{TEXT(""), "expected a value at byte 0"},
		{TEXT("  "), "expected a value at byte 2"},
		{TEXT("nul"), "expected a value at byte 0"},
		{TEXT("NULL"), "expected a value"},
		{TEXT("True"), "expected a value"},
		{TEXT("NaN"), "expected a value"},
		{TEXT("Infinity"), "expected a value"},
		{TEXT("-Infinity"), "expected a digit at byte 1"},
		{TEXT("truee"), "expected the end at byte 4"},
		{TEXT("01"), "expected the end at byte 1"},
		{TEXT("-01"), "expected the end at byte 2"},
		{TEXT("-"), "expected a digit"},
		{TEXT("1."), "expected a digit"},
		{TEXT(".5"), "expected a value"},
		{TEXT("1e"), "expected a digit"},
		{TEXT("1e+"), "expected a digit"},
		{TEXT("1e-+1"), "expected a digit"},
		{TEXT("+1"), "expected a value"},
		{TEXT("0x1"), "expected the end"},
		{TEXT("9223372036854775808"), "number is out of range"},
		{TEXT("-9223372036854775809"), "number is out of range"},
		{TEXT("1e400"), "number is out of range"},
		{TEXT("10000000000000000000000000000000000000000000000000000000000000000"),
		 "number is too long"},
		{TEXT("'a'"), "expected a value"},
		{TEXT("{'a':1}"), "expected a string"},
		{TEXT("{1:2}"), "expected a string"},
		{TEXT("{\"a\" 1}"), "expected a colon"},
		{TEXT("{\"a\":}"), "expected a value"},
		{TEXT("{\"a\":1,}"), "expected a string"},
		{TEXT("{\"a\":1 \"b\":2}"), "expected a comma"},
		{TEXT("{"), "expected a string"},
		{TEXT("[1,]"), "expected a value"},
		{TEXT("[,1]"), "expected a value"},
		{TEXT("[1 2]"), "expected a comma"},
		{TEXT("[1"), "expected a comma"},
		{TEXT("[1\f]"), "expected a comma"},
		{TEXT("[1]]"), "expected the end at byte 3"},
		{TEXT("[1] [2]"), "expected the end at byte 4"},
		{TEXT("[1]\0"), "expected the end at byte 3"},
		{TEXT("[1]/**/"), "expected the end"},
		{TEXT("[1//\n]"), "expected a comma"},
		{TEXT("\"a"), "string has no end"},
		{TEXT("\"a\nb\""), "control character in a string at byte 2"},
		{TEXT("\"\0\""), "control character"},
		{TEXT("\"\\x\""), "unknown escape"},
		{TEXT("\"\\"), "unknown escape"},
		{TEXT("\"\\u12g4\""), "expected four hex digits"},
		{TEXT("\"\\u123"), "expected four hex digits"},
		{TEXT("\"\xff\""), "not UTF-8"},
		{TEXT("\"\xc0\x80\""), "not UTF-8"},
		{TEXT("\"\xed\xa0\x80\""), "not UTF-8"},
		{TEXT("\xef\xbb\xbf[1]"), "expected a value"},
		{TEXT("{\"a\\u0000b\":1}"), "NUL in a key"},
		{TEXT("[{\"\\u0000\":1}]"), "NUL in a key"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jsonx *doc = NULL;
		err_t e = jsonx_parse(cases[i].text, cases[i].len, &doc);

		CHECK_MSG(err_is(e, ERR_INVALID), "case %zu, %s: not refused", i, cases[i].text);
		CHECK_MSG(strstr(err_text(e), cases[i].want), "%s: %s", cases[i].text, err_text(e));
		CHECK(!doc);
		err_free(e);
	}
}

TEST(json, parse_stops_at_its_length)
{
	struct jsonx *doc = NULL;

	CHECK_OK(jsonx_parse("[1]x", 3, &doc));
	CHECK_INT(jsonx_len(doc), 1);
	jsonx_free(doc);
	CHECK_OK(jsonx_parse("123", 2, &doc));
	CHECK_INT(jsonx_get_int(doc, "a", 7), 7);
	jsonx_free(doc);
	CHECK_ERR(jsonx_parse("[1]", 2, &doc), ERR_INVALID);
}

TEST(json, depth_is_bounded)
{
	char text[2 * JSONX_DEPTH_MAX + 4];

	for (size_t depth = JSONX_DEPTH_MAX; depth <= JSONX_DEPTH_MAX + 1; depth++) {
		struct jsonx *doc = NULL;

		memset(text, '[', depth);
		text[depth] = '1';
		memset(text + depth + 1, ']', depth);
		if (depth > JSONX_DEPTH_MAX)
			CHECK_ERR(jsonx_parse(text, 2 * depth + 1, &doc), ERR_INVALID);
		else
			CHECK_OK(jsonx_parse(text, 2 * depth + 1, &doc));
		jsonx_free(doc);
	}
}

TEST(json, errors_do_not_quote_the_input)
{
	static const char text[] = "{\"password\":\"hunter2\" \"x\"";
	struct jsonx *doc = NULL;
	err_t e = jsonx_parse(text, strlen(text), &doc);

	CHECK(e && !strstr(err_text(e), "hunter2") && !strstr(err_text(e), "password"));
	err_free(e);
}

TEST(json, getters_convert_nothing)
{
	CLEANUP(jsonx_freep)
	struct jsonx *doc = parse("{\"s\":\"12\",\"i\":12,\"d\":2.0,\"t\":true,\"f\":false,\"n\":null,"
				  "\"fs\":\"false\",\"nul\":\"a\\u0000b\",\"a\":[1],\"o\":{\"x\":1}}");
	static const char *const keys[] = {"s", "i", "d", "t", "f", "n", "fs", "nul", "a", "o", "absent"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct jsonx *v = jsonx_get(doc, keys[i]);
		const char *key = keys[i], *p;
		int64_t number;
		double real;
		bool truth;
		size_t len;

		CHECK_MSG(!!jsonx_str(v) == (streq(key, "s") || streq(key, "fs")), "string %s", key);
		CHECK_MSG(jsonx_strn(v, &p, &len) == (jsonx_type(v) == JSONX_STR), "string %s", key);
		CHECK_MSG(jsonx_int(v, &number) == streq(key, "i"), "int %s", key);
		CHECK_MSG(jsonx_double(v, &real) == (streq(key, "i") || streq(key, "d")), "double %s", key);
		CHECK_MSG(!!jsonx_double_text(v) == streq(key, "d"), "double text %s", key);
		CHECK_MSG(jsonx_bool(v, &truth) == (streq(key, "t") || streq(key, "f")), "bool %s", key);
		CHECK_MSG(jsonx_true(v) == streq(key, "t"), "true %s", key);
		CHECK_MSG(jsonx_len(v) == (streq(key, "a") || streq(key, "o")), "length %s", key);
		CHECK_MSG(!!jsonx_at(v, 0) == streq(key, "a"), "element %s", key);
		CHECK_MSG(!!jsonx_get(v, "x") == streq(key, "o"), "member %s", key);
	}
}

TEST(json, values_come_as_written)
{
	CLEANUP(jsonx_freep)
	struct jsonx *doc =
		parse("{\"s\":\"\\u00e9\\ud83d\\ude00\\/\",\"lone\":\"\\ud800\",\"nul\":\"a\\u0000b\","
		      "\"i\":-9223372036854775808,\"d\":1.50,\"f\":false,\"same\":1,\"same\":2}");
	const char *p = NULL;
	int64_t number = 0;
	double real = 0;
	bool truth = true;
	size_t len = 0;

	CHECK_STR(jsonx_get_str(doc, "s"), "\xc3\xa9\xf0\x9f\x98\x80/");
	CHECK_STR(jsonx_get_str(doc, "lone"), "\xef\xbf\xbd");
	CHECK(jsonx_strn(jsonx_get(doc, "nul"), &p, &len) && len == 3 && memcmp(p, "a\0b", 3) == 0);
	CHECK(jsonx_int(jsonx_get(doc, "i"), &number) && number == INT64_MIN);
	CHECK(jsonx_double(jsonx_get(doc, "i"), &real) && real == -9223372036854775808.0);
	CHECK(jsonx_double(jsonx_get(doc, "d"), &real) && real == 1.5);
	CHECK_STR(jsonx_double_text(jsonx_get(doc, "d")), "1.50");
	CHECK(jsonx_bool(jsonx_get(doc, "f"), &truth) && !truth);
	CHECK_INT(jsonx_get_int(doc, "same", 0), 2);
	CHECK_INT(jsonx_get_int(doc, "s", 5), 5);
	CHECK_INT(jsonx_len(doc), 7);
}

TEST(json, walks_objects_and_arrays_in_order)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = parse("{\"b\":1,\"a\":null,\"c\":[\"x\",2]}");
	static const char *const want[] = {"b", "a", "c"};
	const struct jsonx *value, *list = jsonx_get(doc, "c");
	const char *key;
	size_t n = 0, iter = 0;

	while (jsonx_next(doc, &iter, &key, &value)) {
		CHECK_STR(key, want[n]);
		CHECK(value == jsonx_get(doc, key));
		n++;
	}
	CHECK_INT(n, 3);
	CHECK(!jsonx_next(doc, &iter, &key, &value));
	iter = 0;
	CHECK(!jsonx_next(list, &iter, &key, &value));
	CHECK_STR(jsonx_str(jsonx_at(list, 0)), "x");
	CHECK(!jsonx_at(list, 2));
}

TEST(json, null_is_absent_everywhere)
{
	const struct jsonx *value;
	const char *key;
	size_t iter = 0;

	CHECK_INT(jsonx_type(NULL), JSONX_NULL);
	CHECK(!jsonx_get(NULL, "a") && !jsonx_str(NULL) && !jsonx_at(NULL, 0) && !jsonx_true(NULL));
	CHECK_INT(jsonx_len(NULL), 0);
	CHECK(!jsonx_next(NULL, &iter, &key, &value));
	CHECK(!jsonx_get_str(NULL, "a"));
	jsonx_free(NULL);
}

TEST(json, leaves_no_error_behind)
{
	CHECK_INT(err_live(), 0);
}
