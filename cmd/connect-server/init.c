#include "command.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct init_settings {
	struct place_settings place;
	struct strv vaults;
	char *token_name, *server_name, *token_file, *recovery_key_file;
	bool if_missing;
};

static const struct config_option options[] = {
	PLACE_DATA(struct init_settings),
	{"credentials", NULL, CONFIG_STR, offsetof(struct init_settings, place.credentials),
	 .help = "Credentials file to write. Default: ~/.op/1password-credentials.json."},
	{"admin-key", NULL, CONFIG_STR, offsetof(struct init_settings, place.admin_key),
	 .help = "Administrator key file to write. Default: ~/.op/administrator-key.json."},
	{"vault", NULL, CONFIG_REPEATED, offsetof(struct init_settings, vaults),
	 .help = "Name of a vault to make."},
	{"token-name", NULL, CONFIG_STR, offsetof(struct init_settings, token_name),
	 .otherwise = "first token",
	 .help = "Name of the token that is made when there is a vault; it may read and write all of them."},
	{"server-name", NULL, CONFIG_STR, offsetof(struct init_settings, server_name),
	 .otherwise = "Connect server", .help = "Name of the server, for usage reports."},
	{"token-file", NULL, CONFIG_STR, offsetof(struct init_settings, token_file),
	 .help = "File to write the token to, instead of standard output."},
	{"recovery-key-file", NULL, CONFIG_STR, offsetof(struct init_settings, recovery_key_file),
	 .help = "File to write the recovery key to, instead of showing it."},
	{"if-missing", NULL, CONFIG_BOOL, offsetof(struct init_settings, if_missing),
	 .help = "Do nothing, and succeed, where a server was set up already."},
};

/* The three places of a new store, and those of what is shown where they are NULL. */
struct paths {
	char *data, *credentials, *admin_key;
	const char *token, *recovery_key;
};

static void paths_release(struct paths *p)
{
	mem_free(p->data);
	mem_free(p->credentials);
	mem_free(p->admin_key);
}

/* The folder of a file that is to be made. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_strdup(".");
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool is_within(const char *folder, const char *outer)
{
	return str_has_prefix(folder, outer) &&
	       (folder[strlen(outer)] == '/' || folder[strlen(outer)] == '\0');
}

static NODISCARD err_t check_key_path(const char *path, const char *data)
{
	CLEANUP(mem_freep) char *folder = folder_of(path);
	char real_folder[PATH_MAX], real_data[PATH_MAX];

	if (access(path, F_OK) == 0)
		return err_new(
			ERR_EXISTS,
			"%s exists already; name another file (--credentials, --admin-key, --token-file, "
			"--recovery-key-file)",
			path);
	TRY_(file_make_folder(folder, 0700));
	if (!realpath(folder, real_folder) || !realpath(data, real_data))
		return err_new(ERR_UNAVAILABLE, "%s: %m", path);
	if (is_within(real_folder, real_data))
		return err_new(ERR_INVALID,
			       "%s lies in the data directory: whoever copies that directory must not have "
			       "its keys; name "
			       "another place",
			       path);
	return NULL;
}

static NODISCARD err_t check_paths(const struct paths *p)
{
	TRY_(file_make_folder(p->data, 0700));
	TRY_(check_key_path(p->credentials, p->data));
	TRY_(check_key_path(p->admin_key, p->data));
	if (p->token)
		TRY_(check_key_path(p->token, p->data));
	return p->recovery_key ? check_key_path(p->recovery_key, p->data) : NULL;
}

/* Whether `init` ran to its end there: the credentials are written after the store. */
static bool is_set_up(const struct paths *p)
{
	CLEANUP(mem_freep) char *store = mem_printf("%s/%s", p->data, VAULT_STORE_FILE);

	return access(store, F_OK) == 0 && access(p->credentials, F_OK) == 0;
}

/* A file that ends with a newline, as a text that was shown would. */
static NODISCARD err_t write_line(const char *path, const struct secret *text)
{
	CLEANUP(secret_freep) struct secret *line = secret_new(secret_len(text) + 2);

	TRY_(secret_add(line, secret_bytes(text), secret_len(text)));
	TRY_(secret_add(line, "\n", 1));
	return file_write_atomic(path, secret_bytes(line), secret_len(line), 0600);
}

static NODISCARD err_t write_keys(const struct paths *p, const struct vault_setup *setup)
{
	CLEANUP(secret_freep) struct secret *credentials = NULL;
	CLEANUP(secret_freep) struct secret *admin_key = NULL;

	TRY_(credentials_format(&setup->credentials, &credentials));
	TRY_(admin_key_format(&setup->admin_key, &admin_key));
	if (p->recovery_key)
		TRY_(write_line(p->recovery_key, setup->recovery_key));
	TRY_(file_write_atomic(p->credentials, secret_bytes(credentials), secret_len(credentials), 0600));
	return file_write_atomic(p->admin_key, secret_bytes(admin_key), secret_len(admin_key), 0600);
}

/* A store whose keys could not be kept is of no use to anybody. */
static void remove_store(const struct paths *p)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", p->data, VAULT_STORE_FILE);

	(void)unlink(path);
	(void)unlink(p->credentials);
	(void)unlink(p->admin_key);
	if (p->recovery_key)
		(void)unlink(p->recovery_key);
}

static NODISCARD err_t make_token(const struct paths *p, struct vault_admin *a, const struct init_settings *s,
				  struct vault_grant *grants)
{
	CLEANUP(secret_freep) struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];

	TRY_(vault_admin_create_token(a, s->token_name, 0, grants, s->vaults.n, id, &token));
	fprintf(stderr, "Token \"%s\" (%s), which may read and write there: %s, and nowhere else.\n",
		s->token_name, id, p->token ? p->token : "on standard output");
	return p->token ? write_line(p->token, token) : print_secret(token);
}

static NODISCARD err_t make_vaults(const struct paths *p, const struct vault_setup *setup,
				   const struct init_settings *s)
{
	const struct vault_store_options store_options = {
		.data_dir = p->data, .credentials = &setup->credentials, .readers = 1};
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(mem_freep) struct vault_grant *grants = mem_calloc(s->vaults.n + 1, sizeof(*grants));

	if (s->vaults.n == 0)
		return NULL;
	TRY_(vault_store_open(&store_options, &store));
	TRY_(vault_admin_open(store, &setup->admin_key, &a));
	for (size_t i = 0; i < s->vaults.n; i++) {
		grants[i].rights = VAULT_READ | VAULT_WRITE;
		TRY_(vault_admin_create_vault(a, s->vaults.v[i], grants[i].vault_id));
		fprintf(stderr, "Vault \"%s\": %s\n", s->vaults.v[i], grants[i].vault_id);
	}
	return make_token(p, a, s, grants);
}

static void tell(const struct paths *p, const struct vault_setup *setup)
{
	fprintf(stderr,
		"Set up a Connect server.\n"
		"UUID: %s\n"
		"Data directory: %s\n"
		"Credentials file: %s\n"
		"Administrator key: %s\n"
		"\n"
		"Keep copies of both files, apart from copies of the data: without the credentials file\n"
		"nothing can be read any more. Should the administrator key get lost, this recovery key "
		"makes\n"
		"another one (connect-server recover). %s:\n"
		"\n"
		"  %s\n"
		"\n",
		setup->credentials.server_id, p->data, p->credentials, p->admin_key,
		p->recovery_key ? "It is in the file" : "It is shown only now; write it down",
		p->recovery_key ? p->recovery_key : secret_bytes(setup->recovery_key));
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct init_settings *s = settings;
	CLEANUP(paths_release)
	struct paths p = {.data = place_data(&s->place),
			  .credentials = place_credentials(&s->place),
			  .admin_key = place_admin_key(&s->place),
			  .token = str_empty(s->token_file) ? NULL : s->token_file,
			  .recovery_key = str_empty(s->recovery_key_file) ? NULL : s->recovery_key_file};
	CLEANUP(vault_setup_release) struct vault_setup setup = {0};

	(void)names;
	if (s->if_missing && is_set_up(&p)) {
		fprintf(stderr, "%s was set up already.\n", p.data);
		return NULL;
	}
	TRY_(check_paths(&p));
	TRY_(vault_store_create(p.data, s->server_name, &setup));
	err_t e = write_keys(&p, &setup);
	if (e) {
		remove_store(&p);
		return e;
	}
	tell(&p, &setup);
	return make_vaults(&p, &setup, s);
}

const struct command command_init = {
	.name = "init",
	.arguments = "[--data DIR] [--vault NAME]... [--token-name NAME] [--token-file FILE]",
	.summary = "Sets up a server: data directory, credentials file, administrator key, vaults and a "
		   "token for them, which is all that goes to standard output.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct init_settings),
	.run = run,
};
