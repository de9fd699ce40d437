#include "config/complete.h"

#include "base/test.h"
#include "config/manual.h"

#include <string.h>

static const char *const formats[] = {"text", "json", NULL};

struct settings {
	char *format;
	bool force;
};

static const struct config_option options[] = {
	{"format", "FORMAT", CONFIG_STR, offsetof(struct settings, format), .allowed = formats,
	 .help = "Looks of it."},
	{"force", NULL, CONFIG_BOOL, offsetof(struct settings, force), .help = "Don't ask; \"yes\"."},
};
static const struct command get = {
	.name = "item get", .arguments = "ITEM", .summary = "Shows it.", .options = options, .n_options = 2};
static const struct command list = {.name = "item list", .arguments = "", .summary = "Lists them."};
static const struct command quit = {.name = "quit", .arguments = "", .summary = ".ends"};
static const struct command *const commands[] = {&get, &list, &quit};
static const struct program_of_commands program = {
	.name = "prog", .about = "a program", .commands = commands, .n_commands = ARRAY_LEN(commands)};

TEST(complete, knows_words_flags_and_values)
{
	static const struct {
		const char *words[4];
		size_t n;
		const char *candidates;
	} cases[] = {
		{{""}, 1, "item\t\nquit\t.ends\n"},
		{{"item", "l"}, 2, "list\tLists them.\n"},
		{{"item", "get", ""}, 3, ""},
		{{"item", "get", "--f"}, 3, "--format\tLooks of it.\n--force\tDon't ask; \"yes\".\n"},
		{{"item", "get", "--format", "j"}, 4, "json\t\n"},
		{{"item", "get", "--force", "--fo"},
		 4,
		 "--format\tLooks of it.\n--force\tDon't ask; \"yes\".\n"},
		{{"none", ""}, 2, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};

		strbuf_init(&out, 4096);
		complete_candidates(&program, cases[i].words, cases[i].n, &out);
		CHECK_STR(out.p, cases[i].candidates);
	}
}

TEST(complete, has_scripts_for_three_shells)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};
	CLEANUP(strbuf_release) struct strbuf none = {0};

	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};

		strbuf_init(&out, 4096);
		CHECK_OK(complete_script("prog", shells[i], &out));
		CHECK(strstr(out.p, "prog __complete -- "));
		CHECK(!strstr(out.p, "PROGRAM"));
	}
	strbuf_init(&none, 4096);
	CHECK_ERR(complete_script("prog", "sh", &none), ERR_INVALID);
}

TEST(manual, has_every_command_and_flag)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_init(&out, 65536);
	manual_write(&program, &out);
	CHECK(strstr(out.p, ".TH PROG 1"));
	CHECK(strstr(out.p, ".SS item get\n.B prog item get\nITEM\n"));
	CHECK(strstr(out.p, ".B \\-\\-format, FORMAT\nLooks of it. (one of text, json)\n"));
	CHECK(strstr(out.p, ".B \\-\\-force\nDon't ask; \\(dqyes\\(dq."));
	CHECK(strstr(out.p, "\n\\&.ends\n"));
}
