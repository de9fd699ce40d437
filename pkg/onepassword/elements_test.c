#include "onepassword/elements.h"

#include "base/test.h"

#include <string.h>

/* The elements joined by '|'. */
static NODISCARD err_t joined(const char *text, struct strbuf *out)
{
	struct elements e = {.p = text, .len = strlen(text)};
	const char *p = NULL;
	size_t len = 0;

	for (;;) {
		TRY_(elements_next(&e, &p, &len));
		if (!p)
			return NULL;
		strbuf_add(out, p, len);
		strbuf_addc(out, '|');
	}
}

TEST(elements, come_one_after_the_other)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"[]", ""},
		{" [ ] \n", ""},
		{"[1]", "1|"},
		{"[1,2]", "1|2|"},
		{"\t[ 1 , 2 ]\r\n", "1 | 2 |"},
		{"[{\"a\":[1,{}]},[2,[3]]]", "{\"a\":[1,{}]}|[2,[3]]|"},
		{"[\"a,]}\",\"\\\"]\",\"\\\\\"]", "\"a,]}\"|\"\\\"]\"|\"\\\\\"|"},
		/* no JSON, which is for the caller to see */
		{"[1,]", "1||"},
		{"[,]", "||"},
		{"[{]]", "{]|"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf got = {0};

		strbuf_init(&got, 1000);
		CHECK_OK(joined(cases[i].text, &got));
		CHECK_STR(got.p, cases[i].want);
	}
}

TEST(elements, of_something_else_are_refused)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "list: not a JSON array"},
		{"{}", "list: not a JSON array"},
		{"<html>", "list: not a JSON array"},
		{"null", "list: not a JSON array"},
		{"[", "list: not closed"},
		{"[1", "list: not closed"},
		{"[1,", "list: not closed"},
		{"[1}", "list: not closed"},
		{"[\"a]", "list: not closed"},
		{"[\"a\\", "list: not closed"},
		{"[{\"a\":1]", "list: not closed"},
		{"[]]", "list: something follows its end"},
		{"[1] x", "list: something follows its end"},
		{"[][]", "list: something follows its end"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf got = {0};

		strbuf_init(&got, 1000);
		CLEANUP(err_freep) err_t e = joined(cases[i].text, &got);
		CHECK_MSG(err_is(e, ERR_PROTOCOL), "%s", cases[i].text);
		CHECK_STR(err_text(e), cases[i].want);
	}
}

TEST(elements, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
