#include "base/test.h"
#include "onepassword/item.h"
#include "onepassword/member.h"
#include "json/json.h"

#include <string.h>

#define ID "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define HEAD "\"id\":\"" ID "\""

static NODISCARD err_t parse_summary(const char *text, struct item_summary *out)
{
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	return item_summary_parse(json, out);
}

static NODISCARD err_t parse_vault(const char *text, struct opvault *out)
{
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	return opvault_parse(json, out);
}

TEST(summary, of_an_item)
{
	CLEANUP(item_summary_release) struct item_summary s = {0};

	CHECK_OK(parse_summary(
		"{" HEAD ",\"title\":\"T\",\"version\":3,\"state\":\"DELETED\",\"vault\":{\"id\":\"x\"},"
		"\"createdAt\":\"1970-01-01T00:00:01.5Z\",\"tags\":[\"x\"]}",
		&s));
	CHECK_STR(s.id, ID);
	CHECK_STR(s.title, "T");
	CHECK_STR(s.state, "DELETED");
	CHECK_INT(s.version, 3);
	CHECK_INT(s.created_ms, 1500);
	CHECK(!s.ignored);
}

TEST(summary, of_an_item_with_the_least)
{
	CLEANUP(item_summary_release) struct item_summary s = {0};

	CHECK_OK(parse_summary("{" HEAD "}", &s));
	CHECK_STR(s.title, "");
	CHECK(!s.state);
	CHECK_INT(s.version, 0);
	CHECK_INT(s.created_ms, MEMBER_NO_DATE_MS);
}

TEST(summary, ignore_tag_is_exact)
{
	static const struct {
		const char *tags;
		bool ignored;
	} cases[] = {
		{"[\"operator.1password.io:ignore-secret\"]", true},
		{"[\"a\",\"operator.1password.io:ignore-secret\",\"b\"]", true},
		{"[\"Operator.1password.io:ignore-secret\"]", false},
		{"[\"operator.1password.io:ignore-secret2\"]", false},
		{"[]", false},
		{"null", false},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		CLEANUP(item_summary_release) struct item_summary s = {0};
		CLEANUP(strbuf_release) struct strbuf text = {0};

		strbuf_init(&text, 1024);
		strbuf_addf(&text, "{" HEAD ",\"tags\":%s}", cases[n].tags);
		CHECK_OK(parse_summary(text.p, &s));
		CHECK_MSG(s.ignored == cases[n].ignored, "%s", cases[n].tags);
	}
}

TEST(summary, of_an_item_with_wrong_types)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"[]", "item of a list: not an object"},
		{"{\"id\":\"short\"}", "item of a list: id is not an id of 26 characters a-z0-9"},
		{"{" HEAD ",\"title\":1}", "item of a list: title is not a string"},
		{"{" HEAD ",\"version\":\"1\"}", "item of a list: version is not a whole number from 0 on"},
		{"{" HEAD ",\"createdAt\":\"\"}",
		 "item of a list: createdAt is not a date as RFC 3339 writes it"},
		{"{" HEAD ",\"createdAt\":0}",
		 "item of a list: createdAt is not a date as RFC 3339 writes it"},
		{"{" HEAD ",\"state\":{}}", "item of a list: state is not a string"},
		{"{" HEAD ",\"tags\":{}}", "item of a list: tags is not a list"},
		{"{" HEAD ",\"tags\":[[]]}", "item of a list: tags[0] is not a string"},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct item_summary s = {0};
		CLEANUP(err_freep) err_t e = parse_summary(cases[n].text, &s);

		CHECK_MSG(err_is(e, ERR_PROTOCOL) && !s.id, "%s", cases[n].text);
		CHECK_STR(err_text(e), cases[n].want);
	}
}

TEST(summary, of_a_vault)
{
	CLEANUP(opvault_release) struct opvault v = {0};

	CHECK_OK(parse_vault("{" HEAD
			     ",\"name\":\"Ops\",\"attributeVersion\":2,\"contentVersion\":9,\"items\":4,"
			     "\"type\":\"USER_CREATED\",\"createdAt\":\"1970-01-01T01:00:00+01:00\"}",
			     &v));
	CHECK_STR(v.id, ID);
	CHECK_STR(v.name, "Ops");
	CHECK_INT(v.attribute_version, 2);
	CHECK_INT(v.content_version, 9);
	CHECK_INT(v.created_ms, 0);
}

TEST(summary, of_a_vault_with_wrong_types)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"null", "vault: not an object"},
		{"{}", "vault: id is not an id of 26 characters a-z0-9"},
		{"{" HEAD ",\"name\":[]}", "vault: name is not a string"},
		{"{" HEAD ",\"createdAt\":\"yesterday\"}",
		 "vault: createdAt is not a date as RFC 3339 writes it"},
		{"{" HEAD ",\"attributeVersion\":-1}",
		 "vault: attributeVersion is not a whole number from 0 on"},
		{"{" HEAD ",\"contentVersion\":true}",
		 "vault: contentVersion is not a whole number from 0 on"},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct opvault v = {0};
		CLEANUP(err_freep) err_t e = parse_vault(cases[n].text, &v);

		CHECK_MSG(err_is(e, ERR_PROTOCOL) && !v.id, "%s", cases[n].text);
		CHECK_STR(err_text(e), cases[n].want);
	}
}

TEST(summary, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
