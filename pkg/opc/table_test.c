#include "opc/table.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

TEST(table, columns_are_as_wide_as_their_widest_cell)
{
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_init(&out, 4096);
	table_row(&t, (const char *const[]){"ID", "NAME"}, 2);
	table_row(&t, (const char *const[]){"abcd", "ä\033"}, 2);
	table_write(&t, 0, false, &out);
	CHECK(strstr(out.p, "ID     NAME\nabcd   ä"));
	CHECK(!strchr(out.p, '\033'));
}

TEST(table, fits_its_width)
{
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_init(&out, 4096);
	table_row(&t, (const char *const[]){"ID", "TITLE", "VAULT"}, 3);
	table_row(&t, (const char *const[]){"1", "a title that is far too long for it", "work"}, 3);
	table_write(&t, 30, true, &out);
	CHECK_STR(out.p, "\033[1mID   TITLE               VAULT\033[0m\n"
			 "1    a title that is …   work\n");
}

TEST(table, says_how_long_ago)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {{-5, "0s"}, {90, "90s"}, {600, "10m"}, {10800, "3h"}, {259200, "3d"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *text = table_age(cases[i].seconds);

		CHECK_STR(text, cases[i].text);
	}
}
