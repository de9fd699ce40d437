#include "config/overview.h"

#include "base/test.h"

#include <string.h>

static const struct command item_get = {.name = "item get", .arguments = "ITEM", .summary = "Shows it."};
static const struct command item_list = {.name = "item list", .arguments = "", .summary = "Lists them."};
static const struct command vault_grant = {
	.name = "connect vault grant", .arguments = "--vault VAULT", .summary = "Grants it."};
static const struct command *const commands[] = {&item_get, &item_list, &vault_grant};
static const struct program_of_commands program = {
	.name = "prog", .about = "test", .commands = commands, .n_commands = ARRAY_LEN(commands)};

static void check_unknown(const char *const *words, size_t n, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	overview_write_unknown(&program, words, n, &text);
	CHECK_STR(text.p, expected);
}

TEST(overview, a_group_is_shown_alone)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	static const char *const item[] = {"item"}, *const vault[] = {"connect", "vault"},
				 *const none[] = {"it"};

	strbuf_init(&text, 4096);
	CHECK(overview_write_group(&program, item, 1, &text));
	CHECK_STR(text.p, "  prog item get ITEM\n      Shows it.\n  prog item list\n      Lists them.\n");
	strbuf_reset(&text);
	CHECK(overview_write_group(&program, vault, 2, &text));
	CHECK(!overview_write_group(&program, none, 1, &text));
	CHECK(!overview_write_group(&program, none, 0, &text));
}

TEST(overview, what_is_unknown_is_told_with_what_is_near)
{
	static const char *const typo[] = {"itme", "get", "Shop", "--reveal"};
	static const char *const other[] = {"connect", "group", "grant", "--group", "x"};
	static const char *const far[] = {"signin"};

	check_unknown(
		typo, ARRAY_LEN(typo),
		"prog: unknown command \"itme get Shop\"; did you mean \"item get\"?\n\nprog help lists all "
		"commands.\n");
	check_unknown(
		other, ARRAY_LEN(other),
		"prog: unknown command \"connect group grant\"; did you mean \"connect vault grant\"?\n\n  "
		"prog connect vault grant --vault VAULT\n      Grants it.\n\nprog help lists all "
		"commands.\n");
	check_unknown(far, ARRAY_LEN(far),
		      "prog: unknown command \"signin\"\n\nprog help lists all commands.\n");
}

TEST(overview, a_command_of_another_program_is_refused_by_its_first_words)
{
	static const struct refused_command refused[] = {{"account", "there are none"},
							 {"user confirm", "no"}};
	static const struct program_of_commands other = {.refused = refused, .n_refused = ARRAY_LEN(refused)};
	static const char *const list[] = {"account", "list", "--all"},
				 *const confirm[] = {"user", "confirm"}, *const get[] = {"user", "get"},
				 *const near[] = {"accounts"};

	CHECK(overview_refused(&other, list, ARRAY_LEN(list)) == &refused[0]);
	CHECK(overview_refused(&other, confirm, ARRAY_LEN(confirm)) == &refused[1]);
	CHECK(!overview_refused(&other, confirm, 1));
	CHECK(!overview_refused(&other, get, ARRAY_LEN(get)));
	CHECK(!overview_refused(&other, near, ARRAY_LEN(near)));
	CHECK(!overview_refused(&program, get, ARRAY_LEN(get)));
}
