#include "command.h"

#include "base/mem.h"
#include "vault/token_text.h"

#include <stdio.h>
#include <unistd.h>

static char *in_home(const struct place_settings *p, const char *name)
{
	return mem_printf("%s/.op/%s", str_empty(p->home) ? "." : p->home, name);
}

char *place_data(const struct place_settings *p)
{
	if (!str_empty(p->data))
		return mem_strdup(p->data);
	if (!str_empty(p->xdg_data_home))
		return mem_printf("%s/.op/data", p->xdg_data_home);
	return in_home(p, "data");
}

char *place_credentials(const struct place_settings *p)
{
	return str_empty(p->credentials) ? in_home(p, "1password-credentials.json")
					 : mem_strdup(p->credentials);
}

char *place_admin_key(const struct place_settings *p)
{
	return str_empty(p->admin_key) ? in_home(p, "administrator-key.json") : mem_strdup(p->admin_key);
}

static NODISCARD err_t load_credentials(const struct place_settings *p, struct credentials *out)
{
	CLEANUP(mem_freep) char *path = place_credentials(p);

	if (str_empty(p->credentials) && p->session)
		return credentials_load(secret_bytes(p->session), out);
	CLEANUP(err_freep) err_t e = credentials_load(path, out);
	if (err_is(e, ERR_NOT_FOUND))
		return err_new(ERR_NOT_FOUND,
			       "there is no credentials file %s; `connect-server init` writes one", path);
	return TAKE(e);
}

err_t place_open_store(const struct place_settings *p, size_t readers, struct vault_store **out)
{
	CLEANUP(credentials_release) struct credentials credentials = {0};
	CLEANUP(mem_freep) char *data = place_data(p);

	TRY_(load_credentials(p, &credentials));
	const struct vault_store_options options = {
		.data_dir = data, .credentials = &credentials, .readers = readers};
	CLEANUP(err_freep) err_t e = vault_store_open(&options, out);
	if (err_is(e, ERR_NOT_FOUND))
		return err_new(ERR_NOT_FOUND, "%s was never set up; `connect-server init` does that", data);
	return err_wrap(TAKE(e), "data directory %s", data);
}

err_t place_open_admin(const struct place_settings *p, struct vault_store **out_store,
		       struct vault_admin **out)
{
	CLEANUP(admin_key_release) struct admin_key key = {0};
	CLEANUP(mem_freep) char *path = place_admin_key(p);
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;

	TRY_(admin_key_load(path, &key));
	TRY_(place_open_store(p, 1, &store));
	TRY_(vault_admin_open(store, &key, out));
	*out_store = TAKE(store);
	return NULL;
}

err_t place_resolve_grants(struct vault_admin *a, const struct strv *texts, struct vault_grant **out)
{
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(mem_freep) struct vault_grant *grants = mem_calloc(texts->n + 1, sizeof(*grants));

	TRY_(vault_admin_list_vaults(a, &vaults));
	for (size_t i = 0; i < texts->n; i++) {
		CLEANUP(grant_text_release) struct grant_text text = {0};

		TRY_(grant_text_parse(texts->v[i], &text));
		TRY_(grant_text_resolve(&text, &vaults, &grants[i]));
	}
	*out = TAKE(grants);
	return NULL;
}

err_t print_secret(const struct secret *s)
{
	const char *newline = isatty(STDOUT_FILENO) ? "\n" : "";

	if (fwrite(secret_bytes(s), 1, secret_len(s), stdout) != secret_len(s) ||
	    fputs(newline, stdout) < 0 || fflush(stdout) != 0)
		return err_new(ERR_UNAVAILABLE, "write to standard output: %m");
	return NULL;
}
