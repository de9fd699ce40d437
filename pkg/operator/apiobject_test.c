#include "operator/apiobject_test.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "json/jsonw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)
#define OWNERS "metadata\nownerReferences\n"

/* --- from JSON to fields --- */

static char *text_of(const struct jsonx *v)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonw w;

	strbuf_init(&text, TEXT_MAX);
	jsonw_init_str(&w, &text);
	jsonw_value(&w, v);
	CHECK_OK(jsonw_done(&w));
	return strbuf_take(&text);
}

static void add_leaf(const char *path, const struct jsonx *v, struct kvlist *out)
{
	char *text CLEANUP(mem_freep) = text_of(v);

	kvlist_set(out, path, text);
}

static void add_owners(const struct jsonx *owners, struct kvlist *out)
{
	for (size_t i = 0; i < jsonx_len(owners); i++) {
		char *path CLEANUP(mem_freep) =
			mem_printf(OWNERS "%s\n", jsonx_get_str(jsonx_at(owners, i), "uid"));

		add_leaf(path, jsonx_at(owners, i), out);
	}
}

/* What identifies an object is no field of it. */
static bool is_identity(const char *path)
{
	static const char *const paths[] = {"apiVersion\n",          "kind\n",
					    "metadata\nname\n",      "metadata\nnamespace\n",
					    "metadata\nuid\n",       "metadata\nresourceVersion\n",
					    "metadata\nfinalizers\n"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (streq(path, paths[i]))
			return true;
	return false;
}

static void flatten(const char *prefix, const struct jsonx *v, struct kvlist *out)
{
	const struct jsonx *value;
	const char *key;

	for (size_t i = 0; jsonx_next(v, &i, &key, &value);) {
		char *path CLEANUP(mem_freep) = mem_printf("%s%s\n", prefix, key);

		if (streq(path, OWNERS))
			add_owners(value, out);
		else if (jsonx_type(value) == JSONX_OBJECT)
			flatten(path, value, out);
		else if (!is_identity(path))
			add_leaf(path, value, out);
	}
}

void apiobject_flatten(const struct jsonx *object, struct kvlist *out)
{
	flatten("", object, out);
}

/* --- managers --- */

struct apientry *apiobject_entry(struct apiobject *o, const char *manager, bool is_apply,
				 const char *subresource)
{
	struct apientry *e;

	for (size_t i = 0; i < o->n_entries; i++) {
		e = &o->entries[i];
		if (streq(e->manager, manager) && e->apply == is_apply && streq(e->subresource, subresource))
			return e;
	}
	o->entries = mem_grow(o->entries, o->n_entries + 1, sizeof(*o->entries));
	e = &o->entries[o->n_entries++];
	*e = (struct apientry){
		.manager = mem_strdup(manager), .apply = is_apply, .subresource = mem_strdup(subresource)};
	return e;
}

void apientry_remove(struct apientry *e, const char *path)
{
	for (size_t i = e->paths.n; i-- > 0;) {
		if (!streq(e->paths.v[i], path))
			continue;
		mem_free(e->paths.v[i]);
		e->paths.v[i] = e->paths.v[--e->paths.n];
	}
}

void apiobject_disown(struct apiobject *o, const char *path)
{
	for (size_t i = 0; i < o->n_entries; i++)
		apientry_remove(&o->entries[i], path);
}

bool apiobject_is_owned(const struct apiobject *o, const char *path)
{
	for (size_t i = 0; i < o->n_entries; i++)
		if (strv_has(&o->entries[i].paths, path))
			return true;
	return false;
}

void apiobject_remove(struct apiobject *o, const char *path)
{
	struct kvlist kept = {0};

	for (size_t i = 0; i < o->fields.n; i++)
		if (!streq(o->fields.v[i].key, path))
			kvlist_set(&kept, o->fields.v[i].key, o->fields.v[i].value);
	kvlist_release(&o->fields);
	o->fields = kept;
}

void apiobject_forget_managers(struct apiobject *o)
{
	for (size_t i = 0; i < o->n_entries; i++) {
		mem_free(o->entries[i].manager);
		mem_free(o->entries[i].subresource);
		strv_release(&o->entries[i].paths);
	}
	mem_free(TAKE(o->entries));
	o->n_entries = 0;
}

/* --- from fields to JSON --- */

/* Writes sorted paths as nested objects. values NULL: as managedFields has them. */
struct tree {
	struct jsonw *w;
	const struct strv *paths;
	const struct kvlist *values;
};

static void write_key(const struct tree *t, const char *segment, size_t len, size_t depth, const char *path)
{
	char *text CLEANUP(mem_freep) = NULL;

	if (t->values)
		text = mem_strndup(segment, len);
	else if (depth == 2 && str_has_prefix(path, OWNERS))
		text = mem_printf("k:{\"uid\":\"%.*s\"}", (int)len, segment);
	else
		text = mem_printf("f:%.*s", (int)len, segment);
	jsonw_key(t->w, text);
}

static void write_tree(const struct tree *t, size_t from, size_t to, size_t offset, size_t depth)
{
	jsonw_object(t->w);
	while (from < to) {
		const char *path = t->paths->v[from];
		const char *segment = path + offset;
		const size_t len = strcspn(segment, "\n");
		size_t end = from + 1;

		while (end < to && strncmp(t->paths->v[end], path, offset + len + 1) == 0)
			end++;
		write_key(t, segment, len, depth, path);
		if (segment[len + 1]) {
			write_tree(t, from, end, offset + len + 1, depth + 1);
		} else if (t->values) {
			const char *value = kvlist_get(t->values, path);

			jsonw_raw(t->w, value, strlen(value));
		} else {
			jsonw_object(t->w);
			jsonw_end_object(t->w);
		}
		from = end;
	}
	jsonw_end_object(t->w);
}

static void write_time(struct jsonw *w, const char *key, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, 0, text);
	jsonw_kstr(w, key, text);
}

static void write_entries(const struct apiobject *o, struct jsonw *w)
{
	jsonw_karray(w, "managedFields");
	for (size_t i = 0; i < o->n_entries; i++) {
		struct apientry *e = &o->entries[i];

		strv_sort(&e->paths);
		jsonw_object(w);
		jsonw_kstr(w, "manager", e->manager);
		jsonw_kstr(w, "operation", e->apply ? "Apply" : "Update");
		if (e->subresource)
			jsonw_kstr(w, "subresource", e->subresource);
		write_time(w, "time", e->time_ms);
		jsonw_key(w, "fieldsV1");
		write_tree(&(struct tree){w, &e->paths, NULL}, 0, e->paths.n, 0, 0);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void write_part(const struct apiobject *o, struct jsonw *w, const char *prefix, const char *key)
{
	struct strv paths CLEANUP(strv_release) = {0};

	for (size_t i = 0; i < o->fields.n; i++)
		if (str_has_prefix(o->fields.v[i].key, prefix))
			strv_add(&paths, o->fields.v[i].key);
	if (paths.n == 0)
		return;
	strv_sort(&paths);
	jsonw_key(w, key);
	if (streq(paths.v[0], prefix)) {
		const char *value = kvlist_get(&o->fields, prefix);

		jsonw_raw(w, value, strlen(value));
		return;
	}
	write_tree(&(struct tree){w, &paths, &o->fields}, 0, paths.n, strlen(prefix), 0);
}

static void write_owner_list(const struct apiobject *o, struct jsonw *w)
{
	jsonw_karray(w, "ownerReferences");
	for (size_t i = 0; i < o->fields.n; i++)
		if (str_has_prefix(o->fields.v[i].key, OWNERS))
			jsonw_raw(w, o->fields.v[i].value, strlen(o->fields.v[i].value));
	jsonw_end_array(w);
}

static void write_metadata(const struct apiobject *o, struct jsonw *w)
{
	char version[24];

	snprintf(version, sizeof(version), "%lld", (long long)o->version);
	jsonw_kobject(w, "metadata");
	jsonw_kstr(w, "name", o->name);
	if (*o->namespace)
		jsonw_kstr(w, "namespace", o->namespace);
	jsonw_kstr(w, "uid", o->uid);
	jsonw_kstr(w, "resourceVersion", version);
	jsonw_kint(w, "generation", o->generation);
	write_time(w, "creationTimestamp", o->created_ms);
	if (o->deleting)
		write_time(w, "deletionTimestamp", o->created_ms);
	jsonw_karray(w, "finalizers");
	for (size_t i = 0; i < o->finalizers.n; i++)
		jsonw_str(w, o->finalizers.v[i]);
	jsonw_end_array(w);
	write_part(o, w, "metadata\nlabels\n", "labels");
	write_part(o, w, "metadata\nannotations\n", "annotations");
	write_owner_list(o, w);
	write_entries(o, w);
	jsonw_end_object(w);
}

char *apiobject_text(const struct apiobject *o, enum apiview view)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	char *api_version CLEANUP(mem_freep) = mem_printf(
		"%s%s%s", o->resource->group, *o->resource->group ? "/" : "", o->resource->version);
	const bool full = view == APIVIEW_FULL;
	struct jsonw w;

	strbuf_init(&text, TEXT_MAX);
	jsonw_init_str(&w, &text);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", full ? api_version : "meta.k8s.io/v1");
	jsonw_kstr(&w, "kind", full ? o->resource->kind : "PartialObjectMetadata");
	write_metadata(o, &w);
	if (full) {
		write_part(o, &w, "type\n", "type");
		write_part(o, &w, "immutable\n", "immutable");
		write_part(o, &w, "data\n", "data");
		write_part(o, &w, "spec\n", "spec");
		write_part(o, &w, "status\n", "status");
	}
	jsonw_end_object(&w);
	CHECK_OK(jsonw_done(&w));
	return strbuf_take(&text);
}

/* --- JSON patches --- */

/* "f:a": {"f:b": {}} as "a\nb\n". */
static void add_paths(const char *prefix, const struct jsonx *fields, struct strv *out)
{
	const struct jsonx *value;
	const char *key;

	for (size_t i = 0; jsonx_next(fields, &i, &key, &value);) {
		char *path CLEANUP(mem_freep) = mem_printf("%s%s\n", prefix, key + 2);

		if (!str_has_prefix(key, "f:"))
			continue;
		if (jsonx_len(value) > 0)
			add_paths(path, value, out);
		else
			strv_add(out, path);
	}
}

static void add_entry(struct apiobject *o, const struct jsonx *json)
{
	struct apientry *e = apiobject_entry(o, jsonx_get_str(json, "manager"),
					     streq(jsonx_get_str(json, "operation"), "Apply"), NULL);

	CHECK(clock_parse_rfc3339(jsonx_get_str(json, "time"), &e->time_ms));
	add_paths("", jsonx_get(json, "fieldsV1"), &e->paths);
}

/* The rest of a JSON pointer below fieldsV1 as the path that it means. */
static char *path_of_pointer(const char *pointer)
{
	struct strbuf path CLEANUP(strbuf_release) = {0};
	struct strv pieces CLEANUP(strv_release) = {0};

	strbuf_init(&path, 4096);
	strv_split(&pieces, pointer, '/');
	for (size_t i = 1; i < pieces.n; i++) {
		char *slash = strstr(pieces.v[i], "~1");

		CHECK(str_has_prefix(pieces.v[i], "f:"));
		if (slash) {
			*slash = '/';
			memmove(slash + 1, slash + 2, strlen(slash + 2) + 1);
		}
		strbuf_addf(&path, "%s\n", pieces.v[i] + 2);
	}
	return strbuf_take(&path);
}

static enum apipatch remove_fields(struct apiobject *o, size_t entry, const char *pointer)
{
	char *prefix CLEANUP(mem_freep) = path_of_pointer(pointer);
	struct strv gone CLEANUP(strv_release) = {0};

	if (entry >= o->n_entries)
		return APIPATCH_REFUSED;
	for (size_t i = 0; i < o->entries[entry].paths.n; i++)
		if (str_has_prefix(o->entries[entry].paths.v[i], prefix))
			strv_add(&gone, o->entries[entry].paths.v[i]);
	for (size_t i = 0; i < gone.n; i++)
		apientry_remove(&o->entries[entry], gone.v[i]);
	return gone.n ? APIPATCH_DONE : APIPATCH_REFUSED;
}

static bool test_holds(const struct apiobject *o, const char *path, const char *value)
{
	size_t i;

	if (streq(path, "/metadata/uid"))
		return streq(o->uid, value);
	if (sscanf(path, "/metadata/finalizers/%zu", &i) == 1)
		return i < o->finalizers.n && streq(o->finalizers.v[i], value);
	if (sscanf(path, "/metadata/managedFields/%zu/manager", &i) == 1)
		return i < o->n_entries && streq(o->entries[i].manager, value);
	return false;
}

static enum apipatch remove_at(struct apiobject *o, const char *path)
{
	const char *fields = strstr(path, "/fieldsV1/");
	size_t i;

	if (fields && sscanf(path, "/metadata/managedFields/%zu/", &i) == 1)
		return remove_fields(o, i, fields + strlen("/fieldsV1"));
	if (sscanf(path, "/metadata/finalizers/%zu", &i) != 1 || i >= o->finalizers.n)
		return APIPATCH_REFUSED;
	mem_free(o->finalizers.v[i]);
	memmove(&o->finalizers.v[i], &o->finalizers.v[i + 1], (o->finalizers.n - i - 1) * sizeof(char *));
	o->finalizers.n--;
	return APIPATCH_DONE;
}

static enum apipatch add_at(struct apiobject *o, const char *path, const struct jsonx *value)
{
	if (streq(path, "/metadata/managedFields/-")) {
		add_entry(o, value);
		return APIPATCH_DONE;
	}
	if (!streq(path, "/metadata/managedFields"))
		return APIPATCH_REFUSED;
	apiobject_forget_managers(o);
	for (size_t i = 0; i < jsonx_len(value); i++)
		add_entry(o, jsonx_at(value, i));
	return APIPATCH_DONE;
}

/* This program's patches test before they change, so a step that fails later is a mistake of the test's. */
enum apipatch apiobject_patch(struct apiobject *o, const struct jsonx *steps)
{
	for (size_t i = 0; i < jsonx_len(steps); i++) {
		const struct jsonx *step = jsonx_at(steps, i);
		const char *op = jsonx_get_str(step, "op"), *path = jsonx_get_str(step, "path");
		enum apipatch result = APIPATCH_DONE;

		if (streq(op, "replace") && streq(path, "/metadata/resourceVersion"))
			result = strtoll(jsonx_get_str(step, "value"), NULL, 10) == o->version
					 ? APIPATCH_DONE
					 : APIPATCH_CONFLICT;
		else if (streq(op, "test"))
			result = test_holds(o, path, jsonx_get_str(step, "value")) ? APIPATCH_DONE
										   : APIPATCH_REFUSED;
		else if (streq(op, "remove"))
			result = remove_at(o, path);
		else if (streq(op, "add"))
			result = add_at(o, path, jsonx_get(step, "value"));
		if (result != APIPATCH_DONE)
			return result;
	}
	return APIPATCH_DONE;
}
