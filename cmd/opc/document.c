#include "opc.h"

#include "base/mem.h"

#define DOCUMENT_MAX ((size_t)16 << 20)

struct document_settings {
	struct connection_settings connection;
	struct output_settings output;
	char *vault;
};

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct document_settings),
	OUTPUT_OPTIONS(struct document_settings),
	{"vault", NULL, CONFIG_STR, offsetof(struct document_settings, vault),
	 .help = "Vault to look in, by name or id; default: all."},
};

static const char *const aliases[] = {"o", "out-file", "output", "out-file", "f", "force", NULL};

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct document_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *content = secret_new(DOCUMENT_MAX);
	const struct jsonx *vault = NULL, *item = NULL, *files;

	TRY_(connection_open(&s->connection, &l));
	if (!str_empty(s->vault))
		TRY_(lookup_vault(l, s->vault, &vault));
	TRY_(lookup_item(l, vault, names[0], &item));
	files = jsonx_get(item, "files");
	if (jsonx_len(files) == 0)
		return err_new(ERR_NOT_FOUND, "\"%s\" has no file", names[0]);
	if (jsonx_len(files) > 1)
		return err_new(ERR_INVALID, "\"%s\" has %zu files; opc read op://VAULT/ITEM/FILE reads one",
			       names[0], jsonx_len(files));
	TRY_(lookup_file(l, item, jsonx_at(files, 0), content));
	return output_write(&s->output, content);
}

const struct command command_document_get = {
	.name = "document get",
	.arguments = "ITEM [--vault VAULT] [-o FILE]",
	.summary = "Prints the file of a document.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct document_settings),
	.aliases = aliases,
	.run = run,
};
