#include "operator/adopt.h"

#include "base/clock.h"
#include "operator/names.h"
#include "operator/ownership.h"
#include "json/jsonw.h"

#include <stdio.h>

static const struct jsonx *managed_fields(const struct jsonx *live)
{
	return jsonx_get(jsonx_get(live, "metadata"), "managedFields");
}

/* The entry of 1Password's operator that owns data: its index, or -1. Every program made with kubebuilder
 * calls itself "manager", so nothing but what that operator writes is taken from it. */
static int original_entry(const struct jsonx *live)
{
	const struct jsonx *entries = managed_fields(live);

	for (size_t i = 0; i < jsonx_len(entries); i++) {
		const struct jsonx *entry = jsonx_at(entries, i);

		if (streq(jsonx_get_str(entry, "manager"), NAME_MANAGER_ORIGINAL) &&
		    streq(jsonx_get_str(entry, "operation"), "Update") &&
		    jsonx_get(jsonx_get(entry, "fieldsV1"), "f:data"))
			return (int)i;
	}
	return -1;
}

static void begin_step(struct jsonw *w, const char *op, const char *path)
{
	jsonw_object(w);
	jsonw_kstr(w, "op", op);
	jsonw_kstr(w, "path", path);
}

static void write_step(struct jsonw *w, const char *op, const char *path, const char *value)
{
	begin_step(w, op, path);
	if (value)
		jsonw_kstr(w, "value", value);
	jsonw_end_object(w);
}

/* What the original wrote among the annotations: the member of f:annotations, and how a JSON pointer spells
 * it ('/' is "~1", RFC 6901). */
static const struct {
	const char *member, *pointer;
} original_annotations[] = {
	{"f:" NAME_ITEM_PATH, "f:operator.1password.io~1item-path"},
	{"f:" NAME_ITEM_VERSION, "f:operator.1password.io~1item-version"},
	{"f:" NAME_AUTO_RESTART, "f:operator.1password.io~1auto-restart"},
};

static bool owns_annotation(const struct jsonx *fields, const char *member)
{
	return jsonx_get(jsonx_get(jsonx_get(fields, "f:metadata"), "f:annotations"), member);
}

static void write_removals(struct jsonw *w, const struct jsonx *fields, int place)
{
	char path[160];

	snprintf(path, sizeof(path), "/metadata/managedFields/%d/manager", place);
	write_step(w, "test", path, NAME_MANAGER_ORIGINAL);
	snprintf(path, sizeof(path), "/metadata/managedFields/%d/fieldsV1/f:data", place);
	write_step(w, "remove", path, NULL);
	for (size_t i = 0; i < ARRAY_LEN(original_annotations); i++) {
		if (!owns_annotation(fields, original_annotations[i].member))
			continue;
		snprintf(path, sizeof(path),
			 "/metadata/managedFields/%d/fieldsV1/f:metadata/f:annotations/%s", place,
			 original_annotations[i].pointer);
		write_step(w, "remove", path, NULL);
	}
}

/* No entry tells any more which keys were ours: those that the item has. */
static void write_wanted_keys(struct jsonw *w, const struct jsonx *live_data, const struct secretdata *data)
{
	jsonw_object(w);
	for (size_t i = 0; i < data->n; i++) {
		struct strbuf field CLEANUP(strbuf_release) = {0};

		if (!jsonx_get(live_data, data->v[i].key))
			continue;
		strbuf_init(&field, 300);
		strbuf_addf(&field, "f:%s", data->v[i].key);
		jsonw_kobject(w, field.p);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
}

/* With the annotations: one that is no longer wanted goes only with an apply of who owns it. */
static void write_moved(struct jsonw *w, const struct jsonx *fields)
{
	jsonw_value(w, jsonx_get(fields, "f:data"));
	jsonw_kobject(w, "f:metadata");
	jsonw_kobject(w, "f:annotations");
	for (size_t i = 0; i < ARRAY_LEN(original_annotations); i++) {
		if (!owns_annotation(fields, original_annotations[i].member))
			continue;
		jsonw_kobject(w, original_annotations[i].member);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	jsonw_end_object(w);
}

/* fields: those of the original's entry; NULL: there is none. */
static void write_our_entry(struct jsonw *w, const struct jsonx *fields, const struct jsonx *live_data,
			    const struct secretdata *data)
{
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_wall_ms(), 0, now);
	jsonw_object(w);
	jsonw_kstr(w, "manager", NAME_MANAGER_SECRET);
	jsonw_kstr(w, "operation", "Apply");
	jsonw_kstr(w, "apiVersion", "v1");
	jsonw_kstr(w, "time", now);
	jsonw_kstr(w, "fieldsType", "FieldsV1");
	jsonw_kobject(w, "fieldsV1");
	jsonw_key(w, "f:data");
	if (fields)
		write_moved(w, fields);
	else
		write_wanted_keys(w, live_data, data);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static err_t write_patch(const struct jsonx *live, int place, const struct secretdata *data,
			 struct strbuf *out)
{
	const struct jsonx *entries = managed_fields(live);
	const struct jsonx *fields =
		place >= 0 ? jsonx_get(jsonx_at(entries, (size_t)place), "fieldsV1") : NULL;
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_array(&w);
	write_step(&w, "replace", "/metadata/resourceVersion",
		   jsonx_get_str(jsonx_get(live, "metadata"), "resourceVersion"));
	if (place >= 0) {
		write_removals(&w, fields, place);
		begin_step(&w, "add", "/metadata/managedFields/-");
		jsonw_key(&w, "value");
		write_our_entry(&w, fields, jsonx_get(live, "data"), data);
	} else {
		begin_step(&w, "add", "/metadata/managedFields");
		jsonw_karray(&w, "value");
		write_our_entry(&w, NULL, jsonx_get(live, "data"), data);
		jsonw_end_array(&w);
	}
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	return jsonw_done(&w);
}

err_t adopt_patch(const struct jsonx *live, bool is_original, const struct secretdata *data,
		  struct strbuf *out, bool *out_needed)
{
	const bool is_reset = jsonx_len(managed_fields(live)) == 0;
	const int place = is_original ? original_entry(live) : -1;
	struct ownership owned CLEANUP(ownership_release);

	ownership_parse(live, &owned);
	*out_needed = owned.keys.n == 0 && (place >= 0 || is_reset);
	return *out_needed ? write_patch(live, place, data, out) : NULL;
}
