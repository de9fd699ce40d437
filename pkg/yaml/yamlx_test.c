#include "base/mem.h"
#include "base/test.h"
#include "yaml/yamlx.h"
#include "json/jsonw.h"
#include <string.h>

static void check_json(const char *yaml, const struct jsonx *doc, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct jsonw w;

	strbuf_init(&out, 1 << 20);
	jsonw_init_str(&w, &out);
	jsonw_value(&w, doc);
	CHECK_OK(jsonw_done(&w));
	CHECK_MSG(streq(out.p, want), "%s became %s, not %s", yaml, out.p, want);
}

struct row {
	const char *yaml, *want;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
		err_t e = yamlx_parse(rows[i].yaml, strlen(rows[i].yaml), &doc);

		CHECK_MSG(!e, "%s: %s", rows[i].yaml, e ? err_text(e) : "");
		check_json(rows[i].yaml, doc, rows[i].want);
	}
}

TEST(yamlx, plain_scalars_mean_what_they_mean_to_kubectl)
{
	static const struct row rows[] = {
		{"", "null"},
		{"~", "null"},
		{"Null", "null"},
		{"nULL", "\"nULL\""},
		{"[true, True, TRUE, yes, On, y]", "[true,true,true,true,true,true]"},
		{"[false, no, OFF, N, n]", "[false,false,false,false,false]"},
		{"[tRue, yEs, ye, truex]", "[\"tRue\",\"yEs\",\"ye\",\"truex\"]"},
		{"[0, -0, +7, 12, -12, 1_000]", "[0,0,7,12,-12,1000]"},
		{"[0x1F, 0X1f, -0x10, 0o17, 0O17, 0b101, -0B11]", "[31,31,-16,15,15,5,-3]"},
		{"[0644, 00, -010]", "[420,0,-8]"},
		{"[9223372036854775807, -9223372036854775808]", "[9223372036854775807,-9223372036854775808]"},
		{"[9223372036854775808, 12345678901234567890123]",
		 "[9.223372036854776e+18,1.2345678901234568e+22]"},
		{"[08, 1.5, -1.50, .5, +.5, 1., 1e3, 1E-2, 1_0.5]", "[8,1.5,-1.5,0.5,0.5,1,1000,0.01,10.5]"},
		{"[0x, 0b2, 0o8, 0xg, -, +, ., e5, 1e, 1e+, 1.2.3, 1-2, ._5, .e1, _1, 1e400]",
		 "[\"0x\",\"0b2\",\"0o8\",\"0xg\",\"-\",\"+\",\".\",\"e5\",\"1e\",\"1e+\",\"1.2.3\",\"1-2\","
		 "\"._5\","
		 "\".e1\",\"_1\",\"1e400\"]"},
		{"[2024-01-02, 2024-01-02T03:04:05Z, 12:30, 1.2.3.4, v1.2, 0x1p4, inf, nan, infinity]",
		 "[\"2024-01-02\",\"2024-01-02T03:04:05Z\",\"12:30\",\"1.2.3.4\",\"v1.2\",\"0x1p4\",\"inf\","
		 "\"nan\","
		 "\"infinity\"]"},
		{"10000000000000000000000000000000000000000000000000000000000000000",
		 "\"10000000000000000000000000000000000000000000000000000000000000000\""},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(yamlx, quotes_and_tags_decide_over_looks)
{
	static const struct row rows[] = {
		{"[\"1\", 'true', \"\", '~', \"null\"]", "[\"1\",\"true\",\"\",\"~\",\"null\"]"},
		{"[!!str 1, ! 1, !!timestamp 2024-01-02, !!str ]", "[\"1\",\"1\",\"2024-01-02\",\"\"]"},
		{"[!!int \"3\", !!float 3, !!float 3.5, !!bool \"yes\", !!null '']", "[3,3,3.5,true,null]"},
		{"!!map {a: !!seq [1]}", "{\"a\":[1]}"},
		{"! {a: ! []}", "{\"a\":[]}"},
		{"\"a\\u00e9\\x41\\n\\0\\\"\\t\\/\"", "\"a\xc3\xa9"
						      "A\\n\\u0000\\\"\\t/\""},
		{"'it''s'", "\"it's\""},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(yamlx, collections_and_block_scalars)
{
	static const struct row rows[] = {
		{"a: 1\nb:\n  c: [x, {q: z}]\n  d:\n  - e\n  - f: g\n    h:\n",
		 "{\"a\":1,\"b\":{\"c\":[\"x\",{\"q\":\"z\"}],\"d\":[\"e\",{\"f\":\"g\",\"h\":null}]}}"},
		{"a: |\n  line 1\n    line 2\n\n  line 3\nb: |-\n  x\nc: |+\n  y\n\n",
		 "{\"a\":\"line 1\\n  line 2\\n\\nline 3\\n\",\"b\":\"x\",\"c\":\"y\\n\\n\"}"},
		{"a: >\n  folded\n  text\n\n  more\n", "{\"a\":\"folded text\\nmore\\n\"}"},
		{"a: plain\n  goes on # comment\n", "{\"a\":\"plain goes on\"}"},
		{"{}", "{}"},
		{"[]", "[]"},
		{"- - 1\n  - 2\n-\n  - 3\n", "[[1,2],[3]]"},
		{"{\"json\": [1, 2.5, null, true, \"s\"]}", "{\"json\":[1,2.5,null,true,\"s\"]}"},
		{"\xef\xbb\xbf"
		 "a: 1\r\nb: 2\r\n",
		 "{\"a\":1,\"b\":2}"},
		{"# only a comment\n", "null"},
		{"--- text\n...\n--- 2\n", "\"text\""},
		{"%YAML 1.1\n---\na: 1\n", "{\"a\":1}"},
		{"%TAG ! tag:yaml.org,2002:\n---\n!int '7'\n", "7"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(yamlx, keys_become_strings)
{
	static const struct row rows[] = {
		{"1: a\n0x10: b\ny: c\nno: d\n1.50: e\n'2': f\n",
		 "{\"1\":\"a\",\"16\":\"b\",\"true\":\"c\",\"false\":\"d\","
		 "\"1.5\":\"e\",\"2\":\"f\"}"},
		{"a: 1\na: 2\n", "{\"a\":2}"},
		{"? a\n: b\n", "{\"a\":\"b\"}"},
		{"\"<<\": 1\n'': 2\n", "{\"<<\":1,\"\":2}"},
		{"a: <<\n", "{\"a\":\"<<\"}"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(yamlx, aliases_repeat_their_anchors)
{
	static const struct row rows[] = {
		{"a: &x 1\nb: *x\n", "{\"a\":1,\"b\":1}"},
		{"[&x {k: [1, 2]}, *x, {l: *x}]", "[{\"k\":[1,2]},{\"k\":[1,2]},{\"l\":{\"k\":[1,2]}}]"},
		{"[&x a, *x, &x b, *x]", "[\"a\",\"a\",\"b\",\"b\"]"},
		{"&k key: &v [ &in x, *in ]\nk: *k\nv: *v\ni: *in\n",
		 "{\"key\":[\"x\",\"x\"],\"k\":\"key\",\"v\":[\"x\",\"x\"],\"i\":\"x\"}"},
		{"a: 1\n&k b: 2\nc: *k\n", "{\"a\":1,\"b\":2,\"c\":\"b\"}"},
		{"- &e\n- *e\n", "[null,null]"},
		{"&root {a: 1}", "{\"a\":1}"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

TEST(yamlx, errors_say_where_and_never_what)
{
	static const struct {
		const char *yaml, *want;
	} cases[] = {
		{"a: 1\nhunter2: [x\n", "YAML line 3, column 1: did not find expected ',' or ']'"},
		{"a: b: hunter2", "YAML line 1, column 5: mapping values are not allowed in this context"},
		{"a:\n\t- hunter2\n", "YAML line 2, column 1: found character that cannot start any token"},
		{"\"hunter2", "YAML line 1, column 9: found unexpected end of stream"},
		{"a: *hunter2", "YAML line 1, column 4: an alias must follow its anchor"},
		{"&hunter2 [*hunter2]", "YAML line 1, column 11: an alias must follow its anchor"},
		{"[&x 1, &x [*x]]", "YAML line 1, column 12: an alias must follow its anchor"},

		{"a:\n  <<: {b: hunter2}\n", "YAML line 2, column 3: merge keys are not supported"},
		{"  a: 1\nb: hunter2\n", "YAML line 2, column 1: did not find expected <document start>"},
		{"~: hunter2", "YAML line 1, column 1: a key must not be null"},
		{"?\n: hunter2", "YAML line 1, column 2: a key must not be null"},
		{"\"a\\0hunter2\": 1", "YAML line 1, column 1: a key must not hold a NUL"},
		{".nan: 1", "YAML line 1, column 1: JSON has no such number"},
		{"? [hunter2]\n: 1", "YAML line 1, column 3: a key must be a scalar"},
		{"a: &x b\n*x : 1\n", "YAML line 2, column 1: a key must be a scalar"},
		{"[.inf]", "YAML line 1, column 2: JSON has no such number"},
		{"[-.INF]", "YAML line 1, column 2: JSON has no such number"},
		{"!!float .NaN", "YAML line 1, column 1: JSON has no such number"},
		{"!hunter2 x", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!binary aGk=", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!int x", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!int 1.5", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!bool 1", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!null 1", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!float true", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!seq {}", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!map []", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"!!set {a}", "YAML line 1, column 1: the tag does not fit or is not supported"},
		{"a\x01", "YAML byte 1: control characters are not allowed"},
		{"a: \xff", "YAML byte 3: invalid leading UTF-8 octet"},
		{"\"\\ud800\"", "YAML line 1, column 4: found invalid Unicode character escape code"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
		err_t e = yamlx_parse(cases[i].yaml, strlen(cases[i].yaml), &doc);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s: accepted", cases[i].yaml);
		CHECK_STR(err_text(e), cases[i].want);
		CHECK(!doc && !strstr(err_text(e), "hunter2"));
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}

/* open or close n times */
static void repeat(struct strbuf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_adds(out, text);
}

TEST(yamlx, depth_is_bounded)
{
	for (size_t depth = JSONX_DEPTH_MAX; depth <= JSONX_DEPTH_MAX + 1; depth++) {
		CLEANUP(strbuf_release) struct strbuf text = {0};
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

		strbuf_init(&text, 1000);
		repeat(&text, "[", depth);
		repeat(&text, "]", depth);
		if (depth > JSONX_DEPTH_MAX)
			CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_INVALID);
		else
			CHECK_OK(yamlx_parse(text.p, text.len, &doc));
	}
}

TEST(yamlx, depth_counts_through_aliases)
{
	for (size_t depth = JSONX_DEPTH_MAX - 4; depth <= JSONX_DEPTH_MAX - 3; depth++) {
		CLEANUP(strbuf_release) struct strbuf text = {0};
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

		/* *a is 3 deep, below one object of the document. */
		strbuf_init(&text, 1000);
		strbuf_adds(&text, "a: &a [1, [[2], 3]]\nb: ");
		repeat(&text, "[", depth);
		strbuf_adds(&text, "*a");
		repeat(&text, "]", depth);
		if (1 + depth + 3 > JSONX_DEPTH_MAX)
			CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_INVALID);
		else
			CHECK_OK(yamlx_parse(text.p, text.len, &doc));
	}
}

TEST(yamlx, nodes_are_bounded)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	strbuf_init(&text, YAML_BYTES_MAX);
	repeat(&text, "- \n", YAML_NODES_MAX - 1);
	CHECK_OK(yamlx_parse(text.p, text.len, &doc));
	CHECK_INT(jsonx_len(doc), YAML_NODES_MAX - 1);
	repeat(&text, "- \n", 1);
	CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_TOO_LARGE);
}

TEST(yamlx, a_billion_laughs_are_not_told)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	strbuf_init(&text, 10000);
	strbuf_adds(&text, "a0: &a0 lol\n");
	for (int i = 1; i < 20; i++) {
		strbuf_addf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			strbuf_addf(&text, "*a%d, ", i - 1);
		strbuf_adds(&text, "]\n");
	}
	CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_TOO_LARGE);
}

TEST(yamlx, long_strings_behind_aliases_are_bounded)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	strbuf_init(&text, YAML_BYTES_MAX);
	strbuf_adds(&text, "- &a ");
	repeat(&text, "0123456789", 100000);
	repeat(&text, "\n- *a", 20);
	repeat(&text, "\n- &b [*a]", 2);
	repeat(&text, "\n- &c x", 2);
	CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_TOO_LARGE);
}

TEST(yamlx, bytes_are_bounded)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	strbuf_init(&text, YAML_BYTES_MAX + 1);
	repeat(&text, "#", YAML_BYTES_MAX);
	CHECK_OK(yamlx_parse(text.p, text.len, &doc));
	repeat(&text, "#", 1);
	CHECK_ERR(yamlx_parse(text.p, text.len, &doc), ERR_TOO_LARGE);
	CHECK_ERR(yamlx_parse_all(text.p, text.len, NULL, NULL), ERR_TOO_LARGE);
}

struct collected {
	int n;
	int64_t sum;
	int fail_at;
};

static err_t collect(void *arg, const struct jsonx *doc)
{
	struct collected *c = arg;

	c->n++;
	c->sum += jsonx_get_int(doc, "a", 0);
	return c->n == c->fail_at ? err_new(ERR_CONFLICT, "enough") : NULL;
}

TEST(yamlx, parse_all_leaves_out_what_is_empty)
{
	static const char text[] =
		"---\n---\n# nothing\n---\na: &x 1\n---\nnull\n---\na: 20\n...\n---\na: 300\n---\n";
	struct collected c = {0};

	CHECK_OK(yamlx_parse_all(text, strlen(text), collect, &c));
	CHECK_INT(c.n, 3);
	CHECK_INT(c.sum, 321);
}

TEST(yamlx, parse_all_stops_at_an_error)
{
	static const char text[] = "a: 1\n---\na: 20\n---\na: 300\n";
	static const char broken[] = "a: 1\n---\na: [\n---\na: 300\n";
	static const char foreign[] = "a: &x 1\n---\na: *x\n";
	struct collected c = {.fail_at = 2};

	CHECK_ERR(yamlx_parse_all(text, strlen(text), collect, &c), ERR_CONFLICT);
	CHECK_INT(c.n, 2);
	c = (struct collected){0};
	CHECK_ERR(yamlx_parse_all(broken, strlen(broken), collect, &c), ERR_INVALID);
	CHECK_INT(c.n, 1);
	c = (struct collected){0};
	CHECK_ERR(yamlx_parse_all(foreign, strlen(foreign), collect, &c), ERR_INVALID);
	CHECK_INT(c.n, 1);
	CHECK_OK(yamlx_parse_all("", 0, collect, &c));
	CHECK_INT(c.n, 1);
}
