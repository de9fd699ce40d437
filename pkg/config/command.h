#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include "config/config.h"

/* A program with subcommands: names and flags in any order, help of the program and of each command. */
struct command {
	const char *name;      /* "token create" */
	const char *arguments; /* "NAME --vault VAULT[,r|w|rw] …" */
	const char *summary;   /* one sentence, for the list and its own help */
	const struct config_option *options;
	size_t n_options;
	size_t n_names;             /* words that it needs besides its flags */
	size_t settings_size;       /* of the struct that the options fill */
	const char *const *aliases; /* "n", "no-newline", …, NULL: short flags; NULL: none */
	bool takes_command;         /* what follows -- is another program's command line */
	size_t n_more;              /* how many words it may take besides those it needs */

	/* names: the words, then NULL; with takes_command what follows -- besides. */
	err_t (*run)(const char *const *names, const void *settings);
};

/* A command, or all that begin with these words, that another program has and this one has not. */
struct refused_command {
	const char *name;
	const char *why; /* and what does it instead */
};

struct program_of_commands {
	const char *name, *about;
	const struct command *const *commands;
	size_t n_commands;
	/* Flags that may stand before the command too: every command has them among its own. */
	const struct config_option *globals;
	size_t n_globals;
	size_t n_leading;    /* those behind them in globals, up to here, only some commands have */
	const char *version; /* what --version says behind the name; NULL: the build's */
	const struct refused_command *refused; /* they are told why; no list of commands has them */
	size_t n_refused;
	bool runs_first;      /* without a command the first one is meant */
	int (*fail)(err_t e); /* tells of an error, which it takes, and gives the exit status */
};

int command_main(const struct program_of_commands *p, int argc, char **argv);

#endif
