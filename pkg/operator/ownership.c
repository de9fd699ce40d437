#include "operator/ownership.h"

#include "base/clock.h"
#include "operator/names.h"

#include <stdio.h>

static bool is_entry(const struct jsonx *entry, const char *manager, const char *operation)
{
	return streq(jsonx_get_str(entry, "manager"), manager) &&
	       streq(jsonx_get_str(entry, "operation"), operation) && !jsonx_get_str(entry, "subresource");
}

static int64_t time_of(const struct jsonx *entry)
{
	const char *time = jsonx_get_str(entry, "time");
	int64_t ms;

	return time && clock_parse_rfc3339(time, &ms) ? ms : 0;
}

/* The members of f:data are "f:<key>", and "." for the map itself. */
static void add_data_keys(const struct jsonx *entry, struct strv *out)
{
	const struct jsonx *data = jsonx_get(jsonx_get(entry, "fieldsV1"), "f:data");
	const struct jsonx *value;
	const char *key;

	for (size_t i = 0; jsonx_next(data, &i, &key, &value);)
		if (str_has_prefix(key, "f:"))
			strv_add(out, key + 2);
}

static bool owns_marks(const struct jsonx *entry, const struct jsonx *annotations)
{
	static const char *const marks[] = {NAME_ITEM_PATH, NAME_ITEM_VERSION, NAME_KEYS, NAME_CHANGED_AT};
	const struct jsonx *fields =
		jsonx_get(jsonx_get(jsonx_get(entry, "fieldsV1"), "f:metadata"), "f:annotations");
	char member[128];

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		snprintf(member, sizeof(member), "f:%s", marks[i]);
		if (jsonx_get(annotations, marks[i]) && !jsonx_get(fields, member))
			return false;
	}
	return true;
}

static bool has_auto_restart(const struct jsonx *entry)
{
	const struct jsonx *metadata = jsonx_get(jsonx_get(entry, "fieldsV1"), "f:metadata");

	return jsonx_get(jsonx_get(metadata, "f:annotations"), "f:" NAME_AUTO_RESTART);
}

void ownership_parse(const struct jsonx *object, struct ownership *out)
{
	const struct jsonx *entries = jsonx_get(jsonx_get(object, "metadata"), "managedFields");

	*out = (struct ownership){0};
	for (size_t i = 0; i < jsonx_len(entries); i++) {
		const struct jsonx *entry = jsonx_at(entries, i);

		if (is_entry(entry, NAME_MANAGER_SECRET, "Apply")) {
			add_data_keys(entry, &out->keys);
			out->auto_restart = has_auto_restart(entry);
			out->applied_ms = time_of(entry);
			out->marks =
				owns_marks(entry, jsonx_get(jsonx_get(object, "metadata"), "annotations"));
		} else if (is_entry(entry, NAME_MANAGER_ORIGINAL, "Update")) {
			add_data_keys(entry, &out->original_keys);
		}
	}
	for (size_t i = 0; i < jsonx_len(entries); i++) {
		const struct jsonx *entry = jsonx_at(entries, i);

		if (!is_entry(entry, NAME_MANAGER_SECRET, "Apply") &&
		    jsonx_get(jsonx_get(entry, "fieldsV1"), "f:stringData") &&
		    time_of(entry) >= out->applied_ms)
			out->string_data_after = true;
	}
}

void ownership_release(struct ownership *o)
{
	strv_release(&o->keys);
	strv_release(&o->original_keys);
}
