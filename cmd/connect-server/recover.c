#include "command.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <unistd.h>

#define LINE_SIZE 256

struct recover_settings {
	struct place_settings place;
	char *name;
};

static const struct config_option options[] = {
	PLACE_DATA(struct recover_settings),
	PLACE_CREDENTIALS(struct recover_settings),
	{"admin-key", NULL, CONFIG_STR, offsetof(struct recover_settings, place.admin_key),
	 .help = "Administrator key file to write. Default: ~/.op/administrator-key.json."},
	{"name", NULL, CONFIG_STR, offsetof(struct recover_settings, name),
	 .otherwise = "Recovered administrator key", .help = "Name of the new administrator key."},
};

static NODISCARD err_t write_key(const char *path, const struct admin_key *key)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(admin_key_format(key, &text));
	TRY_(file_write_atomic(path, secret_bytes(text), secret_len(text), 0600));
	fprintf(stderr, "Administrator key: %s\n", path);
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct recover_settings *s = settings;
	CLEANUP(mem_freep) char *path = place_admin_key(&s->place);
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(admin_key_release) struct admin_key key = {0};
	char line[LINE_SIZE];

	(void)names;
	if (access(path, F_OK) == 0)
		return err_new(ERR_EXISTS, "%s exists already; name another file with --admin-key", path);
	TRY_(place_open_store(&s->place, 1, &store));
	if (isatty(STDIN_FILENO))
		fputs("Recovery key: ", stderr);
	if (!fgets(line, sizeof(line), stdin))
		return err_new(ERR_INVALID, "give the recovery key on standard input");
	err_t e = vault_admin_recover(store, line, s->name, &key);
	secret_wipe(line, sizeof(line));
	TRY_(e);
	return write_key(path, &key);
}

const struct command command_recover = {
	.name = "recover",
	.arguments = "[--admin-key FILE]",
	.summary = "Makes a new administrator key with the recovery key, which it reads from standard input.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct recover_settings),
	.run = run,
};
