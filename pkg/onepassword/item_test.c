#include "onepassword/item.h"

#include "base/mem.h"
#include "base/test.h"
#include "json/json.h"

#include <string.h>

#define ID_I "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ID_F "ffffffffffffffffffffffffff"
#define HEAD "\"id\":\"" ID_I "\",\"vault\":{\"id\":\"" ID_V "\"}"

static NODISCARD err_t parse(const char *text, struct item **out)
{
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	return item_parse(json, out);
}

static struct item *parsed(const char *text)
{
	struct item *item = NULL;

	CHECK_OK(parse(text, &item));
	return item;
}

TEST(item, full_item_is_read)
{
	CLEANUP(item_freep)
	struct item *i = parsed(
		"{" HEAD ",\"title\":\"DB\",\"category\":\"LOGIN\",\"version\":7,\"state\":\"ARCHIVED\","
		"\"favorite\":true,\"unknown\":[1],\"tags\":[\"a\",\"B\"],"
		"\"urls\":[{\"href\":\"https://x\",\"primary\":true},{\"label\":\"l\",\"href\":\"h\"}],"
		"\"sections\":[{\"id\":\"s1\",\"label\":\"One\"},{\"id\":\"s2\"}],"
		"\"fields\":[{\"id\":\"username\",\"type\":\"string\",\"purpose\":\"USERNAME\",\"label\":"
		"\"username\","
		"\"value\":\"wendy\"},{\"id\":\"x\",\"section\":{\"id\":\"s1\"},\"type\":\"CONCEALED\","
		"\"label\":\"key\","
		"\"value\":\"v\"},{\"id\":\"y\",\"section\":{\"id\":\"s2\",\"label\":\"own\"},\"type\":\"\"}]"
		","
		"\"files\":[{\"id\":\"" ID_F "\",\"name\":\"f.txt\",\"size\":12,\"content_path\":\"/p\"}]}");

	CHECK_STR(i->id, ID_I);
	CHECK_STR(i->vault_id, ID_V);
	CHECK_STR(i->title, "DB");
	CHECK_STR(i->category, "LOGIN");
	CHECK_STR(i->state, "ARCHIVED");
	CHECK_INT(i->version, 7);
	CHECK(item_has_tag(i, "B"));
	CHECK(!item_has_tag(i, "b"));

	CHECK_INT(i->n_urls, 2);
	CHECK_STR(i->urls[0].label, "");
	CHECK_STR(i->urls[0].href, "https://x");
	CHECK(i->urls[0].primary);
	CHECK_STR(i->urls[1].label, "l");
	CHECK(!i->urls[1].primary);

	CHECK_INT(i->n_fields, 3);
	CHECK_STR(i->fields[0].id, "username");
	CHECK_STR(i->fields[0].type, "STRING");
	CHECK_STR(i->fields[0].purpose, "USERNAME");
	CHECK_STR(secret_bytes(i->fields[0].value), "wendy");
	CHECK(!i->fields[0].section_id);
	CHECK_STR(i->fields[1].type, "CONCEALED");
	CHECK_STR(i->fields[1].section_id, "s1");
	CHECK_STR(i->fields[1].section_label, "One");
	CHECK_STR(i->fields[2].section_label, "own");
	CHECK_STR(i->fields[2].label, "");
	CHECK_STR(i->fields[2].type, "STRING");
	CHECK(i->fields[2].value);
	CHECK_INT(secret_len(i->fields[2].value), 0);

	CHECK_INT(i->n_files, 1);
	CHECK_STR(i->files[0].id, ID_F);
	CHECK_STR(i->files[0].name, "f.txt");
	CHECK_STR(i->files[0].content_path, "/p");
	CHECK_INT(i->files[0].size, 12);
	CHECK(!i->files[0].content);
}

TEST(item, absent_and_null_members_are_empty)
{
	static const char *const texts[] = {
		"{" HEAD "}",
		"{" HEAD ",\"title\":null,\"category\":null,\"version\":null,\"state\":null,\"tags\":null,"
		"\"urls\":null,\"sections\":null,\"fields\":null,\"files\":null}",
	};

	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		CLEANUP(item_freep) struct item *i = parsed(texts[n]);

		CHECK_STR(i->title, "");
		CHECK_STR(i->category, "");
		CHECK(!i->state);
		CHECK_INT(i->version, 0);
		CHECK_INT(i->tags.n + i->n_urls + i->n_fields + i->n_files, 0);
	}
}

TEST(item, null_members_of_a_field_are_absent)
{
	CLEANUP(item_freep)
	struct item *i =
		parsed("{" HEAD ",\"fields\":[{\"id\":null,\"label\":null,\"type\":null,\"purpose\":null,"
		       "\"section\":null,\"value\":null},{\"section\":{}}]}");

	CHECK_STR(i->fields[0].id, "");
	CHECK_STR(i->fields[0].purpose, "");
	CHECK(!i->fields[0].section_id && !i->fields[0].section_label);
	CHECK_STR(i->fields[1].section_id, "");
	CHECK(!i->fields[1].section_label);
}

TEST(item, values_keep_every_byte_and_names_have_no_nul)
{
	CLEANUP(item_freep)
	struct item *i = parsed("{" HEAD ",\"title\":\"a\\u0000\\u0000b\",\"tags\":[\"t\\u0000\"],"
				"\"fields\":[{\"label\":\"\\u0000l\",\"value\":\"v\\u0000w\"}]}");

	CHECK_STR(i->title, "a\xEF\xBF\xBD\xEF\xBF\xBD"
			    "b");
	CHECK_STR(i->tags.v[0], "t\xEF\xBF\xBD");
	CHECK_STR(i->fields[0].label, "\xEF\xBF\xBDl");
	CHECK_INT(secret_len(i->fields[0].value), 3);
	CHECK_INT(memcmp(secret_bytes(i->fields[0].value), "v\0w", 4), 0);
}

TEST(item, wrong_types_are_named_and_not_quoted)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"[]", "item: not an object"},
		{"\"x\"", "item: not an object"},
		{"{}", "item: id is not an id of 26 characters a-z0-9"},
		{"{\"id\":7}", "item: id is not an id of 26 characters a-z0-9"},
		{"{\"id\":\"" ID_I "x\"}", "item: id is not an id of 26 characters a-z0-9"},
		{"{\"id\":\"" ID_I "\"}", "item: vault: id is not an id of 26 characters a-z0-9"},
		{"{\"id\":\"" ID_I "\",\"vault\":\"" ID_V "\"}", "item: vault is not an object"},
		{"{" HEAD ",\"title\":5}", "item: title is not a string"},
		{"{" HEAD ",\"category\":[]}", "item: category is not a string"},
		{"{" HEAD ",\"version\":\"7\"}", "item: version is not a whole number from 0 on"},
		{"{" HEAD ",\"version\":-1}", "item: version is not a whole number from 0 on"},
		{"{" HEAD ",\"version\":1.5}", "item: version is not a whole number from 0 on"},
		{"{" HEAD ",\"state\":false}", "item: state is not a string"},
		{"{" HEAD ",\"tags\":\"a\"}", "item: tags is not a list"},
		{"{" HEAD ",\"tags\":[\"a\",1]}", "item: tags[1] is not a string"},
		{"{" HEAD ",\"urls\":{}}", "item: urls is not a list"},
		{"{" HEAD ",\"urls\":[\"x\"]}", "item: urls[0] is not an object"},
		{"{" HEAD ",\"urls\":[{\"label\":1}]}", "item: urls[0].label is not a string"},
		{"{" HEAD ",\"urls\":[{\"href\":1}]}", "item: urls[0].href is not a string"},
		{"{" HEAD ",\"urls\":[{},{\"primary\":\"true\"}]}",
		 "item: urls[1].primary is not true or false"},
		{"{" HEAD ",\"sections\":3}", "item: sections is not a list"},
		{"{" HEAD ",\"sections\":[3]}", "item: sections[0] is not an object"},
		{"{" HEAD ",\"sections\":[{\"id\":3}]}", "item: sections[0].id is not a string"},
		{"{" HEAD ",\"sections\":[{\"label\":3}]}", "item: sections[0].label is not a string"},
		{"{" HEAD ",\"fields\":true}", "item: fields is not a list"},
		{"{" HEAD ",\"fields\":[null]}", "item: fields[0] is not an object"},
		{"{" HEAD ",\"fields\":[{\"id\":1}]}", "item: fields[0].id is not a string"},
		{"{" HEAD ",\"fields\":[{\"label\":1}]}", "item: fields[0].label is not a string"},
		{"{" HEAD ",\"fields\":[{\"type\":1}]}", "item: fields[0].type is not a string"},
		{"{" HEAD ",\"fields\":[{\"purpose\":1}]}", "item: fields[0].purpose is not a string"},
		{"{" HEAD ",\"fields\":[{\"section\":\"s\"}]}", "item: fields[0].section is not an object"},
		{"{" HEAD ",\"fields\":[{\"section\":{\"id\":1}}]}",
		 "item: section of fields[0].id is not a string"},
		{"{" HEAD ",\"fields\":[{\"section\":{\"label\":1}}]}",
		 "item: section of fields[0].label is not a string"},
		{"{" HEAD ",\"fields\":[{},{\"value\":31337}]}", "item: fields[1].value is not a string"},
		{"{" HEAD ",\"files\":\"f\"}", "item: files is not a list"},
		{"{" HEAD ",\"files\":[[]]}", "item: files[0] is not an object"},
		{"{" HEAD ",\"files\":[{\"id\":\"..\"}]}",
		 "item: files[0].id is not an id of 26 characters a-z0-9"},
		{"{" HEAD ",\"files\":[{\"id\":\"" ID_F "\",\"name\":1}]}",
		 "item: files[0].name is not a string"},
		{"{" HEAD ",\"files\":[{\"id\":\"" ID_F "\",\"content_path\":1}]}",
		 "item: files[0].content_path is not a string"},
		{"{" HEAD ",\"files\":[{\"id\":\"" ID_F "\",\"size\":\"1\"}]}",
		 "item: files[0].size is not a whole number from 0 on"},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct item *i = NULL;
		CLEANUP(err_freep) err_t e = parse(cases[n].text, &i);

		CHECK_MSG(err_is(e, ERR_PROTOCOL) && !i, "%s", cases[n].text);
		CHECK_STR(err_text(e), cases[n].want);
	}
}

static char *with_elements(const char *list, size_t n)
{
	struct strbuf b = {0};

	strbuf_init(&b, 1 << 20);
	strbuf_addf(&b, "{" HEAD ",\"%s\":[", list);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&b, "%s{\"id\":\"" ID_F "\"}", i > 0 ? "," : "");
	strbuf_adds(&b, "]}");
	return strbuf_take(&b);
}

TEST(item, lists_have_a_ceiling)
{
	static const struct {
		const char *list;
		size_t max;
	} cases[] = {{"urls", ITEM_FIELDS_MAX},
		     {"sections", ITEM_FIELDS_MAX},
		     {"fields", ITEM_FIELDS_MAX},
		     {"files", ITEM_FILES_MAX}};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		CLEANUP(mem_freep) char *full = with_elements(cases[n].list, cases[n].max);
		CLEANUP(mem_freep) char *over = with_elements(cases[n].list, cases[n].max + 1);
		CLEANUP(item_freep) struct item *i = parsed(full);
		struct item *none = NULL;

		CHECK(i);
		CHECK_ERR(parse(over, &none), ERR_TOO_LARGE);
	}
}

TEST(item, ids_are_26_of_a_z_0_9)
{
	static const struct {
		const char *s;
		bool is_id;
	} cases[] = {
		{"abcdefghijklmnopqrstuvwxyz", true},
		{"01234567890123456789012345", true},
		{"", false},
		{"abcdefghijklmnopqrstuvwxy", false},
		{"abcdefghijklmnopqrstuvwxyz0", false},
		{"Abcdefghijklmnopqrstuvwxyz", false},
		{"abcdefghijklm-opqrstuvwxyz", false},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++)
		CHECK_MSG(onepassword_is_id(cases[n].s) == cases[n].is_id, "%s", cases[n].s);
}

TEST(item, no_error_is_left)
{
	item_free(NULL);
	CHECK_INT(err_live(), 0);
}
