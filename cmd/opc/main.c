/* opc: the command line of Connect servers, for scripts that were written for 1Password's `op`. */

#include "opc.h"

#include "base/process.h"
#include "http/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct command *const commands[] = {
	&command_read,         &command_inject,      &command_run,       &command_item_get,
	&command_item_list,    &command_item_create, &command_item_edit, &command_item_delete,
	&command_document_get, &command_vault_list,  &command_vault_get, &command_whoami,
};

/* For their names alone. */
struct only_globals {
	struct connection_settings connection;
};
static const struct config_option globals[] = {GLOBAL_OPTIONS(struct only_globals)};

/* In the form of 1Password's program, which others parse. */
static int fail(err_t e)
{
	const time_t now = time(NULL);
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%Y/%m/%d %H:%M:%S", &tm);
	fprintf(stderr, "[ERROR] %s %s\n", when, err_text(e));
	err_free(e);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const struct program_of_commands program = {
		.name = "opc",
		.about = "the command line of 1Password Connect servers",
		.commands = commands,
		.n_commands = ARRAY_LEN(commands),
		.globals = globals,
		.n_globals = ARRAY_LEN(globals),
		.fail = fail,
	};
	int status;

	process_harden();
	(void)signal(SIGPIPE, SIG_IGN);
	http_client_global_init();
	status = command_main(&program, argc, argv);
	http_client_global_release();
	return status;
}
