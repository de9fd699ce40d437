#include "opc/itemnames.h"

#include "base/str.h"
#include "base/test.h"

#include <string.h>

#define VAULT "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ITEM "bbbbbbbbbbbbbbbbbbbbbbbbbb"
#define LINK "https://start.1password.com/open/i?a=X&v=" VAULT "&i=" ITEM "&h=my.1password.com"

/* "vault/item vault/item" */
static void check(const char *text, const char *expected)
{
	CLEANUP(item_names_release) struct item_names names = {0};
	CLEANUP(strbuf_release) struct strbuf all = {0};

	strbuf_init(&all, 4096);
	CHECK_OK(item_names_parse(text, strlen(text), &names));
	for (size_t i = 0; i < names.n; i++)
		strbuf_addf(&all, "%s%s/%s", i > 0 ? " " : "", names.v[i].vault ? names.v[i].vault : "",
			    names.v[i].item);
	CHECK_STR(all.p, expected);
}

TEST(itemnames, lines_and_json_name_items)
{
	check("Shop\n\n  My Database \r\n" ITEM, "/Shop /My Database /" ITEM);
	check(LINK "\n", VAULT "/" ITEM);
	check("{\"id\":\"a\",\"vault\":{\"id\":\"v\"}}", "v/a");
	check(" [{\"id\":\"a\"},{\"id\":\"b\",\"title\":\"]}\\\"\"}]\n", "/a /b");
	check("{\"id\":\"a\"}\n{\"id\":\"b\"}[{\"id\":\"c\"}]", "/a /b /c");
}

TEST(itemnames, what_names_no_item_is_refused_without_showing_it)
{
	static const char *const wrong[] = {
		"",
		"  \n",
		"[]",
		"{\"title\":\"hidden\"}",
		"{\"id\":\"a\"} hidden",
		"{\"id\":\"hidden\"",
		"[1]",
		"{\"id\":7}",
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CLEANUP(item_names_release) struct item_names names = {0};
		CLEANUP(err_freep) err_t e = item_names_parse(wrong[i], strlen(wrong[i]), &names);

		CHECK(err_is(e, ERR_INVALID));
		CHECK(!strstr(err_text(e), "hidden"));
	}
}

TEST(itemnames, other_addresses_are_no_links)
{
	static const char *const others[] = {
		"https://example.com/?v=" VAULT "&i=" ITEM,
		"https://start.1password.com/open/i?v=short&i=" ITEM,
		"https://start.1password.com/open/i?i=" ITEM,
		"Shop /open/i?v=" VAULT "&i=" ITEM,
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct item_name name = {0};

		CHECK(!item_name_of_link(others[i], &name));
	}
}

TEST(itemnames, a_name_of_the_command_line_is_taken_as_it_is)
{
	CLEANUP(item_names_release) struct item_names names = {0};

	item_names_one("[\"a\nb", &names);
	CHECK(names.n == 1 && !names.v[0].vault);
	CHECK_STR(names.v[0].item, "[\"a\nb");
}
