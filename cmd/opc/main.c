/* opc: the command line of Connect servers, for scripts that were written for 1Password's `op`. */

#include "opc.h"

#include "base/mem.h"
#include "base/process.h"
#include "http/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct command *const plugin_commands[] = {
	&command_opi_status, &command_opi_sync, &command_opi_diff, &command_opi_explain, &command_opi_doctor,
};
static const struct command *const commands[] = {
	&command_read,
	&command_inject,
	&command_run,
	&command_item_get,
	&command_item_list,
	&command_item_create,
	&command_item_edit,
	&command_item_delete,
	&command_template_list,
	&command_template_get,
	&command_document_list,
	&command_document_get,
	&command_document_create,
	&command_document_delete,
	&command_vault_list,
	&command_vault_get,
	&command_whoami,
	&command_config_set_server,
	&command_config_set_context,
	&command_config_use_context,
	&command_config_delete_context,
	&command_config_get_contexts,
	&command_opi_status,
	&command_opi_sync,
	&command_opi_diff,
	&command_opi_explain,
	&command_opi_doctor,
	&command_vault_create,
	&command_vault_edit,
	&command_vault_delete,
	&command_server_create,
	&command_server_get,
	&command_server_list,
	&command_server_edit,
	&command_server_delete,
	&command_token_create,
	&command_token_edit,
	&command_token_delete,
	&command_token_list,
	&command_vault_grant,
	&command_vault_revoke,
	&command_connect_group_grant,
	&command_connect_group_revoke,
	&command_group_create,
	&command_group_get,
	&command_group_list,
	&command_group_edit,
	&command_group_delete,
	&command_group_user_grant,
	&command_group_user_revoke,
	&command_group_user_list,
	&command_user_provision,
	&command_user_invite,
	&command_user_list,
	&command_user_get,
	&command_user_edit,
	&command_user_suspend,
	&command_user_reactivate,
	&command_user_delete,
	&command_user_recovery_begin,
	&command_user_recover,
	&command_signin,
	&command_signout,
	&command_invitation_accept,
	&command_passphrase_change,
	&command_audit_list,
	&command_audit_export,
	&command_audit_verify,
	&command_key_create,
	&command_key_list,
	&command_key_delete,
};

/* What 1Password's program has besides. */
static const struct refused_command refused[] = {
	{"account", "Connect servers have no accounts; opc config names servers and contexts"},
	{"document edit", "item edit 'ITEM' 'FILE[file]=PATH' attaches a file anew"},
	{"environment", "Connect servers have none"},
	{"events-api", "audit list and audit export read the log of connect-server"},
	{"group user edit", "there is one role in a group"},
	{"item move",
	 "Connect servers can't move an item; item create --template makes a copy in another vault"},
	{"item share", "a shared link is an account's, and Connect servers have none"},
	{"plugin", "run gives secrets to any command"},
	{"service-account", "connect token create makes a token of a Connect server"},
	{"ssh", "read 'op://VAULT/ITEM/private key?ssh-format=openssh' prints a private key"},
	{"update", "the package manager updates it"},
	{"user confirm", "who accepts an invitation is active at once"},
	{"vault group",
	 "a group has the vaults of the servers that it manages: connect group grant, connect vault grant"},
	{"vault user", "a person has the vaults of the servers that his groups manage: group user grant"},
};

/* For their names alone. The last one, not all commands have. */
struct only_globals {
	struct connection_settings connection;
};
static const struct config_option globals[] = {GLOBAL_OPTIONS(struct only_globals),
					       CONTEXT_OPTION(struct only_globals)};

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

#define PLUGIN "kubectl-opi"

/* The words of `kubectl opi status` as opc has them, `opi status`. Caller frees. */
static char **plugin_words(int argc, char **argv)
{
	static char word[] = "opi";
	char **words = mem_calloc((size_t)argc + 2, sizeof(*words));

	words[0] = argv[0];
	words[1] = word;
	for (int i = 1; i < argc; i++)
		words[i + 1] = argv[i];
	return words;
}

/* Called by its own name, the kubectl plugin has its own commands alone. */
static int run_plugin(struct program_of_commands program, int argc, char **argv)
{
	CLEANUP(mem_freep) char **words = plugin_words(argc, argv);
	const bool bare = argc < 2 || argv[1][0] == '-';

	program.name = "kubectl";
	program.about = "1Password items as Secrets";
	program.commands = plugin_commands;
	program.n_commands = ARRAY_LEN(plugin_commands);
	program.n_refused = 0;
	return bare ? command_main(&program, argc, argv) : command_main(&program, argc + 1, words);
}

/* Programs that call `op` ask for a version of it before they call anything else: the one whose commands for
 * Connect these are. */
#define OP_VERSION "2.30.0"

static bool is_called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return streq(slash ? slash + 1 : path, name);
}

int main(int argc, char **argv)
{
	struct program_of_commands program = {
		.name = "opc",
		.about = "the command line of 1Password Connect servers",
		.commands = commands,
		.n_commands = ARRAY_LEN(commands),
		.globals = globals,
		.n_globals = ARRAY_LEN(globals) - 1,
		.n_leading = ARRAY_LEN(globals),
		.refused = refused,
		.n_refused = ARRAY_LEN(refused),
		.fail = fail,
	};
	int status;

	process_harden();
	(void)signal(SIGPIPE, SIG_IGN);
	http_client_global_init();
	if (is_called(argv[0], "op"))
		program.version = OP_VERSION;
	status = is_called(argv[0], PLUGIN) ? run_plugin(program, argc, argv)
					    : command_main(&program, argc, argv);
	http_client_global_release();
	return status;
}
