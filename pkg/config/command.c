#include "config/command.h"

#include "base/mem.h"
#include "config/complete.h"
#include "config/manual.h"
#include "config/overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define HELP_MAX 65536
#define MANUAL_MAX ((size_t)1 << 20)

/* The words of a command line that follow the command, sorted. argv's own pointers. */
struct words {
	const char **names; /* with a NULL behind them */
	size_t n_names;
	const char **flags; /* [0] is the command, for config_parse */
	size_t n_flags;
	char **made; /* flags that aliases became */
	size_t n_made;
};

static void words_release(struct words *w)
{
	for (size_t i = 0; i < w->n_made; i++)
		mem_free(w->made[i]);
	mem_free(w->made);
	mem_free(w->names);
	mem_free(w->flags);
}

static int print_help(const struct program_of_commands *p, const struct command *c)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, HELP_MAX);
	config_help(c->options, c->n_options, &text);
	printf("%s %s %s\n\n%s\n\n%s", p->name, c->name, c->arguments, c->summary, text.p);
	return EXIT_SUCCESS;
}

/* How many words of argv the command's name is; 0 when it is another command. */
static int matches(const struct command *c, int argc, char **argv)
{
	CLEANUP(strv_release) struct strv words = {0};

	strv_split(&words, c->name, ' ');
	if ((size_t)argc - 1 < words.n)
		return 0;
	for (size_t i = 0; i < words.n; i++) {
		if (!streq(words.v[i], argv[i + 1]))
			return 0;
	}
	return (int)words.n;
}

/* Index of the command, n_commands for an unknown one. */
static size_t find_command(const struct program_of_commands *p, int argc, char **argv, int *out_words)
{
	for (size_t i = 0; i < p->n_commands; i++) {
		*out_words = matches(p->commands[i], argc, argv);
		if (*out_words > 0)
			return i;
	}
	*out_words = 0;
	return p->runs_first && (argc < 2 || argv[1][0] == '-') ? 0 : p->n_commands;
}

static bool is_help(const char *s)
{
	return streq(s, "-h") || streq(s, "--help") || streq(s, "-help");
}

/* A short flag by its long name, with the value that is written behind '='. */
static const char *long_name(const struct command *c, const char *flag, struct words *w)
{
	const char *bare = flag + strspn(flag, "-");
	const size_t len = strcspn(bare, "=");

	for (const char *const *a = c->aliases; a && a[0]; a += 2) {
		if (strlen(a[0]) != len || strncmp(a[0], bare, len) != 0)
			continue;
		w->made[w->n_made] = mem_printf("--%s%s", a[1], bare + len);
		return w->made[w->n_made++];
	}
	return flag;
}

static bool takes_value(const struct config_option *options, size_t n, const char *flag)
{
	const char *bare = flag + strspn(flag, "-");

	if (strchr(bare, '='))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (streq(options[i].flag, bare))
			return options[i].type != CONFIG_BOOL && options[i].type != CONFIG_AUTO &&
			       !options[i].bare;
	}
	return false;
}

static void sort_words(const struct command *c, int argc, char **argv, int first, struct words *w)
{
	const size_t most = (size_t)argc + 2;

	*w = (struct words){.names = mem_calloc(most, sizeof(*w->names)),
			    .flags = mem_calloc(most, sizeof(*w->flags)),
			    .made = mem_calloc(most, sizeof(*w->made))};
	w->flags[w->n_flags++] = c->name;
	for (int i = first; i < argc; i++) {
		if (streq(argv[i], "--")) {
			while (c->takes_command && ++i < argc)
				w->names[w->n_names++] = argv[i];
		} else if (argv[i][0] != '-' || argv[i][1] == '\0') {
			w->names[w->n_names++] = argv[i];
		} else {
			w->flags[w->n_flags++] = long_name(c, argv[i], w);
			if (takes_value(c->options, c->n_options, w->flags[w->n_flags - 1]) && i + 1 < argc)
				w->flags[w->n_flags++] = argv[++i];
		}
	}
}

static bool has_names(const struct command *c, const struct words *w)
{
	return c->takes_command ? w->n_names > c->n_names
				: w->n_names >= c->n_names && w->n_names - c->n_names <= c->n_more;
}

static int run_command(const struct program_of_commands *p, const struct command *c, int argc, char **argv,
		       int first)
{
	CLEANUP(mem_freep) void *settings = mem_zalloc(c->settings_size);
	CLEANUP(words_release) struct words w = {0};
	bool help = false;
	err_t e;

	sort_words(c, argc, argv, first, &w);
	e = config_parse(c->options, c->n_options, (int)w.n_flags, w.flags, (const char *const *)environ,
			 settings, &help);
	if (e)
		return p->fail(e);
	if (help)
		return print_help(p, c);
	e = has_names(c, &w) ? c->run(w.names, settings)
			     : err_new(ERR_INVALID, "write: %s %s %s", p->name, c->name, c->arguments);
	config_release(c->options, c->n_options, settings);
	return e ? p->fail(e) : EXIT_SUCCESS;
}

static size_t n_leading(const struct program_of_commands *p)
{
	return p->n_leading > p->n_globals ? p->n_leading : p->n_globals;
}

static bool is_global(const struct program_of_commands *p, const char *flag)
{
	const char *bare = flag + strspn(flag, "-");
	const size_t len = strcspn(bare, "=");

	for (size_t i = 0; i < n_leading(p); i++) {
		const char *name = p->globals[i].flag;

		if (flag[0] == '-' && name && strlen(name) == len && strncmp(name, bare, len) == 0)
			return true;
	}
	return false;
}

/* Words that are global flags before the command, values included. */
static int leading_flags(const struct program_of_commands *p, int argc, char **argv)
{
	int i = 1;

	while (i < argc && is_global(p, argv[i]))
		i += takes_value(p->globals, n_leading(p), argv[i]) ? 2 : 1;
	return (i < argc ? i : argc) - 1;
}

/* argv with those flags behind the words that follow them, as all commands take them. NULL-terminated;
 * caller frees. */
static char **flags_behind(int argc, char **argv, int n_flags)
{
	char **moved = mem_calloc((size_t)argc + 1, sizeof(*moved));
	int n = 0;

	moved[n++] = argv[0];
	for (int i = 1 + n_flags; i < argc && argv[i][0] != '-'; i++)
		moved[n++] = argv[i];
	for (int i = 1; i <= n_flags; i++)
		moved[n++] = argv[i];
	for (int i = n; i < argc; i++)
		moved[i] = argv[i];
	return moved;
}

/* What every program has besides its commands; false: it is none of these. */
static bool run_own(const struct program_of_commands *p, int argc, char **argv, int *out_status)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *first = argc > 1 ? argv[1] : "";
	err_t e = NULL;

	strbuf_init(&text, MANUAL_MAX);
	if (streq(first, "__complete") && argc > 2)
		complete_candidates(p, (const char *const *)(argv + 3), (size_t)argc - 3, &text);
	else if (streq(first, "completion") && argc == 3)
		e = complete_script(p->name, argv[2], &text);
	else if (streq(first, "manual") && argc == 2)
		manual_write(p, &text);
	else
		return false;
	*out_status = e ? p->fail(e) : fputs(text.p, stdout) == EOF;
	return true;
}

/* No command: what there is. */
static int explain(const struct program_of_commands *p, int argc, char **argv)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *const *words = (const char *const *)(argv + 1);
	const size_t n = (size_t)argc - 1;
	const bool asked = n == 0 || is_help(argv[1]) || streq(argv[1], "help");
	const bool last_is_help = n > 0 && is_help(argv[argc - 1]);

	strbuf_init(&text, HELP_MAX);
	if (asked)
		overview_write(p, &text);
	if (asked || overview_write_group(p, words, n - last_is_help, &text)) {
		(void)fputs(text.p, stdout);
		return EXIT_SUCCESS;
	}
	overview_write_unknown(p, words, n, &text);
	(void)fputs(text.p, stderr);
	return EXIT_USAGE;
}

static int dispatch(const struct program_of_commands *p, int argc, char **argv)
{
	int words = 0;
	size_t found;

	if (argc == 2 && (streq(argv[1], "--version") || streq(argv[1], "-v"))) {
		if (p->version)
			printf("%s\n", p->version);
		else
			printf("%s %s\n", p->name, VERSION);
		return EXIT_SUCCESS;
	}
	if (argc > 1 && (is_help(argv[1]) || streq(argv[1], "help")))
		return explain(p, argc, argv);
	if (run_own(p, argc, argv, &words))
		return words;
	found = find_command(p, argc, argv, &words);
	if (found < p->n_commands)
		return run_command(p, p->commands[found], argc, argv, words + 1);
	const struct refused_command *refused =
		overview_refused(p, (const char *const *)(argv + 1), (size_t)argc - 1);
	if (refused)
		return p->fail(
			err_new(ERR_INVALID, "%s has no \"%s\": %s", p->name, refused->name, refused->why));
	return explain(p, argc, argv);
}

int command_main(const struct program_of_commands *p, int argc, char **argv)
{
	CLEANUP(mem_freep) char **moved = flags_behind(argc, argv, leading_flags(p, argc, argv));

	return dispatch(p, argc, moved);
}
