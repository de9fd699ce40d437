#include "opi.h"

#include "base/mem.h"
#include "onepassword/path.h"
#include "operator/onepassworditem.h"
#include "operator/secretdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct config_option options[] = {
	OPI_OPTIONS,
	{"allow-empty-values", "ALLOW_EMPTY_VALUES", CONFIG_BOOL, offsetof(struct opi_settings, allow_empty),
	 .help = "Keys with empty values too, as the operator's flag of that name."},
};

/* The item as the operator would get it. */
static NODISCARD err_t fetch(struct lookup *l, const char *item_path, struct item **out)
{
	CLEANUP(item_path_release) struct item_path path = {0};
	const struct jsonx *vault = NULL;
	struct item_ids ids = {0};

	TRY_(item_path_parse(item_path, &path));
	TRY_(lookup_vault(l, path.vault, &vault));
	TRY_(lookup_item_ids(l, vault, path.item, &ids));
	TRY_(op_get_item(lookup_client(l), ids.vault, ids.item, NULL, out));
	return op_load_files(lookup_client(l), *out, NULL);
}

static void read_keys(const struct jsonx *object, struct strv *out)
{
	const struct jsonx *keys = jsonx_get(jsonx_get(object, "status"), "keys");

	for (size_t i = 0; i < jsonx_len(keys); i++)
		strv_add(out, jsonx_str(jsonx_at(keys, i)));
}

/* "12 bytes" of the wanted data; "" for none. Caller frees. */
static char *wanted_size(const struct secretdata *d, const char *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (streq(d->v[i].key, key))
			return mem_printf("%zu", d->v[i].len);
	return mem_strdup("");
}

static char *live_size(const struct jsonx *data, const char *key)
{
	const char *text = jsonx_get_str(data, key);
	const size_t len = text ? strlen(text) : 0;
	size_t padding = 0;

	while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
		padding++;
	return text ? mem_printf("%zu", len / 4 * 3 - padding) : mem_strdup("");
}

static void add_rows(struct table *t, const char *what, const struct strv *keys, const struct secretdata *d,
		     const struct jsonx *live)
{
	for (size_t i = 0; i < keys->n; i++) {
		CLEANUP(mem_freep) char *before = live_size(live, keys->v[i]);
		CLEANUP(mem_freep) char *after = wanted_size(d, keys->v[i]);

		table_row(t, (const char *const[]){what, keys->v[i], before, after}, 4);
	}
}

static NODISCARD err_t show(const struct opi_settings *s, const struct secretdata *d,
			    const struct jsonx *live, const struct secretdata_changes *changes)
{
	CLEANUP(table_release) struct table t = {0};

	table_row(&t, (const char *const[]){"CHANGE", "KEY", "BYTES NOW", "BYTES THEN"}, 4);
	add_rows(&t, "add", &changes->added, d, live);
	add_rows(&t, "change", &changes->changed, d, live);
	add_rows(&t, "remove", &changes->removed, d, live);
	return print_table(&t, s->connection.no_color);
}

/* The Secret's data; an empty object where there is none. */
static NODISCARD err_t live_data(const struct cluster *c, const char *name, struct kube_object *secret)
{
	err_t e = cluster_get(c, &kube_secrets, name, secret);

	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e);
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct opi_settings *s = settings;
	CLEANUP(cluster_release) struct cluster cluster = {0};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(kube_object_release) struct kube_object object = {0}, secret = {0};
	CLEANUP(item_freep) struct item *item = NULL;
	CLEANUP(secretdata_release) struct secretdata data = {0};
	CLEANUP(secretdata_changes_release) struct secretdata_changes changes = {0};
	CLEANUP(strv_release) struct strv owned = {0};

	TRY_(cluster_open(s, &cluster));
	TRY_(connection_open(&s->connection, &l));
	TRY_(cluster_get(&cluster, &onepassworditem_resource, names[0], &object));
	TRY_(fetch(l, text_of(jsonx_get(object.json, "spec"), "itemPath"), &item));
	TRY_(live_data(&cluster, names[0], &secret));
	TRY_(secretdata_build(item, s->allow_empty, &data));
	read_keys(object.json, &owned);
	TRY_(secretdata_compare(&data, jsonx_get(secret.json, "data"), &owned, &changes));
	if (!secretdata_changes_any(&changes)) {
		printf("The Secret %s/%s holds what version %lld of the item holds.\n", cluster.namespace,
		       names[0], (long long)item->version);
		return NULL;
	}
	TRY_(show(s, &data, jsonx_get(secret.json, "data"), &changes));
	/* As kubectl diff ends. */
	exit(1); /* NOLINT(concurrency-mt-unsafe): one thread */
}

const struct command command_opi_diff = {
	.name = "opi diff",
	.arguments = "NAME [-n NAMESPACE]",
	.summary = "Says which keys of a Secret a sync would change, and their sizes, never values.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct opi_settings),
	.aliases = opi_aliases,
	.run = run,
};
