#include "opc.h"

#include "base/mem.h"
#include "onepassword/fold.h"
#include "opc/prefetch.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 << 20)

struct item_settings {
	struct connection_settings connection;
	char *vault, *fields;
	bool otp, reveal, archive;
};

#define AT(member) offsetof(struct item_settings, member)

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct item_settings),
	{"vault", NULL, CONFIG_STR, AT(vault), .help = "Vault to look in, by name or id; default: all."},
	{"fields", NULL, CONFIG_STR, AT(fields),
	 .help = "Only these fields: labels, label=LABEL or type=TYPE, separated by commas."},
	{"otp", NULL, CONFIG_BOOL, AT(otp), .help = "Only the current one-time code."},
	{"reveal", NULL, CONFIG_BOOL, AT(reveal), .help = "Show concealed values outside of JSON too."},
	{"include-archive", "OP_INCLUDE_ARCHIVE", CONFIG_BOOL, AT(archive),
	 .help = "Also an item that is archived."},
};

static NODISCARD err_t add_line(struct secret *out, int width, const char *name, const char *value)
{
	CLEANUP(mem_freep) char *padded = mem_printf("%-*s ", width, name);

	TRY_(secret_add(out, padded, strlen(padded)));
	TRY_(secret_add(out, value, strlen(value)));
	return secret_add(out, "\n", 1);
}

/* A one-time password's value is the secret that its codes come from. */
static bool is_concealed(const char *type)
{
	return streq(type, "CONCEALED") || streq(type, "OTP");
}

/* "  Extra.token:", as an assignment names it. Caller frees. */
static char *name_of(const struct jsonx *item, const struct jsonx *field)
{
	const char *section_id = jsonx_get_str(jsonx_get(field, "section"), "id");
	const struct jsonx *sections = jsonx_get(item, "sections");
	const char *label =
		str_empty(text_of(field, "label")) ? text_of(field, "id") : text_of(field, "label");

	for (size_t i = 0; section_id && i < jsonx_len(sections); i++) {
		const struct jsonx *s = jsonx_at(sections, i);

		if (streq(jsonx_get_str(s, "id"), section_id) && !str_empty(text_of(s, "label")))
			return mem_printf("  %s.%s:", text_of(s, "label"), label);
	}
	return mem_printf("  %s:", label);
}

#define NARROWEST 12
#define WIDEST 40

static int width_of_names(const struct jsonx *item)
{
	const struct jsonx *fields = jsonx_get(item, "fields");
	size_t width = NARROWEST;

	for (size_t i = 0; i < jsonx_len(fields); i++) {
		CLEANUP(mem_freep) char *name = name_of(item, jsonx_at(fields, i));

		width = strlen(name) > width ? strlen(name) : width;
	}
	return (int)(width < WIDEST ? width : WIDEST);
}

static NODISCARD err_t add_fields(struct secret *out, int width, const struct jsonx *item, bool reveal)
{
	const struct jsonx *fields = jsonx_get(item, "fields");

	TRY_(secret_add(out, "Fields:\n", 8));
	for (size_t i = 0; i < jsonx_len(fields); i++) {
		const struct jsonx *f = jsonx_at(fields, i);
		const bool concealed = is_concealed(text_of(f, "type")) && !reveal;
		CLEANUP(mem_freep) char *name = name_of(item, f);

		TRY_(add_line(out, width, name,
			      concealed && jsonx_get(f, "value") ? "[use --reveal to show it]"
								 : text_of(f, "value")));
	}
	return NULL;
}

/* The members of a list, one in a line under its head; nothing for an empty list. member NULL: texts. */
static NODISCARD err_t add_list(struct secret *out, const char *head, const struct jsonx *list,
				const char *member)
{
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const struct jsonx *e = jsonx_at(list, i);
		const char *text = member ? text_of(e, member) : jsonx_str(e);

		TRY_(add_line(out, NARROWEST, i == 0 ? head : "", text ? text : ""));
	}
	return NULL;
}

static NODISCARD err_t show_to_people(struct lookup *l, const struct jsonx *item, bool reveal)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const char *vault_id = jsonx_get_str(jsonx_get(item, "vault"), "id");

	TRY_(add_line(out, NARROWEST, "ID:", text_of(item, "id")));
	TRY_(add_line(out, NARROWEST, "Title:", text_of(item, "title")));
	TRY_(add_line(out, NARROWEST, "Vault:", vault_id ? lookup_vault_name(l, vault_id) : ""));
	TRY_(add_line(out, NARROWEST, "Category:", text_of(item, "category")));
	TRY_(add_list(out, "Tags:", jsonx_get(item, "tags"), NULL));
	TRY_(add_list(out, "URLs:", jsonx_get(item, "urls"), "href"));
	TRY_(add_fields(out, width_of_names(item), item, reveal));
	TRY_(add_list(out, "Files:", jsonx_get(item, "files"), "name"));
	return print_secret(out);
}

/* Whether one of "label", "label=LABEL", "type=TYPE" means the field. */
static bool is_meant(const struct jsonx *field, const char *selector)
{
	if (str_has_prefix(selector, "type="))
		return fold_equal(text_of(field, "type"), selector + strlen("type="));
	if (str_has_prefix(selector, "label="))
		selector += strlen("label=");
	return fold_equal(text_of(field, "label"), selector) || streq(text_of(field, "id"), selector);
}

struct selection {
	const struct jsonx **v;
	size_t n;
};

static void selection_release(struct selection *s)
{
	mem_free(s->v);
}

static NODISCARD err_t select_fields(const struct jsonx *item, const char *selectors, struct selection *out)
{
	CLEANUP(strv_release) struct strv list = {0};
	const struct jsonx *fields = jsonx_get(item, "fields");

	strv_split(&list, selectors, ',');
	out->v = mem_calloc(list.n * jsonx_len(fields) + 1, sizeof(*out->v));
	for (size_t k = 0; k < list.n; k++) {
		const size_t before = out->n;

		for (size_t i = 0; i < jsonx_len(fields); i++)
			if (is_meant(jsonx_at(fields, i), list.v[k]))
				out->v[out->n++] = jsonx_at(fields, i);
		if (out->n == before)
			return err_new(ERR_NOT_FOUND, "\"%s\" isn't a field in the \"%s\" item", list.v[k],
				       text_of(item, "title"));
	}
	return NULL;
}

/* Concealed ones only where that is asked for, as 1Password's program does since 2.30. */
static NODISCARD err_t show_values(const struct jsonx *item, const struct selection *s, bool reveal)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	CLEANUP(mem_freep)
	char *hidden = mem_printf("[use 'opc item get %s --reveal' to reveal]", text_of(item, "id"));

	for (size_t i = 0; i < s->n; i++) {
		const bool hide = is_concealed(text_of(s->v[i], "type")) && !reveal;
		const char *value = hide ? hidden : text_of(s->v[i], "value");

		TRY_(secret_add(out, ",", i > 0 ? 1 : 0));
		TRY_(secret_add(out, value, strlen(value)));
	}
	TRY_(secret_add(out, "\n", 1));
	return print_secret(out);
}

static NODISCARD err_t show_fields(struct lookup *l, const struct jsonx *item, const struct selection *s)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, out);
	if (s->n > 1)
		jsonw_array(&w);
	for (size_t i = 0; i < s->n; i++)
		show_field(&w, l, item, s->v[i]);
	if (s->n > 1)
		jsonw_end_array(&w);
	return print_json(&w, out);
}

static NODISCARD err_t show_code(const struct jsonx *item)
{
	const struct jsonx *fields = jsonx_get(item, "fields");

	for (size_t i = 0; i < jsonx_len(fields); i++) {
		const char *code = jsonx_get_str(jsonx_at(fields, i), "totp");

		if (code) {
			printf("%s\n", code);
			return NULL;
		}
	}
	return err_new(ERR_NOT_FOUND, "the item has no one-time password");
}

err_t print_item(struct lookup *l, const struct jsonx *item, bool json, bool reveal)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	if (!json)
		return show_to_people(l, item, reveal);
	jsonw_init_secret(&w, out);
	show_item(&w, l, item);
	return print_json(&w, out);
}

static NODISCARD err_t show_one(struct lookup *l, const struct item_settings *s, const struct jsonx *vault,
				const char *name)
{
	CLEANUP(selection_release) struct selection selection = {0};
	const struct jsonx *item = NULL;
	const bool json = connection_wants_json(&s->connection);

	TRY_(lookup_item(l, vault, name, &item));
	if (!s->archive && streq(jsonx_get_str(item, "state"), "ARCHIVED"))
		return err_new(ERR_NOT_FOUND, "\"%s\" is archived; --include-archive shows it", name);
	if (s->otp)
		return show_code(item);
	if (str_empty(s->fields))
		return print_item(l, item, json, s->reveal);
	TRY_(select_fields(item, s->fields, &selection));
	return json ? show_fields(l, item, &selection) : show_values(item, &selection, s->reveal);
}

/* Those that standard input names, one after the other. */
static NODISCARD err_t show_piped(struct lookup *l, const struct item_settings *s, const struct jsonx *vault)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(TEXT_MAX);
	CLEANUP(item_names_release) struct item_names names = {0};

	TRY_(input_read(NULL, text));
	TRY(item_names_parse(secret_bytes(text), secret_len(text), &names), "standard input");
	prefetch_items(l, vault, &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct jsonx *of = vault;

		if (names.v[i].vault)
			TRY_(lookup_vault(l, names.v[i].vault, &of));
		TRY_(show_one(l, s, of, names.v[i].item));
	}
	return NULL;
}

static NODISCARD err_t get(const char *const *names, const void *settings)
{
	const struct item_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	const struct jsonx *vault = NULL;

	TRY_(connection_open(&s->connection, &l));
	if (!str_empty(s->vault))
		TRY_(lookup_vault(l, s->vault, &vault));
	return streq(names[0], "-") ? show_piped(l, s, vault) : show_one(l, s, vault, names[0]);
}

const struct command command_item_get = {
	.name = "item get",
	.arguments =
		"ITEM | LINK | - [--vault VAULT] [--fields LABEL,...] [--otp] [--reveal] [--format json]",
	.summary = "Shows an item, or fields of it; with - those that standard input names, one in a line or "
		   "in JSON.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct item_settings),
	.run = get,
};
