#include "base/test.h"
#include "json/jsonw.h"
#include <math.h>
#include <string.h>

static void write_all(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kstr(w, "s", "a\"\\\n\r\t\b\f\x01\x1f/\x7f\xc3\xa9");
	jsonw_kstr(w, "none", NULL);
	jsonw_kint(w, "i", INT64_MIN);
	jsonw_key(w, "d");
	jsonw_double(w, 0.1);
	jsonw_kbool(w, "t", true);
	jsonw_kbool(w, "f", false);
	jsonw_key(w, "nul");
	jsonw_strn(w, "a\0b", 3);
	jsonw_key(w, "b64");
	jsonw_base64(w, "\xff\xfe\xfd\xfc", 4);
	jsonw_karray(w, "list");
	jsonw_int(w, 1);
	jsonw_null(w);
	jsonw_object(w);
	jsonw_end_object(w);
	jsonw_array(w);
	jsonw_end_array(w);
	jsonw_raw(w, "1.0", 3);
	jsonw_end_array(w);
	jsonw_kobject(w, "k\n");
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static const char want_all[] = "{\"s\":\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f/"
			       "\x7f\xc3\xa9\",\"none\":null,\"i\":-9223372036854775808,"
			       "\"d\":0.1,\"t\":true,\"f\":false,\"nul\":\"a\\u0000b\",\"b64\":\"//79/"
			       "A==\",\"list\":[1,null,{},[],1.0],"
			       "\"k\\n\":{}}";

TEST(jsonw, writes_into_a_strbuf)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct jsonw w;

	strbuf_init(&out, 4096);
	jsonw_init_str(&w, &out);
	write_all(&w);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(out.p, want_all);
}

TEST(jsonw, writes_the_same_into_a_secret)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(4096);
	struct jsonw w;

	jsonw_init_secret(&w, out);
	write_all(&w);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(secret_bytes(out), want_all);
}

TEST(jsonw, replaces_what_is_no_utf8)
{
#define R "\xef\xbf\xbd"
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"a\xff"
		 "b",
		 "\"a" R "b\""},
		{"\xc0\x80", "\"" R R "\""},
		{"\xed\xa0\x80", "\"" R R R "\""},
		{"\xf4\x90\x80\x80", "\"" R R R R "\""},
		{"\xe2\x82", "\"" R R "\""},
		{"\x80\xc3\xa9", "\"" R "\xc3\xa9\""},
		{"\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xe2\x82\xac\xf0\x9f\x98\x80\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};
		struct jsonw w;

		strbuf_init(&out, 100);
		jsonw_init_str(&w, &out);
		jsonw_str(&w, cases[i].in);
		CHECK_OK(jsonw_done(&w));
		CHECK_STR(out.p, cases[i].want);
	}
}

TEST(jsonw, doubles_are_short_and_exact)
{
	static const struct {
		double in;
		const char *want;
	} cases[] = {
		{0, "0"},          {-1.5, "-1.5"},
		{0.1, "0.1"},      {1.0 / 3, "0.3333333333333333"},
		{1e300, "1e+300"}, {5e-324, "4.94065645841247e-324"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};
		struct jsonw w;

		strbuf_init(&out, 100);
		jsonw_init_str(&w, &out);
		jsonw_double(&w, cases[i].in);
		CHECK_OK(jsonw_done(&w));
		CHECK_STR(out.p, cases[i].want);
	}
}

TEST(jsonw, a_parsed_value_is_written_unchanged)
{
	static const char text[] =
		"{\"z\":1.50,\"a\":[null,true,false,-7,1E400e,{\"x\":\"\\u0000\"}],\"e\":{}}";
	char json[sizeof(text)];
	CLEANUP(strbuf_release) struct strbuf out = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	struct jsonw w;

	memcpy(json, text, sizeof(text));
	memcpy(strstr(json, "1E400e"), "1.0E+2", 6);
	CHECK_OK(jsonx_parse(json, strlen(json), &doc));
	strbuf_init(&out, 1000);
	jsonw_init_str(&w, &out);
	jsonw_value(&w, doc);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(out.p, json);
}

static void key_without_value(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_key(w, "a");
	jsonw_end_object(w);
}

static void two_keys(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_key(w, "a");
	jsonw_key(w, "b");
}

static void value_without_key(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_int(w, 1);
	jsonw_end_object(w);
}

static void object_without_key(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_object(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static void base64_without_key(struct jsonw *w)
{
	jsonw_object(w);
	jsonw_base64(w, "a", 1);
	jsonw_end_object(w);
}

static void key_in_array(struct jsonw *w)
{
	jsonw_array(w);
	jsonw_kint(w, "a", 1);
	jsonw_end_array(w);
}

static void two_roots(struct jsonw *w)
{
	jsonw_int(w, 1);
	jsonw_int(w, 2);
}

static void nothing(struct jsonw *w)
{
	(void)w;
}

static void not_closed(struct jsonw *w)
{
	jsonw_array(w);
}

static void wrong_close(struct jsonw *w)
{
	jsonw_array(w);
	jsonw_end_object(w);
}

static void too_many_closes(struct jsonw *w)
{
	jsonw_array(w);
	jsonw_end_array(w);
	jsonw_end_array(w);
}

static void too_deep(struct jsonw *w)
{
	for (int i = 0; i <= JSONW_DEPTH_MAX; i++)
		jsonw_array(w);
	for (int i = 0; i <= JSONW_DEPTH_MAX; i++)
		jsonw_end_array(w);
}

static void not_a_number(struct jsonw *w)
{
	jsonw_double(w, (double)NAN);
}

static void infinite(struct jsonw *w)
{
	jsonw_double(w, (double)INFINITY);
}

TEST(jsonw, misuse_is_reported)
{
	static const struct {
		const char *name;
		void (*run)(struct jsonw *w);
	} cases[] = {
		{"key without value", key_without_value},
		{"two keys", two_keys},
		{"value without key", value_without_key},
		{"object without key", object_without_key},
		{"base64 without key", base64_without_key},
		{"key in array", key_in_array},
		{"two roots", two_roots},
		{"nothing", nothing},
		{"not closed", not_closed},
		{"wrong close", wrong_close},
		{"too many closes", too_many_closes},
		{"too deep", too_deep},
		{"not a number", not_a_number},
		{"infinite", infinite},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};
		struct jsonw w;
		err_t e;

		strbuf_init(&out, 1000);
		jsonw_init_str(&w, &out);
		cases[i].run(&w);
		e = jsonw_done(&w);
		CHECK_MSG(err_is(e, ERR_INTERNAL), "%s: not reported", cases[i].name);
		err_free(e);
	}
}

TEST(jsonw, deepest_document_fits)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct jsonw w;

	strbuf_init(&out, 1000);
	jsonw_init_str(&w, &out);
	for (int i = 0; i < JSONW_DEPTH_MAX; i++)
		jsonw_array(&w);
	for (int i = 0; i < JSONW_DEPTH_MAX; i++)
		jsonw_end_array(&w);
	CHECK_OK(jsonw_done(&w));
	CHECK_INT(out.len, 2 * JSONW_DEPTH_MAX);
}

TEST(jsonw, a_full_sink_is_reported_at_every_size)
{
	for (size_t max = 0; max < sizeof(want_all) - 1; max++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};
		CLEANUP(secret_freep) struct secret *secret = secret_new(max);
		struct jsonw w;

		strbuf_init(&out, max);
		jsonw_init_str(&w, &out);
		write_all(&w);
		CHECK_ERR(jsonw_done(&w), ERR_TOO_LARGE);
		jsonw_init_secret(&w, secret);
		write_all(&w);
		CHECK_ERR(jsonw_done(&w), ERR_TOO_LARGE);
	}
}

TEST(jsonw, leaves_no_error_behind)
{
	CHECK_INT(err_live(), 0);
}
