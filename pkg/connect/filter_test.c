#include "connect/filter.h"

#include "base/test.h"

TEST(filter, is_read_in_every_form_that_clients_send)
{
	static const struct {
		const char *in;
		enum filter_attribute attribute;
		enum filter_operator op;
		const char *value;
	} cases[] = {
		{"title eq \"Demo\"", FILTER_TITLE, FILTER_EQUALS, "Demo"},
		{"name eq \"Demo\"", FILTER_TITLE, FILTER_EQUALS, "Demo"},
		{"  TITLE  EQ  \"Demo\"  ", FILTER_TITLE, FILTER_EQUALS, "Demo"},
		{"title co \"em\"", FILTER_TITLE, FILTER_CONTAINS, "em"},
		{"tag eq foo", FILTER_TAG, FILTER_EQUALS, "foo"},
		{"tag eq \"foo bar\"", FILTER_TAG, FILTER_EQUALS, "foo bar"},
		{"title eq \"Demo \"q\" & #1\"", FILTER_TITLE, FILTER_EQUALS, "Demo \"q\" & #1"},
		{"title eq \"Demo \"q\" ", FILTER_TITLE, FILTER_EQUALS, "Demo \"q"},
		{"title eq \"\"", FILTER_TITLE, FILTER_EQUALS, ""},
		{"title eq \"it's\"", FILTER_TITLE, FILTER_EQUALS, "it's"},
		{"title eq it's", FILTER_TITLE, FILTER_EQUALS, "it's"},
		{NULL, FILTER_NONE, FILTER_EQUALS, NULL},
		{"", FILTER_NONE, FILTER_EQUALS, NULL},
		{"   ", FILTER_NONE, FILTER_EQUALS, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(filter_release) struct filter f = {0};

		CHECK_OK(filter_parse(cases[i].in, true, &f));
		CHECK_INT(f.attribute, cases[i].attribute);
		CHECK_INT(f.op, cases[i].op);
		CHECK_STR(f.value, cases[i].value);
	}
}

TEST(filter, that_is_malformed_is_refused)
{
	static const char *const cases[] = {
		"title",
		"title eq",
		"title eq ",
		"title eq \"",
		"title eq \"Demo",
		"title eq Demo\"",
		"title eq x\"Demo\"",
		"title eq \"Demo\" x",
		"title eq My Item",
		"title ne \"Demo\"",
		"category eq \"LOGIN\"",
		"eq \"Demo\"",
		"\"Demo\"",
		"title=\"Demo\"",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter f;
		err_t e = filter_parse(cases[i], true, &f);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", cases[i]);
		err_free(e);
	}
	struct filter f;
	CHECK_ERR(filter_parse("tag eq foo", false, &f), ERR_INVALID);
	CHECK_INT(err_live(), 0);
}

TEST(filter, compares_titles_exactly_and_names_without_case)
{
	const struct filter none = {0};
	const struct filter eq = {.attribute = FILTER_TITLE, .op = FILTER_EQUALS, .value = (char[]){"Demo"}};
	const struct filter co = {.attribute = FILTER_TITLE, .op = FILTER_CONTAINS, .value = (char[]){"em"}};

	CHECK(filter_matches_text(&none, "x") && filter_matches_name(&none, "x"));
	CHECK(filter_matches_text(&eq, "Demo") && !filter_matches_text(&eq, "demo") &&
	      !filter_matches_text(&eq, "Demos"));
	CHECK(filter_matches_name(&eq, "Demo") && filter_matches_name(&eq, "dEMO") &&
	      !filter_matches_name(&eq, "Demos"));
	CHECK(filter_matches_text(&co, "Demo") && !filter_matches_text(&co, "DEMO"));
	CHECK(filter_matches_name(&co, "Demo") && filter_matches_name(&co, "DEMO") &&
	      !filter_matches_name(&co, "xyz"));
}
