/* connect-server: a self-hosted server of the 1Password Connect REST API. */

#include "command.h"

#include "base/mem.h"
#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define HELP_MAX 65536

static const struct command *const commands[] = {
	&command_serve,        &command_init,       &command_vault_create, &command_vault_list,
	&command_token_create, &command_token_list, &command_token_revoke, &command_recover,
};

#define N_COMMANDS ARRAY_LEN(commands)

static void print_overview(FILE *to)
{
	fputs("connect-server " VERSION ": a self-hosted server of the 1Password Connect REST API\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  connect-server %s %s\n      %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->summary);
	fputs("\nconnect-server COMMAND --help lists the flags of a command.\n", to);
}

static int print_help(const struct command *c)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, HELP_MAX);
	config_help(c->options, c->n_options, &text);
	printf("connect-server %s %s\n\n%s\n\n%s", c->name, c->arguments, c->summary, text.p);
	return EXIT_SUCCESS;
}

static int fail(err_t e)
{
	const int status = err_is(e, ERR_INVALID) ? EXIT_USAGE : EXIT_FAILURE;

	fprintf(stderr, "connect-server: %s\n", err_text(e));
	err_free(e);
	return status;
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

/* Index of the command, N_COMMANDS for an unknown one. Without a command the first one is meant. */
static size_t find_command(int argc, char **argv, int *out_words)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		*out_words = matches(commands[i], argc, argv);
		if (*out_words > 0)
			return i;
	}
	*out_words = 0;
	return argc < 2 || argv[1][0] == '-' ? 0 : N_COMMANDS;
}

static bool is_help(const char *s)
{
	return streq(s, "-h") || streq(s, "--help") || streq(s, "-help");
}

/* The words between a command and its flags: fewer, and the command line is wrong. */
static NODISCARD err_t check_names(const struct command *c, int argc, char **argv, int first)
{
	for (size_t i = 0; i < c->n_names; i++) {
		const int at = first + (int)i;

		if (at >= argc || (argv[at][0] == '-' && argv[at][1] != '\0'))
			return err_new(ERR_INVALID, "write: connect-server %s %s", c->name, c->arguments);
	}
	return NULL;
}

static int run_command(const struct command *c, int argc, char **argv, int first)
{
	CLEANUP(mem_freep) void *settings = mem_zalloc(c->settings_size);
	bool help = first < argc && is_help(argv[first]);
	err_t e = help ? NULL : check_names(c, argc, argv, first);
	const int flags = first + (int)c->n_names - 1;

	if (!e && !help)
		e = config_parse(c->options, c->n_options, argc - flags, (const char *const *)argv + flags,
				 (const char *const *)environ, settings, &help);
	if (e)
		return fail(e);
	if (help)
		return print_help(c);
	e = c->run((const char *const *)argv + first, settings);
	config_release(c->options, c->n_options, settings);
	return e ? fail(e) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int words = 0;

	process_harden();
	(void)umask(077);
	if (argc > 1 && (is_help(argv[1]) || streq(argv[1], "help"))) {
		print_overview(stdout);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && streq(argv[1], "--version")) {
		puts("connect-server " VERSION);
		return EXIT_SUCCESS;
	}
	const size_t found = find_command(argc, argv, &words);
	if (found == N_COMMANDS) {
		fprintf(stderr, "connect-server: unknown command\n\n");
		print_overview(stderr);
		return EXIT_USAGE;
	}
	return run_command(commands[found], argc, argv, words + 1);
}
