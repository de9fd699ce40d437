#include "opc/itemtemplate.h"

#include "opc.h"
#include "show.h"

#define TEXT_MAX 65536

struct template_settings {
	struct connection_settings connection;
	struct output_settings output;
};
static const struct config_option list_options[] = {GLOBAL_OPTIONS(struct template_settings)};
static const struct config_option get_options[] = {GLOBAL_OPTIONS(struct template_settings),
						   OUTPUT_OPTIONS(struct template_settings)};
static const char *const aliases[] = {"o", "out-file", "f", "force", NULL};

err_t category_find(const char *name, const struct item_template **out)
{
	*out = item_template_find(name);
	if (*out)
		return NULL;
	return err_new(
		ERR_NOT_FOUND,
		"\"%s\" isn't a category; did you mean \"%s\"? opc item template list shows all of them",
		name, item_template_nearest(name));
}

static NODISCARD err_t list(const char *const *names, const void *settings)
{
	const struct template_settings *s = settings;
	CLEANUP(table_release) struct table t = {0};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	struct jsonw w;

	(void)names;
	table_row(&t, (const char *const[]){"UUID", "NAME"}, 2);
	jsonw_init_secret(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < n_item_templates; i++) {
		const struct item_template *category = &item_templates[i];

		table_row(&t, (const char *const[]){category->uuid, category->name}, 2);
		jsonw_object(&w);
		jsonw_kstr(&w, "uuid", category->uuid);
		jsonw_kstr(&w, "name", category->name);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	return connection_wants_json(&s->connection) ? print_json(&w, out)
						     : print_table(&t, s->connection.no_color);
}

/* JSON in any case: it is there to be filled in. */
static NODISCARD err_t get(const char *const *names, const void *settings)
{
	const struct template_settings *s = settings;
	CLEANUP(secret_freep) struct secret *out = secret_new(TEXT_MAX);
	const struct item_template *t = NULL;
	struct jsonw w;

	TRY_(category_find(names[0], &t));
	jsonw_init_secret(&w, out);
	item_template_write(t, &w);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(out, "\n", 1));
	return output_write(&s->output, out);
}

const struct command command_template_list = {
	.name = "item template list",
	.arguments = "[--format json]",
	.summary = "Lists the categories of items.",
	.options = list_options,
	.n_options = ARRAY_LEN(list_options),
	.settings_size = sizeof(struct template_settings),
	.run = list,
};
const struct command command_template_get = {
	.name = "item template get",
	.arguments = "CATEGORY [-o FILE]",
	.summary = "Prints an empty item of a category as JSON, for item create --template.",
	.options = get_options,
	.n_options = ARRAY_LEN(get_options),
	.n_names = 1,
	.settings_size = sizeof(struct template_settings),
	.aliases = aliases,
	.run = get,
};
