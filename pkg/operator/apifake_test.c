#include "operator/apifake_test.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include "operator/apiobject_test.h"
#include "operator/onepassworditem.h"
#include "operator/quoted_test.h"

#include <stdio.h>
#include <string.h>

void apifake_init(struct apifake *a)
{
	*a = (struct apifake){.version = 100, .now_ms = clock_wall_ms() / 1000 * 1000};
}

static void object_free(struct apiobject *o)
{
	apiobject_forget_managers(o);
	kvlist_release(&o->fields);
	strv_release(&o->finalizers);
	mem_free(o->namespace);
	mem_free(o->name);
	mem_free(o->uid);
	mem_free(o);
}

void apifake_release(struct apifake *a)
{
	for (size_t i = 0; i < a->n; i++)
		object_free(a->objects[i]);
	mem_free(a->objects);
	*a = (struct apifake){0};
}

struct apiobject *apifake_find(const struct apifake *a, const struct kube_resource *resource,
			       const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (streq(a->objects[i]->resource->kind, resource->kind) && streq(a->objects[i]->name, name))
			return a->objects[i];
	return NULL;
}

static struct apiobject *make(struct apifake *a, const struct kube_resource *resource, const char *namespace,
			      const char *name)
{
	struct apiobject *o = MEM_NEW(struct apiobject);

	a->now_ms += 1000;
	a->version++;
	o->resource = resource;
	o->namespace = mem_strdup(namespace ? namespace : "");
	o->name = mem_strdup(name);
	o->uid = mem_printf("uid-%lld", (long long)a->version);
	o->version = a->version;
	o->generation = 1;
	o->created_ms = a->now_ms;
	a->objects = mem_grow(a->objects, a->n + 1, sizeof(struct apiobject *));
	a->objects[a->n++] = o;
	return o;
}

static void touch(struct apifake *a, struct apiobject *o)
{
	a->now_ms += 1000;
	o->version = ++a->version;
}

/* --- what others do --- */

struct apiobject *apifake_add(struct apifake *a, const struct kube_resource *resource, const char *manager,
			      const char *object)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(object);
	const struct jsonx *metadata = jsonx_get(json, "metadata");
	const struct jsonx *finalizers = jsonx_get(metadata, "finalizers");
	struct kvlist fields CLEANUP(kvlist_release) = {0};
	struct apiobject *o =
		make(a, resource, jsonx_get_str(metadata, "namespace"), jsonx_get_str(metadata, "name"));
	struct apientry *entry = apiobject_entry(o, manager, false, NULL);

	apiobject_flatten(json, &fields);
	for (size_t i = 0; i < fields.n; i++) {
		kvlist_set(&o->fields, fields.v[i].key, fields.v[i].value);
		strv_add(&entry->paths, fields.v[i].key);
	}
	for (size_t i = 0; i < jsonx_len(finalizers); i++)
		strv_add(&o->finalizers, jsonx_str(jsonx_at(finalizers, i)));
	entry->time_ms = a->now_ms;
	return o;
}

void apifake_delete(struct apifake *a, const struct kube_resource *resource, const char *name)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->objects[i] != apifake_find(a, resource, name))
			continue;
		object_free(a->objects[i]);
		a->objects[i] = a->objects[--a->n];
		return;
	}
}

void apifake_edit(struct apifake *a, struct apiobject *o, const char *manager, const char *path,
		  const char *value)
{
	struct apientry *entry = apiobject_entry(o, manager, false, NULL);

	touch(a, o);
	entry->time_ms = a->now_ms;
	apiobject_disown(o, path);
	if (!value) {
		apiobject_remove(o, path);
		return;
	}
	kvlist_set(&o->fields, path, value);
	strv_add(&entry->paths, path);
}

void apifake_reset_managers(struct apifake *a, struct apiobject *o)
{
	touch(a, o);
	apiobject_forget_managers(o);
}

const char *apifake_get(const struct apiobject *o, const char *path)
{
	return o ? kvlist_get(&o->fields, path) : NULL;
}

size_t apifake_count(const struct apiobject *o, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; o && i < o->fields.n; i++)
		n += str_has_prefix(o->fields.v[i].key, prefix);
	return n;
}

/* --- answers --- */

/* The field that was wrong stands before the colon. */
static void refuse(struct http_response *out, int code, const char *reason, const char *message)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"%s\","
		"\"reason\":\"%s\",\"details\":{\"causes\":[{\"field\":\"%.*s\"}]},\"code\":%d}",
		message, reason, (int)strcspn(message, ":"), message, code);

	http_fake_answer(out, code, text);
}

static void give(const struct apiobject *o, enum apiview view, int code, struct http_response *out)
{
	char *text CLEANUP(mem_freep) = apiobject_text(o, view);

	http_fake_answer(out, code, text);
}

static bool is_object_conflict(const struct apiobject *o, const struct jsonx *metadata, bool status,
			       struct http_response *out)
{
	const char *version = jsonx_get_str(metadata, "resourceVersion");
	const char *uid = jsonx_get_str(metadata, "uid");
	char current[24];

	snprintf(current, sizeof(current), "%lld", (long long)o->version);
	if (version && !streq(version, current)) {
		refuse(out, 409, "Conflict", "the object has been modified");
		return true;
	}
	if (uid && !streq(uid, o->uid) && !status) {
		refuse(out, 422, "Invalid", "metadata.uid: field is immutable");
		return true;
	}
	return false;
}

static char *old_condition(const char *conditions)
{
	static const char *const kept[] = {"type", "status", "message", "lastTransitionTime"};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct jsonw w;

	CHECK_OK(jsonx_parse(conditions, strlen(conditions), &json));
	strbuf_init(&text, 65536);
	jsonw_init_str(&w, &text);
	jsonw_array(&w);
	jsonw_object(&w);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (jsonx_get_str(jsonx_at(json, 0), kept[i]))
			jsonw_kstr(&w, kept[i], jsonx_get_str(jsonx_at(json, 0), kept[i]));
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	CHECK_OK(jsonw_done(&w));
	return strbuf_take(&text);
}

/* What an old CRD keeps. */
static void prune_status(struct kvlist *fields)
{
	struct kvlist kept = {0};
	const char *conditions = kvlist_get(fields, "status\nconditions\n");
	char *text CLEANUP(mem_freep) = conditions ? old_condition(conditions) : NULL;

	if (text)
		kvlist_set(&kept, "status\nconditions\n", text);
	kvlist_release(fields);
	*fields = kept;
}

static bool has_spec(const struct kvlist *fields)
{
	for (size_t i = 0; i < fields->n; i++)
		if (!str_has_prefix(fields->v[i].key, "metadata\n") &&
		    !str_has_prefix(fields->v[i].key, "status\n"))
			return true;
	return false;
}

/* The object gets the fields, which the entry owns from now on; true when that changed anything. */
static bool take(struct apiobject *o, struct apientry *entry, const struct kvlist *fields)
{
	bool changed = false;

	for (size_t i = 0; i < fields->n; i++) {
		const char *path = fields->v[i].key;

		if (!streq(kvlist_get(&o->fields, path), fields->v[i].value)) {
			apiobject_disown(o, path);
			kvlist_set(&o->fields, path, fields->v[i].value);
			changed = true;
		}
		if (!strv_has(&entry->paths, path)) {
			strv_add(&entry->paths, path);
			changed = true;
		}
	}
	return changed;
}

/* The object becomes what its managers want; true when that changed anything. */
static bool merge(struct apiobject *o, struct apientry *entry, const struct kvlist *fields)
{
	bool changed = take(o, entry, fields);

	for (size_t i = entry->paths.n; i-- > 0;) {
		char *path CLEANUP(mem_freep) = mem_strdup(entry->paths.v[i]);

		if (kvlist_get(fields, path))
			continue;
		apientry_remove(entry, path);
		if (!apiobject_is_owned(o, path))
			apiobject_remove(o, path);
		changed = true;
	}
	return changed;
}

static void apply(struct apifake *a, struct apiobject *o, const struct apirequest *r,
		  const struct jsonx *body, struct http_response *out)
{
	const struct jsonx *metadata = jsonx_get(body, "metadata");
	const bool is_new = !o;
	struct kvlist fields CLEANUP(kvlist_release) = {0};
	struct apientry *entry;

	if (is_new && r->subresource) {
		refuse(out, 404, "NotFound", "not found");
		return;
	}
	if (is_new && jsonx_get_str(metadata, "uid")) {
		refuse(out, 409, "Conflict", "uid mismatch");
		return;
	}
	if (!is_new && is_object_conflict(o, metadata, r->subresource, out))
		return;
	apiobject_flatten(body, &fields);
	if (r->subresource && a->crd_is_old) {
		refuse(out, 500, "", "failed to create typed patch object: field not declared in schema");
		return;
	}
	if (!is_new && kvlist_get(&fields, "type\n") &&
	    !streq(kvlist_get(&fields, "type\n"), apifake_get(o, "type\n"))) {
		refuse(out, 422, "Invalid", "type: field is immutable");
		return;
	}
	if (is_new)
		o = make(a, r->resource, r->namespace, r->name);
	entry = apiobject_entry(o, r->manager, true, r->subresource);
	if (merge(o, entry, &fields)) {
		if (!is_new)
			touch(a, o);
		if (!is_new && has_spec(&fields))
			o->generation++;
		entry->time_ms = a->now_ms;
	}
	give(o, APIVIEW_FULL, is_new ? 201 : 200, out);
}

static void merge_patch(struct apifake *a, struct apiobject *o, const struct apirequest *r,
			const struct jsonx *body, struct http_response *out)
{
	struct kvlist fields CLEANUP(kvlist_release) = {0};
	struct apientry *entry;

	if (!o) {
		refuse(out, 404, "NotFound", "not found");
		return;
	}
	if (is_object_conflict(o, jsonx_get(body, "metadata"), r->subresource, out))
		return;
	apiobject_flatten(body, &fields);
	if (r->subresource && a->crd_is_old)
		prune_status(&fields);
	entry = apiobject_entry(o, r->manager, false, r->subresource);
	if (take(o, entry, &fields)) {
		touch(a, o);
		entry->time_ms = a->now_ms;
	}
	give(o, APIVIEW_FULL, 200, out);
}

static void patch(struct apifake *a, struct apiobject *o, const struct jsonx *body, struct http_response *out)
{
	if (!o) {
		refuse(out, 404, "NotFound", "not found");
		return;
	}
	switch (apiobject_patch(o, body)) {
	case APIPATCH_DONE:
		touch(a, o);
		give(o, APIVIEW_FULL, 200, out);
		return;
	case APIPATCH_CONFLICT:
		refuse(out, 409, "Conflict", "the object has been modified");
		return;
	case APIPATCH_REFUSED:
		refuse(out, 422, "Invalid", "the server rejected our request due to an error in our request");
		return;
	}
}

static bool is_refused(const struct apifake *a, const struct apirequest *r)
{
	if (streq(a->refused, "Secret/restarted"))
		return streq(r->manager, "onepassword-operator-restarted");
	return streq(a->refused, r->resource->kind) && !r->subresource;
}

static void write_object(struct apifake *a, struct apiobject *o, const struct apirequest *r,
			 const struct http_request *req, struct http_response *out)
{
	struct jsonx *body CLEANUP(jsonx_freep) = NULL;

	if (is_refused(a, r)) {
		refuse(out, a->refused_code, "Refused", a->quote ? a->quote : "no");
		return;
	}
	CHECK_OK(jsonx_parse(req->body, req->body_len, &body));
	if (streq(req->content_type, "application/apply-patch+yaml"))
		apply(a, o, r, body, out);
	else if (streq(req->content_type, "application/merge-patch+json"))
		merge_patch(a, o, r, body, out);
	else
		patch(a, o, body, out);
}

static const struct kube_resource *resource_of(const char *plural)
{
	static const struct kube_resource *const all[] = {&kube_secrets, &kube_deployments, &kube_namespaces,
							  &onepassworditem_resource};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (streq(all[i]->plural, plural))
			return all[i];
	return NULL;
}

static const char *piece(const struct strv *pieces, size_t i)
{
	return i < pieces->n ? pieces->v[i] : NULL;
}

void apifake_answer(struct apifake *a, const struct http_request *req, struct http_response *out)
{
	const char *query = strchr(req->path, '?');
	char *path CLEANUP(mem_freep) =
		mem_strndup(req->path, query ? (size_t)(query - req->path) : strlen(req->path));
	struct strv pieces CLEANUP(strv_release) = {0};
	struct apirequest r = {0};
	struct apiobject *o;
	size_t at;

	/* /api/v1/… or /apis/group/version/…, then namespaces/NAMESPACE/ before what is in one. */
	strv_split(&pieces, path, '/');
	at = streq(piece(&pieces, 1), "api") ? 3 : 4;
	if (pieces.n > at + 2) {
		r.namespace = piece(&pieces, at + 1);
		at += 2;
	}
	r.resource = resource_of(piece(&pieces, at));
	r.name = piece(&pieces, at + 1);
	r.subresource = piece(&pieces, at + 2);
	CHECK_MSG(r.resource && r.name, "%s %s", req->method, req->path);
	sscanf(query ? query : "", "?fieldManager=%63[^&]", r.manager);

	o = apifake_find(a, r.resource, r.name);
	out->server_time_ms = 0;
	if (streq(req->method, "PATCH"))
		write_object(a, o, &r, req, out);
	else if (!o)
		refuse(out, 404, "NotFound", "not found");
	else
		give(o,
		     strstr(req->headers[0].value, "PartialObjectMetadata") ? APIVIEW_METADATA : APIVIEW_FULL,
		     200, out);
	out->server_time_ms = a->now_ms;
}
