#include "operator/ownership.h"

#include "base/clock.h"
#include "operator/names.h"

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

/* Members that are fields ("f:…") or elements ("k:…") of a list of fieldsV1. */
static size_t count_owned(const struct jsonx *fields, const char *prefix)
{
	const struct jsonx *value;
	const char *key;
	size_t n = 0;

	for (size_t i = 0; jsonx_next(fields, &i, &key, &value);)
		n += str_has_prefix(key, prefix);
	return n;
}

static const struct jsonx *owners_of(const struct jsonx *entry)
{
	return jsonx_get(jsonx_get(jsonx_get(entry, "fieldsV1"), "f:metadata"), "f:ownerReferences");
}

static void read_our_entry(const struct jsonx *entry, struct ownership *out)
{
	const struct jsonx *metadata = jsonx_get(jsonx_get(entry, "fieldsV1"), "f:metadata");
	const struct jsonx *annotations = jsonx_get(metadata, "f:annotations");

	add_data_keys(entry, &out->keys);
	out->labels = count_owned(jsonx_get(metadata, "f:labels"), "f:");
	out->annotations = count_owned(annotations, "f:");
	out->owners = count_owned(owners_of(entry), "k:");
	out->changed_at = jsonx_get(annotations, "f:" NAME_CHANGED_AT);
	out->item_version = jsonx_get(annotations, "f:" NAME_ITEM_VERSION);
	out->applied_ms = time_of(entry);
}

static void read_string_data(const struct jsonx *entry, struct ownership *out)
{
	const int64_t at_ms = time_of(entry);

	if (jsonx_get(jsonx_get(entry, "fieldsV1"), "f:stringData") && at_ms >= out->applied_ms &&
	    at_ms > out->string_data_ms)
		out->string_data_ms = at_ms;
}

void ownership_parse(const struct jsonx *object, struct ownership *out)
{
	const struct jsonx *entries = jsonx_get(jsonx_get(object, "metadata"), "managedFields");

	*out = (struct ownership){0};
	for (size_t i = 0; i < jsonx_len(entries); i++) {
		const struct jsonx *entry = jsonx_at(entries, i);

		if (is_entry(entry, NAME_MANAGER_SECRET, "Apply"))
			read_our_entry(entry, out);
		else if (is_entry(entry, NAME_MANAGER_OWNERS, "Apply"))
			out->kept_owners = count_owned(owners_of(entry), "k:");
		else if (is_entry(entry, NAME_MANAGER_ORIGINAL, "Update"))
			add_data_keys(entry, &out->original_keys);
	}
	for (size_t i = 0; i < jsonx_len(entries); i++)
		if (!is_entry(jsonx_at(entries, i), NAME_MANAGER_SECRET, "Apply"))
			read_string_data(jsonx_at(entries, i), out);
}

const char *ownership_other(const struct jsonx *object, const char *ours, const char *subresource)
{
	const struct jsonx *entries = jsonx_get(jsonx_get(object, "metadata"), "managedFields");
	const char *other = NULL;
	int64_t newest_ms = 0, ours_ms = 0;

	for (size_t i = 0; i < jsonx_len(entries); i++) {
		const struct jsonx *entry = jsonx_at(entries, i);
		const char *manager = jsonx_get_str(entry, "manager");
		const int64_t at_ms = time_of(entry);

		if (!streq(jsonx_get_str(entry, "subresource"), subresource))
			continue;
		if (streq(manager, ours)) {
			ours_ms = at_ms > ours_ms ? at_ms : ours_ms;
		} else if (at_ms >= newest_ms) {
			newest_ms = at_ms;
			other = manager;
		}
	}
	return newest_ms >= ours_ms ? other : NULL;
}

void ownership_release(struct ownership *o)
{
	strv_release(&o->keys);
	strv_release(&o->original_keys);
}
