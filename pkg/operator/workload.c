#include "operator/workload.h"

#include "base/mem.h"
#include "onepassword/keyname.h"
#include "operator/finalizer.h"
#include "operator/names.h"
#include "operator/podsecrets.h"
#include "operator/rollout.h"

#include <ctype.h>
#include <stdio.h>

static void release(struct kobj *o)
{
	struct workload *w = (struct workload *)o;

	mem_free(w->api_version);
	for (size_t i = 0; i < w->n_requests; i++) {
		mem_free(w->requests[i].item_name);
		mem_free(w->requests[i].secret_name);
		mem_free(w->requests[i].item_path);
	}
	mem_free(w->requests);
	mem_free(w->bad_name);
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

const struct workload_request *workload_request(const struct workload *w, const char *secret_name)
{
	for (size_t i = 0; i < w->n_requests; i++)
		if (streq(w->requests[i].secret_name, secret_name))
			return &w->requests[i];
	return NULL;
}

/* suffix: "", or "." and what follows. */
static void add_request(struct workload *w, const char *item_name, const char *suffix)
{
	char *path_key CLEANUP(mem_freep) = mem_printf("%s%s", NAME_ITEM_PATH, suffix);
	char *secret_name CLEANUP(mem_freep) = keyname_for_secret(item_name);
	const char *item_path = kvlist_get(&w->annotations, path_key);

	if (!kube_is_dns_subdomain(secret_name) && !w->bad_name)
		w->bad_name = mem_strdup(item_name);
	if (!kube_is_dns_subdomain(secret_name) || workload_request(w, secret_name) ||
	    w->n_requests == WORKLOAD_REQUESTS_MAX)
		return;
	w->requests = mem_grow(w->requests, w->n_requests + 1, sizeof(*w->requests));
	w->requests[w->n_requests++] = (struct workload_request){
		.item_name = mem_strdup(item_name),
		.secret_name = TAKE(secret_name),
		.item_path = mem_strdup(item_path ? item_path : ""),
	};
}

static void decode_requests(const struct jsonx *object, const struct jsonx *template, struct workload *w)
{
	kvlist_add_json(&w->annotations, kube_annotations(object), is_source_annotation);
	if (w->annotations.n == 0)
		kvlist_add_json(&w->annotations, kube_annotations(template), is_source_annotation);
	for (size_t i = 0; i < w->annotations.n; i++) {
		const struct kv *a = &w->annotations.v[i];
		const char *suffix;

		if (!str_has_prefix(a->key, NAME_ITEM_NAME) || str_empty(a->value))
			continue;
		suffix = a->key + sizeof(NAME_ITEM_NAME) - 1;
		if (*suffix == '\0' || (*suffix == '.' && suffix[1]))
			add_request(w, a->value, suffix);
	}
}

/* The Secrets that it asks for count as used, as the original has it, however the pods get at them. */
static void use_requested(struct workload *w)
{
	for (size_t i = 0; i < w->n_requests; i++)
		if (!strv_has(&w->secrets, w->requests[i].secret_name))
			strv_add(&w->secrets, w->requests[i].secret_name);
	strv_sort(&w->secrets);
}

static bool has_own_key(const struct workload *w)
{
	return w->has_finalizer || w->bad_name;
}

err_t workload_decode(const struct kube_resource *resource, const struct jsonx *object,
		      const struct kube_selector *served, struct kobj **out)
{
	const bool is_served = !served || kube_selector_matches(served, kube_labels(object));
	const bool is_cron = resource == &kube_cronjobs;
	const struct jsonx *spec = jsonx_get(object, "spec");
	const struct jsonx *job = jsonx_get(jsonx_get(spec, "jobTemplate"), "spec");
	const struct jsonx *template = jsonx_get(is_cron ? job : spec, "template");
	struct kube_meta meta;
	struct workload *w;

	TRY_(kube_meta_parse(object, &meta));
	w = MEM_NEW(struct workload);
	kobj_init(&w->o, release);
	w->o.meta = meta;
	w->resource = resource;
	w->api_version = mem_printf("%s/%s", resource->group, resource->version);
	if (is_served)
		decode_requests(object, template, w);
	w->auto_restart = mem_strdup(jsonx_get_str(kube_annotations(object), NAME_AUTO_RESTART));
	w->stamp = mem_strdup(jsonx_get_str(kube_annotations(template), NAME_LAST_RESTARTED));
	w->never_restarted = is_cron;
	if (!is_cron)
		podsecrets_find(jsonx_get(template, "spec"), &w->secrets);
	use_requested(w);
	w->has_finalizer = is_served && finalizer_is_on(object);
	w->rolling = !is_cron && rollout_is_going_on(resource, object);
	if (w->secrets.n == 0 && !has_own_key(w)) {
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

	for (size_t i = 0; i < w->n_requests; i++) {
		kube_key_format(o->meta.namespace, w->requests[i].secret_name, key);
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

bool workload_equal_but_stamp(const struct workload *a, const struct workload *b)
{
	return streq(a->o.meta.uid, b->o.meta.uid) && a->o.meta.deleting == b->o.meta.deleting &&
	       kvlist_equal(&a->annotations, &b->annotations) && streq(a->auto_restart, b->auto_restart) &&
	       strv_equal(&a->secrets, &b->secrets) && a->has_finalizer == b->has_finalizer;
}

bool workload_equal(const struct workload *a, const struct workload *b)
{
	return workload_equal_but_stamp(a, b) && streq(a->stamp, b->stamp);
}

void workload_secret_keys(const struct workload *w, struct strv *out)
{
	char key[KUBE_KEY_SIZE];

	for (size_t i = 0; i < w->secrets.n; i++) {
		kube_key_format(w->o.meta.namespace, w->secrets.v[i], key);
		strv_add(out, key);
	}
	if (has_own_key(w)) {
		kube_key_format(w->o.meta.namespace, w->o.meta.name, key);
		strv_add(out, key);
	}
}
