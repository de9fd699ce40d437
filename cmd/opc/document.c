#include "opc.h"

#include "base/mem.h"
#include "http/http.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 8192
#define DOCUMENT_MAX ((size_t)16 << 20)

struct document_settings {
	struct connection_settings connection;
	struct output_settings output;
	char *vault, *title, *file_name;
	struct strv tags;
};

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct document_settings),
	OUTPUT_OPTIONS(struct document_settings),
	{"vault", NULL, CONFIG_STR, offsetof(struct document_settings, vault),
	 .help = "Vault to look in, by name or id; default: all."},
};

static const struct config_option create_options[] = {
	CONNECTION_OPTIONS(struct document_settings),
	{"vault", NULL, CONFIG_STR, offsetof(struct document_settings, vault),
	 .help = "Vault, by name or id; default: the only one."},
	{"title", NULL, CONFIG_STR, offsetof(struct document_settings, title),
	 .help = "Title of the item; default: the file's name."},
	{"tags", NULL, CONFIG_LIST, offsetof(struct document_settings, tags), .help = "Its tags."},
	{"file-name", NULL, CONFIG_STR, offsetof(struct document_settings, file_name),
	 .help = "Name of the file; default: the one that it has."},
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

static void add_parameter(struct strbuf *path, const char *name, const char *value)
{
	strbuf_addf(path, "%c%s=", strchr(path->p, '?') ? '&' : '?', name);
	http_add_encoded(path, value);
}

/* Only connect-server stores files. */
static NODISCARD err_t store(struct lookup *l, const struct document_settings *s, const char *vault,
			     const char *name, const struct secret *content, struct op_reply *out)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};
	CLEANUP(strbuf_release) struct strbuf tags = {0};
	err_t e;

	strbuf_init(&path, PATH_MAX_BYTES);
	strbuf_init(&tags, PATH_MAX_BYTES);
	for (size_t i = 0; i < s->tags.n; i++)
		strbuf_addf(&tags, "%s%s", i > 0 ? "," : "", s->tags.v[i]);
	strbuf_addf(&path, "/connect-server/v1/vaults/%s/documents", vault);
	add_parameter(&path, "title", str_empty(s->title) ? name : s->title);
	add_parameter(&path, "name", name);
	add_parameter(&path, "tags", tags.p);
	e = lookup_send(l,
			&(struct op_call){.method = "POST",
					  .path = path.p,
					  .body = content,
					  .content_type = "application/octet-stream"},
			out);
	return err_wrap(e, "storing the file, which 1Password's Connect can't");
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct document_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *content = secret_new(OP_FILE_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	const char *slash = strrchr(names[0], '/'), *vault = NULL;
	const char *name = !str_empty(s->file_name) ? s->file_name : slash ? slash + 1 : names[0];

	if (streq(name, "-"))
		return err_new(ERR_INVALID, "--file-name names what comes from standard input");
	TRY_(input_read(names[0], content));
	TRY_(connection_open(&s->connection, &l));
	TRY_(vault_to_write(l, s->vault, &vault));
	TRY_(store(l, s, vault, name, content, &reply));
	printf("{\"uuid\":\"%s\",\"vaultUuid\":\"%s\"}\n", text_of(reply.json, "id"), vault);
	return NULL;
}

const struct command command_document_create = {
	.name = "document create",
	.arguments = "FILE | - [--title TITLE] [--vault VAULT] [--file-name NAME]",
	.summary = "Stores a file, on connect-server.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_names = 1,
	.settings_size = sizeof(struct document_settings),
	.run = create,
};
