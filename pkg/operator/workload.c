#include "operator/workload.h"

#include "base/mem.h"
#include "onepassword/keyname.h"
#include "operator/finalizer.h"
#include "operator/names.h"
#include "operator/podsecrets.h"

#include <ctype.h>
#include <stdio.h>

static void release(struct kobj *o)
{
	struct workload *w = (struct workload *)o;

	mem_free(w->api_version);
	mem_free(w->item_path);
	mem_free(w->secret_name);
	kvlist_release(&w->annotations);
	mem_free(w->auto_restart);
	strv_release(&w->secrets);
	mem_free(w->stamp);
}

/* The annotations that ask for a Secret or describe it: ^operator\.1password\.io/[a-zA-Z.] without those
 * about restarts, as 1Password's operator filters them. */
static bool is_source_annotation(const char *key)
{
	const char *rest;

	if (!str_has_prefix(key, NAME_PREFIX))
		return false;
	rest = key + sizeof(NAME_PREFIX) - 1;
	return (isalpha((unsigned char)*rest) || *rest == '.') && !streq(key, NAME_LAST_RESTARTED) &&
	       !streq(key, NAME_AUTO_RESTART);
}

static void decode_source(const struct jsonx *object, const struct jsonx *template, struct workload *w)
{
	const char *item_name;

	kvlist_add_json(&w->annotations, kube_annotations(object), is_source_annotation);
	if (w->annotations.n == 0)
		kvlist_add_json(&w->annotations, kube_annotations(template), is_source_annotation);
	item_name = kvlist_get(&w->annotations, NAME_ITEM_NAME);
	if (str_empty(item_name))
		return;
	w->secret_name = keyname_for_secret(item_name);
	if (!kube_is_dns_subdomain(w->secret_name)) {
		mem_free(TAKE(w->secret_name));
		return;
	}
	w->item_path = mem_strdup(kvlist_get(&w->annotations, NAME_ITEM_PATH));
	if (!w->item_path)
		w->item_path = mem_strdup("");
}

err_t workload_decode(const struct kube_resource *resource, const struct jsonx *object, struct kobj **out)
{
	const struct jsonx *template = jsonx_get(jsonx_get(object, "spec"), "template");
	struct kube_meta meta;
	struct workload *w;

	TRY_(kube_meta_parse(object, &meta));
	w = MEM_NEW(struct workload);
	kobj_init(&w->o, release);
	w->o.meta = meta;
	w->resource = resource;
	w->api_version = mem_printf("%s/%s", resource->group, resource->version);
	decode_source(object, template, w);
	w->auto_restart = mem_strdup(jsonx_get_str(kube_annotations(object), NAME_AUTO_RESTART));
	w->stamp = mem_strdup(jsonx_get_str(kube_annotations(template), NAME_LAST_RESTARTED));
	podsecrets_find(jsonx_get(template, "spec"), &w->secrets);
	/* The Secret that it asks for counts as used, as the original has it, however the pods get at it. */
	if (w->secret_name && !strv_has(&w->secrets, w->secret_name)) {
		strv_add(&w->secrets, w->secret_name);
		strv_sort(&w->secrets);
	}
	w->has_finalizer = finalizer_is_on(object);
	if (!w->secret_name && w->secrets.n == 0 && !w->has_finalizer) {
		kobj_unref(&w->o);
		*out = NULL;
		return NULL;
	}
	*out = &w->o;
	return NULL;
}

void workload_index_makes(const char *secret_key, char out[WORKLOAD_INDEX_SIZE])
{
	snprintf(out, WORKLOAD_INDEX_SIZE, "m:%s", secret_key);
}

void workload_index_uses(const char *secret_key, char out[WORKLOAD_INDEX_SIZE])
{
	snprintf(out, WORKLOAD_INDEX_SIZE, "u:%s", secret_key);
}

void workload_index_keys(const struct kobj *o, struct strv *out)
{
	const struct workload *w = (const struct workload *)o;
	char key[KUBE_KEY_SIZE], index[WORKLOAD_INDEX_SIZE];

	if (w->secret_name) {
		kube_key_format(o->meta.namespace, w->secret_name, key);
		workload_index_makes(key, index);
		strv_add(out, index);
	}
	for (size_t i = 0; i < w->secrets.n; i++) {
		kube_key_format(o->meta.namespace, w->secrets.v[i], key);
		workload_index_uses(key, index);
		strv_add(out, index);
	}
}

static bool strv_equal(const struct strv *a, const struct strv *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!streq(a->v[i], b->v[i]))
			return false;
	return true;
}

bool workload_equal(const struct workload *a, const struct workload *b)
{
	return streq(a->o.meta.uid, b->o.meta.uid) && a->o.meta.deleting == b->o.meta.deleting &&
	       streq(a->item_path, b->item_path) && streq(a->secret_name, b->secret_name) &&
	       a->annotations.n == b->annotations.n && kvlist_contains(&a->annotations, &b->annotations) &&
	       streq(a->auto_restart, b->auto_restart) && strv_equal(&a->secrets, &b->secrets) &&
	       streq(a->stamp, b->stamp) && a->has_finalizer == b->has_finalizer;
}

void workload_secret_keys(const struct workload *w, struct strv *out)
{
	char key[KUBE_KEY_SIZE];

	for (size_t i = 0; i < w->secrets.n; i++) {
		kube_key_format(w->o.meta.namespace, w->secrets.v[i], key);
		strv_add(out, key);
	}
	if (w->has_finalizer) {
		kube_key_format(w->o.meta.namespace, w->o.meta.name, key);
		strv_add(out, key);
	}
}
