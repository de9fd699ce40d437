#include "operator/kvlist.h"

#include "base/test.h"
#include "operator/quoted_test.h"

#include <stdio.h>

static bool is_wanted(const char *key)
{
	return *key == 'w';
}

static void check_written(const struct kvlist *l, const char *want)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonw w;

	strbuf_init(&text, 4096);
	jsonw_init_str(&w, &text);
	kvlist_write(l, &w);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(text.p, want);
}

TEST(kvlist, set_replaces_and_get_finds)
{
	struct kvlist l CLEANUP(kvlist_release) = {0};

	CHECK_STR(kvlist_get(&l, "a"), NULL);
	check_written(&l, "{}");
	kvlist_set(&l, "a", "1");
	kvlist_set(&l, "b", "2");
	kvlist_set(&l, "a", "3");
	CHECK_INT(l.n, 2);
	CHECK_STR(kvlist_get(&l, "a"), "3");
	CHECK_STR(kvlist_get(&l, "b"), "2");
	CHECK_STR(kvlist_get(&l, "c"), NULL);
	check_written(&l, "{\"a\":\"3\",\"b\":\"2\"}");
	kvlist_release(&l);
	CHECK_INT(l.n, 0);
}

TEST(kvlist, takes_only_strings_from_json_and_only_wanted_ones)
{
	struct jsonx *json CLEANUP(jsonx_freep) =
		quoted_json("{'w1':'x','n':'y','w2':3,'w3':null,'w4':{},'w5':''}");
	struct kvlist all CLEANUP(kvlist_release) = {0}, some CLEANUP(kvlist_release) = {0};

	kvlist_add_json(&all, json, NULL);
	check_written(&all, "{\"w1\":\"x\",\"n\":\"y\",\"w5\":\"\"}");
	kvlist_add_json(&some, json, is_wanted);
	check_written(&some, "{\"w1\":\"x\",\"w5\":\"\"}");
	kvlist_add_json(&some, NULL, NULL);
	CHECK_INT(some.n, 2);
}

TEST(kvlist, says_that_it_is_not_complete)
{
	struct kvlist l CLEANUP(kvlist_release) = {0}, from_json CLEANUP(kvlist_release) = {0};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	char key[16];

	strbuf_init(&text, 65536);
	strbuf_addc(&text, '{');
	for (int i = 0; i < KVLIST_MAX + 1; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		CHECK(!l.cut);
		kvlist_set(&l, key, "v");
		strbuf_addf(&text, "%s\"%s\":\"v\"", i ? "," : "", key);
	}
	strbuf_addc(&text, '}');
	CHECK(l.cut);
	CHECK_INT(l.n, KVLIST_MAX);
	kvlist_set(&l, "k0", "w"); /* what is there can be replaced */
	CHECK_STR(kvlist_get(&l, "k0"), "w");
	CHECK_OK(jsonx_parse(text.p, text.len, &json));
	kvlist_add_json(&from_json, json, NULL);
	CHECK(from_json.cut);
	CHECK_INT(from_json.n, KVLIST_MAX);
}

TEST(kvlist, contains_compares_keys_and_values_of_what_is_wanted)
{
	struct kvlist have CLEANUP(kvlist_release) = {0}, want CLEANUP(kvlist_release) = {0};

	CHECK(kvlist_contains(&have, &want));
	kvlist_set(&have, "a", "1");
	kvlist_set(&have, "b", "2");
	CHECK(kvlist_contains(&have, &want));
	kvlist_set(&want, "b", "2");
	CHECK(kvlist_contains(&have, &want));
	kvlist_set(&want, "b", "3");
	CHECK(!kvlist_contains(&have, &want));
	kvlist_set(&want, "b", "2");
	kvlist_set(&want, "c", "");
	CHECK(!kvlist_contains(&have, &want)); /* absent is not empty */
}
