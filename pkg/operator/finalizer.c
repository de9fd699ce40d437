#include "operator/finalizer.h"

#include "base/mem.h"
#include "operator/names.h"
#include "operator/ownership.h"

static int place_of(const struct jsonx *object)
{
	const struct jsonx *finalizers = jsonx_get(jsonx_get(object, "metadata"), "finalizers");

	for (size_t i = 0; i < jsonx_len(finalizers); i++)
		if (streq(jsonx_str(jsonx_at(finalizers, i)), NAME_ORIGINAL_FINALIZER))
			return (int)i;
	return -1;
}

bool finalizer_is_on(const struct jsonx *object)
{
	return place_of(object) >= 0;
}

static void write_step(struct jsonw *w, const char *op, const char *path, const char *value)
{
	jsonw_object(w);
	jsonw_kstr(w, "op", op);
	jsonw_kstr(w, "path", path);
	if (value)
		jsonw_kstr(w, "value", value);
	jsonw_end_object(w);
}

err_t finalizer_remove(struct kube_client *kube, const struct kube_resource *resource,
		       const struct kube_meta *meta, struct cancel *cancel, char **out_by)
{
	const struct kube_target target = {
		.resource = resource, .namespace = meta->namespace, .name = meta->name};
	struct kube_object live CLEANUP(kube_object_release) = {0},
				patched CLEANUP(kube_object_release) = {0};
	struct strbuf body CLEANUP(strbuf_release) = {0}, path CLEANUP(strbuf_release) = {0};
	const char *by;
	struct jsonw w;
	int place;

	*out_by = NULL;
	strbuf_init(&body, 4096);
	strbuf_init(&path, 256);
	TRY(kube_get(kube, &target, KUBE_METADATA_ONLY, cancel, &live), "read finalizers of %s", meta->name);
	place = place_of(live.json);
	if (place < 0)
		return NULL;
	strbuf_addf(&path, "/metadata/finalizers/%d", place);
	jsonw_init_str(&w, &body);
	jsonw_array(&w);
	/* Somebody may have moved the list since: take out only what is what we mean, and only of that
	 * object. */
	write_step(&w, "test", "/metadata/uid", meta->uid);
	write_step(&w, "test", path.p, NAME_ORIGINAL_FINALIZER);
	write_step(&w, "remove", path.p, NULL);
	jsonw_end_array(&w);
	TRY_(jsonw_done(&w));
	by = ownership_other(live.json, NAME_MANAGER_SECRET, NULL);
	TRY(kube_patch(kube, &target, KUBE_PATCH_JSON, NAME_MANAGER_SECRET, body.p, body.len, cancel,
		       &patched),
	    "remove finalizer %s of %s", NAME_ORIGINAL_FINALIZER, meta->name);
	*out_by = mem_strdup(by ? by : NAME_MANAGER_SECRET);
	return NULL;
}
