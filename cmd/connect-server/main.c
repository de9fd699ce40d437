/* connect-server: a self-hosted server of the 1Password Connect REST API. */

#include "command.h"

#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define EXIT_USAGE 2

static const struct command *const commands[] = {
	&command_serve,        &command_init,         &command_vault_create, &command_vault_list,
	&command_token_create, &command_token_list,   &command_token_revoke, &command_recover,
	&command_usage_verify, &command_check_config,
};

static int fail(err_t e)
{
	const int status = err_is(e, ERR_INVALID) ? EXIT_USAGE : EXIT_FAILURE;

	fprintf(stderr, "connect-server: %s\n", err_text(e));
	err_free(e);
	return status;
}

int main(int argc, char **argv)
{
	const struct program_of_commands program = {
		.name = "connect-server",
		.about = "a self-hosted server of the 1Password Connect REST API",
		.commands = commands,
		.n_commands = ARRAY_LEN(commands),
		.runs_first = true,
		.fail = fail,
	};

	process_harden();
	(void)umask(077);
	return command_main(&program, argc, argv);
}
