#include "opc.h"

#include "attach.h"
#include "base/mem.h"
#include "opc/itembody.h"
#include "opc/itemnames.h"
#include "progress.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX ((size_t)4 << 20)
#define FIELDS_MAX 1000
#define TEXT_MAX ((size_t)64 << 20)

struct write_settings {
	struct connection_settings connection;
	char *vault, *category, *title, *url, *recipe, *template;
	struct strv tags;
	bool favorite, dry_run, reveal;
};

#define AT(member) offsetof(struct write_settings, member)
#define ATTRIBUTES                                                                                           \
	CONNECTION_OPTIONS(struct write_settings),                                                           \
		{"vault", NULL, CONFIG_STR, AT(vault), .help = "Vault, by name or id."},                     \
		{"title", NULL, CONFIG_STR, AT(title), .help = "Title of the item."},                        \
		{"tags", NULL, CONFIG_LIST, AT(tags), .help = "Its tags."},                                  \
		{"url", NULL, CONFIG_STR, AT(url), .help = "Its web site."},                                 \
		{"favorite", NULL, CONFIG_BOOL, AT(favorite), .help = "Make it a favorite."},                \
		{"template", NULL, CONFIG_STR, AT(template),                                                 \
		 .help = "File with the item as JSON; flags and assignments win over it."},                  \
		{"generate-password",                                                                        \
		 NULL,                                                                                       \
		 CONFIG_STR,                                                                                 \
		 AT(recipe),                                                                                 \
		 .bare = "default",                                                                          \
		 .help = "Let the server make the password; with =letters,digits,symbols,LENGTH by that "    \
			 "recipe."},                                                                         \
		{"reveal", NULL, CONFIG_BOOL, AT(reveal), .help = "Show concealed values to people too."},   \
	{                                                                                                    \
		"dry-run", NULL, CONFIG_BOOL, AT(dry_run),                                                   \
			.help = "Show what would be sent, and send nothing."                                 \
	}

static const struct config_option create_options[] = {
	ATTRIBUTES,
	{"category", NULL, CONFIG_STR, AT(category),
	 .help = "Category: login, \"API Credential\", database, ..."},
};
static const struct config_option edit_options[] = {ATTRIBUTES};

struct delete_settings {
	struct connection_settings connection;
	char *vault;
	bool archive;
};
static const struct config_option delete_options[] = {
	CONNECTION_OPTIONS(struct delete_settings),
	{"vault", NULL, CONFIG_STR, offsetof(struct delete_settings, vault), .help = "Vault, by name or id."},
	{"archive", NULL, CONFIG_BOOL, offsetof(struct delete_settings, archive),
	 .help = "Refused: Connect servers can't archive."},
};

/* The assignments of a command line. */
struct fields {
	struct assignment *v;
	size_t n;
};

static void fields_release(struct fields *f)
{
	for (size_t i = 0; i < f->n; i++)
		assignment_release(&f->v[i]);
	mem_free(f->v);
}

static NODISCARD err_t parse_fields(const char *const *texts, struct fields *out)
{
	for (; *texts; texts++) {
		if (streq(*texts, "-"))
			continue;
		if (out->n == FIELDS_MAX)
			return err_new(ERR_TOO_LARGE, "at most %d assignments", FIELDS_MAX);
		out->v = mem_grow(out->v, out->n + 1, sizeof(*out->v));
		TRY_(assignment_parse(*texts, &out->v[out->n]));
		out->n++;
	}
	return NULL;
}

/* A template comes from its file, or with the word "-" from standard input. */
static NODISCARD err_t read_template(const char *path, const char *const *names, struct jsonx **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(BODY_MAX);
	bool standard = false;

	for (; *names; names++)
		standard = standard || streq(*names, "-");
	if (str_empty(path) && !standard)
		return NULL;
	TRY_(input_read(path, text));
	TRY(jsonx_parse(secret_bytes(text), secret_len(text), out), "the template");
	if (jsonx_type(*out) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "the template is not an item as a JSON object");
	return NULL;
}

static struct item_changes changes_of(const struct write_settings *s, const struct fields *fields)
{
	return (struct item_changes){
		.title = str_empty(s->title) ? NULL : s->title,
		.tags = s->tags.v,
		.n_tags = s->tags.n,
		.url = str_empty(s->url) ? NULL : s->url,
		.favorite = s->favorite,
		.recipe = str_empty(s->recipe) ? NULL : s->recipe,
		.fields = fields->v,
		.n_fields = fields->n,
	};
}

static NODISCARD err_t show_body(struct lookup *l, const struct write_settings *s, const struct secret *body)
{
	CLEANUP(jsonx_freep) struct jsonx *item = NULL;

	TRY_(jsonx_parse(secret_bytes(body), secret_len(body), &item));
	return print_item(l, item, connection_wants_json(&s->connection), s->reveal);
}

/* Also the files, after the item that they belong to. */
static NODISCARD err_t send(struct lookup *l, const struct write_settings *s, const struct op_call *call,
			    const struct attachments *files)
{
	CLEANUP(op_reply_release) struct op_reply reply = {0}, whole = {0};
	const bool json = connection_wants_json(&s->connection);

	if (s->dry_run)
		return show_body(l, s, call->body);
	TRY_(lookup_send(l, call, &reply));
	if (!attachments_has_any(files))
		return print_item(l, reply.json, json, s->reveal);
	CLEANUP(mem_freep)
	char *path = mem_printf("/v1/vaults/%s/items/%s", text_of(jsonx_get(reply.json, "vault"), "id"),
				text_of(reply.json, "id"));
	TRY_(attachments_send(files, l, path));
	TRY_(lookup_send(l, &(struct op_call){.method = "GET", .path = path}, &whole));
	return print_item(l, whole.json, json, s->reveal);
}

err_t vault_to_write(struct lookup *l, const char *name, const char **out)
{
	const struct jsonx *vault = NULL, *vaults = NULL;

	if (!str_empty(name)) {
		TRY_(lookup_vault(l, name, &vault));
	} else {
		TRY_(lookup_vaults(l, &vaults));
		if (jsonx_len(vaults) != 1)
			return err_new(ERR_INVALID, "which of the %zu vaults? --vault names it",
				       jsonx_len(vaults));
		vault = jsonx_at(vaults, 0);
	}
	*out = jsonx_get_str(vault, "id");
	return *out && onepassword_is_id(*out) ? NULL : err_new(ERR_PROTOCOL, "the vault has no id");
}

static NODISCARD err_t create(const char *const *names, const void *settings)
{
	const struct write_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(fields_release) struct fields fields = {0};
	CLEANUP(jsonx_freep) struct jsonx *template = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(attachments_freep) struct attachments *files = NULL;
	const struct item_template *kind = NULL;
	const char *vault = NULL;

	if (!str_empty(s->category))
		TRY_(category_find(s->category, &kind));
	TRY_(parse_fields(names, &fields));
	TRY_(attachments_read(fields.v, fields.n, NULL, &files));
	TRY_(read_template(s->template, names, &template));
	TRY_(connection_open(&s->connection, &l));
	TRY_(vault_to_write(l, s->vault, &vault));
	const struct item_changes changes = changes_of(s, &fields);
	const bool has_category = !str_empty(s->category);
	if (!has_category && !template)
		return err_new(ERR_INVALID, "--category names the kind of item, such as login");
	TRY_(itembody_write(template, vault, has_category ? s->category : NULL, &changes, body));
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items", vault);
	return send(l, s, &(struct op_call){.method = "POST", .path = path, .body = body}, files);
}

static NODISCARD err_t find(struct lookup *l, const char *vault_name, const char *name, char **out_path)
{
	const struct jsonx *vault = NULL;
	struct item_ids ids = {0};

	if (!str_empty(vault_name))
		TRY_(lookup_vault(l, vault_name, &vault));
	TRY_(lookup_item_ids(l, vault, name, &ids));
	*out_path = mem_printf("/v1/vaults/%s/items/%s", ids.vault, ids.item);
	return NULL;
}

/* A template replaces the fields and all else but what tells which item it is. */
static NODISCARD err_t edit(const char *const *names, const void *settings)
{
	const struct write_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(fields_release) struct fields fields = {0};
	CLEANUP(jsonx_freep) struct jsonx *template = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(mem_freep) char *path = NULL;
	CLEANUP(op_reply_release) struct op_reply old = {0};
	CLEANUP(attachments_freep) struct attachments *files = NULL;

	TRY_(parse_fields(names + 1, &fields));
	TRY_(read_template(s->template, names + 1, &template));
	TRY_(connection_open(&s->connection, &l));
	TRY_(find(l, s->vault, names[0], &path));
	TRY_(lookup_send(l, &(struct op_call){.method = "GET", .path = path}, &old));
	TRY_(attachments_read(fields.v, fields.n, old.json, &files));
	const struct item_changes changes = changes_of(s, &fields);
	TRY_(itembody_write(template ? template : old.json, jsonx_get_str(jsonx_get(old.json, "vault"), "id"),
			    jsonx_get_str(old.json, "category"), &changes, body));
	/* A change in between is refused, where the server says what there was. */
	return send(l, s,
		    &(struct op_call){.method = "PUT", .path = path, .body = body, .if_match = old.etag},
		    files);
}

/* That item, or those that standard input names. */
static NODISCARD err_t read_names(const char *name, struct item_names *out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(TEXT_MAX);

	if (!streq(name, "-")) {
		item_names_one(name, out);
		return NULL;
	}
	TRY_(input_read(NULL, text));
	return err_wrap(item_names_parse(secret_bytes(text), secret_len(text), out), "standard input");
}

static NODISCARD err_t delete_all(struct lookup *l, const char *vault, const struct item_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct item_name *name = &names->v[i];
		CLEANUP(mem_freep) char *path = NULL;
		CLEANUP(op_reply_release) struct op_reply reply = {0};

		if (names->n > 1)
			progress_show(i, "items", false);
		TRY_(find(l, name->vault ? name->vault : vault, name->item, &path));
		TRY_(lookup_send(l, &(struct op_call){.method = "DELETE", .path = path}, &reply));
	}
	return NULL;
}

static NODISCARD err_t delete (const char *const *names, const void *settings)
{
	const struct delete_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(item_names_release) struct item_names items = {0};
	err_t e;

	/* Deleting instead would be for good. */
	if (s->archive)
		return err_new(ERR_INVALID, "Connect servers can't archive items: nothing was done");
	TRY_(read_names(names[0], &items));
	TRY_(connection_open(&s->connection, &l));
	e = delete_all(l, s->vault, &items);
	progress_clear();
	return e;
}

const struct command command_item_create = {
	.name = "item create",
	.arguments =
		"--category CATEGORY [--title TITLE] [--vault VAULT] [[SECTION.]FIELD[[TYPE]]=VALUE]... [-]",
	.summary = "Makes an item.",
	.options = create_options,
	.n_options = ARRAY_LEN(create_options),
	.n_more = FIELDS_MAX,
	.settings_size = sizeof(struct write_settings),
	.run = create,
};

const struct command command_item_edit = {
	.name = "item edit",
	.arguments = "ITEM [--title TITLE] [[SECTION.]FIELD[[TYPE]]=VALUE]... [FIELD[delete]]...",
	.summary = "Changes an item.",
	.options = edit_options,
	.n_options = ARRAY_LEN(edit_options),
	.n_names = 1,
	.n_more = FIELDS_MAX,
	.settings_size = sizeof(struct write_settings),
	.run = edit,
};

const struct command command_item_delete = {
	.name = "item delete",
	.arguments = "ITEM | - [--vault VAULT]",
	.summary = "Deletes an item for good; with - those that standard input names.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct delete_settings),
	.run = delete,
};

const struct command command_document_delete = {
	.name = "document delete",
	.arguments = "ITEM | - [--vault VAULT]",
	.summary = "The same as item delete.",
	.options = delete_options,
	.n_options = ARRAY_LEN(delete_options),
	.n_names = 1,
	.settings_size = sizeof(struct delete_settings),
	.run = delete,
};
