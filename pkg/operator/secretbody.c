#include "operator/secretbody.h"

#include "base/clock.h"
#include "operator/names.h"

#include <stdio.h>

#define CREATE_VERSION "1"

static void begin(struct jsonw *w, const struct secretbody_object *object)
{
	jsonw_object(w);
	jsonw_kstr(w, "apiVersion", "v1");
	jsonw_kstr(w, "kind", "Secret");
	jsonw_kobject(w, "metadata");
	jsonw_kstr(w, "name", object->name);
	jsonw_kstr(w, "namespace", object->namespace);
	if (object->uid)
		jsonw_kstr(w, "uid", object->uid);
	jsonw_kstr(w, "resourceVersion", object->uid ? object->resource_version : CREATE_VERSION);
}

static void write_number(struct jsonw *w, const char *key, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	jsonw_kstr(w, key, text);
}

static void write_annotations(struct jsonw *w, const struct desired *want, const struct secretbody_item *item,
			      size_t n_keys)
{
	char changed_at[CLOCK_RFC3339_SIZE];

	jsonw_kobject(w, "annotations");
	for (size_t i = 0; i < want->annotations.n; i++)
		jsonw_kstr(w, want->annotations.v[i].key, want->annotations.v[i].value);
	jsonw_kstr(w, NAME_ITEM_PATH, item->path);
	write_number(w, NAME_ITEM_VERSION, item->version);
	write_number(w, NAME_KEYS, (int64_t)n_keys);
	if (item->changed_at_ms) {
		clock_format_rfc3339(item->changed_at_ms, 3, changed_at);
		jsonw_kstr(w, NAME_CHANGED_AT, changed_at);
	}
	jsonw_end_object(w);
}

static void write_owners(struct jsonw *w, const struct desired *want)
{
	jsonw_karray(w, "ownerReferences");
	for (size_t i = 0; i < want->n_owners; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "apiVersion", want->owners[i].api_version);
		jsonw_kstr(w, "kind", want->owners[i].kind);
		jsonw_kstr(w, "name", want->owners[i].name);
		jsonw_kstr(w, "uid", want->owners[i].uid);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

err_t secretbody_apply(const struct secretbody_object *object, const struct desired *want,
		       const struct secretbody_item *item, const struct secretdata *data, struct secret *out)
{
	struct jsonw w;

	jsonw_init_secret(&w, out);
	begin(&w, object);
	jsonw_key(&w, "labels");
	kvlist_write(&want->labels, &w);
	write_annotations(&w, want, item, data->n);
	write_owners(&w, want);
	jsonw_end_object(&w);
	jsonw_kstr(&w, "type", want->type);
	jsonw_key(&w, "data");
	secretdata_write(data, &w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t secretbody_owners(const struct secretbody_object *object, const struct desired *want,
			struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	begin(&w, object);
	if (want)
		write_owners(&w, want);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t secretbody_restarted(const struct secretbody_object *object, const char *restarted, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	begin(&w, object);
	jsonw_kobject(&w, "annotations");
	jsonw_kstr(&w, NAME_RESTARTED, restarted);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
