#include "operator/watches.h"

#include "base/log.h"
#include "base/mem.h"
#include "operator/changes.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"
#include "operator/secretmeta.h"
#include "operator/workload.h"

/* One kind that is watched. */
struct watched {
	const struct kube_resource *resource;
	const char *label_selector;
	const char *thread_name;
	struct kstore *(*store)(const struct shared *s);
	err_t (*decode)(void *arg, const struct jsonx *object, struct kobj **out);
	void (*on_change)(void *arg, const struct kobj *old, const struct kobj *now);
	enum kube_view view;
	bool required; /* without it there is nothing to do */
};

/* A workload is restarted by a kind of its own, so decode is one function for each. */
#define WORKLOAD_KIND(name, number)                                                                          \
	static struct kstore *name##_of(const struct shared *s)                                              \
	{                                                                                                    \
		return s->workloads.stores[number];                                                          \
	}                                                                                                    \
	static err_t decode_##name(void *arg, const struct jsonx *object, struct kobj **out)                 \
	{                                                                                                    \
		const struct watches *w = arg;                                                               \
                                                                                                             \
		return workload_decode(workload_kinds[number], object, w->options.shared->item_selector,     \
				       out);                                                                 \
	}

struct watch {
	const struct watched *what;
	const char *namespace; /* NULL: all */
	struct reflector *reflector;
};

struct watches {
	struct watches_options options;
	struct watch *v;
	size_t n;
	int64_t started_ns;
};

static const struct logger log_watch = {.name = "watch"};

static struct kstore *items_of(const struct shared *s)
{
	return s->items;
}

static struct kstore *secrets_of(const struct shared *s)
{
	return s->secrets;
}

WORKLOAD_KIND(deployments, WORKLOAD_DEPLOYMENTS)
WORKLOAD_KIND(statefulsets, WORKLOAD_STATEFULSETS)
WORKLOAD_KIND(daemonsets, WORKLOAD_DAEMONSETS)
WORKLOAD_KIND(rollouts, WORKLOAD_ROLLOUTS)
WORKLOAD_KIND(cronjobs, WORKLOAD_CRONJOBS)

static struct kstore *namespaces_of(const struct shared *s)
{
	return s->namespaces;
}

/* Only that it is there matters. */
static err_t decode_namespace(void *arg, const struct jsonx *object, struct kobj **out)
{
	struct kube_meta meta;

	(void)arg;
	TRY_(kube_meta_parse(object, &meta));
	*out = MEM_NEW(struct kobj);
	kobj_init(*out, NULL);
	(*out)->meta = meta;
	return NULL;
}

static err_t decode_item(void *arg, const struct jsonx *object, struct kobj **out)
{
	const struct watches *w = arg;

	return onepassworditem_decode(object, w->options.shared->copy_annotations, out);
}

static err_t decode_secret(void *arg, const struct jsonx *object, struct kobj **out)
{
	const struct watches *w = arg;

	return secretmeta_decode(object, w->options.shared->copy_annotations, out);
}

static void on_named(void *arg, const struct kobj *old, const struct kobj *now)
{
	const struct watches *w = arg;

	changes_named(w->options.shared, old, now);
}

static void on_workload(void *arg, const struct kobj *old, const struct kobj *now)
{
	const struct watches *w = arg;

	changes_workload(w->options.shared, old, now);
}

static void on_namespace(void *arg, const struct kobj *old, const struct kobj *now)
{
	const struct watches *w = arg;

	changes_namespace(w->options.shared, old, now);
}

static const struct watched kinds[] = {
	{&onepassworditem_resource, NULL, "refl-items", items_of, decode_item, on_named, KUBE_FULL, true},
	{&kube_secrets, NAME_MANAGED_SELECTOR, "refl-secrets", secrets_of, decode_secret, on_named,
	 KUBE_METADATA_ONLY, true},
	{&kube_deployments, NULL, "refl-deploys", deployments_of, decode_deployments, on_workload, KUBE_FULL,
	 false},
	{&kube_statefulsets, NULL, "refl-stateful", statefulsets_of, decode_statefulsets, on_workload,
	 KUBE_FULL, false},
	{&kube_daemonsets, NULL, "refl-daemons", daemonsets_of, decode_daemonsets, on_workload, KUBE_FULL,
	 false},
	{&kube_rollouts, NULL, "refl-rollouts", rollouts_of, decode_rollouts, on_workload, KUBE_FULL, false},
	{&kube_cronjobs, NULL, "refl-cronjobs", cronjobs_of, decode_cronjobs, on_workload, KUBE_FULL, false},
};

static const struct watched namespaces_kind = {
	&kube_namespaces, NULL,         "refl-namespaces",  namespaces_of,
	decode_namespace, on_namespace, KUBE_METADATA_ONLY, true};

#define NO_CRD                                                                                               \
	"the CRD onepassworditems.onepassword.com is not installed: apply "                                  \
	"deploy/crds/onepassworditems.onepassword.com.yaml, and all goes on within half a minute"

static bool is_without_crd(const struct kube_resource *resource, int trouble)
{
	return resource == &onepassworditem_resource && trouble == ERR_NOT_FOUND;
}

static void on_trouble(void *arg, const struct kube_resource *resource, const char *namespace,
		       const struct err *e)
{
	(void)arg;
	/* Argo Rollouts is not there, which is usual; should it come, it is seen. */
	if (e && resource == &kube_rollouts && err_is(e, ERR_NOT_FOUND))
		log_debug(&log_watch, "a kind is not there", F_STR("resource", resource->plural));
	else if (e && is_without_crd(resource, (int)err_kind(e)))
		log_error(&log_watch, NO_CRD, F_STR("resource", resource->plural),
			  F_STR("namespace", namespace), F_ERR(e));
	else if (e)
		log_warn(&log_watch, "cannot watch a kind; trying again", F_STR("resource", resource->plural),
			 F_STR("namespace", namespace), F_ERR(e));
	else
		log_info(&log_watch, "watching a kind again", F_STR("resource", resource->plural),
			 F_STR("namespace", namespace));
}

static const char *selector_of(const struct watches *w, const struct watched *what)
{
	const char *selector = what->label_selector;

	if (what->resource == &onepassworditem_resource)
		selector = w->options.item_selector;
	else if (what->resource == &kube_namespaces)
		selector = w->options.namespace_selector;
	return str_empty(selector) ? NULL : selector;
}

static err_t start_one(struct watches *w, const struct watched *what, const char *namespace)
{
	const struct reflector_options options = {
		.resource = what->resource,
		.namespace = namespace,
		.label_selector = selector_of(w, what),
		.view = what->view,
		.store = what->store(w->options.shared),
		.thread_name = what->thread_name,
		.decode = what->decode,
		.metrics = w->options.metrics,
		.on_change = what->on_change,
		.arg = w,
		.on_trouble = on_trouble,
	};
	struct watch *watch = &w->v[w->n];

	watch->what = what;
	watch->namespace = namespace;
	TRY_(reflector_start(w->options.kube, &options, w->options.observer, w->options.cancel,
			     &watch->reflector));
	w->n++;
	return NULL;
}

static err_t start_all(struct watches *w)
{
	const struct strv *namespaces = w->options.namespaces;

	if (!str_empty(w->options.namespace_selector))
		TRY_(start_one(w, &namespaces_kind, NULL));
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (namespaces->n == 0)
			TRY_(start_one(w, &kinds[k], NULL));
		for (size_t i = 0; i < namespaces->n; i++)
			TRY_(start_one(w, &kinds[k], namespaces->v[i]));
	}
	return NULL;
}

err_t watches_start(const struct watches_options *options, struct watches **out)
{
	struct watches *w = MEM_NEW(struct watches);
	err_t e;

	w->options = *options;
	w->started_ns = clock_now_ns(NULL);
	w->v = mem_calloc(ARRAY_LEN(kinds) * (options->namespaces->n + 1) + 1, sizeof(*w->v));
	e = start_all(w);
	if (e) {
		cancel_set(options->cancel);
		watches_join(w);
		return e;
	}
	*out = w;
	return NULL;
}

void watches_join(struct watches *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		reflector_join(w->v[i].reflector);
	mem_free(w->v);
	mem_free(w);
}

/* A kind that we may not list, or that is not there. */
static bool is_left_out(const struct watch *watch)
{
	const int trouble = reflector_trouble(watch->reflector);

	return !watch->what->required && !reflector_is_synced(watch->reflector) &&
	       (trouble == ERR_DENIED || trouble == ERR_NOT_FOUND);
}

static bool is_done(const struct watch *watch)
{
	return reflector_is_synced(watch->reflector) || is_left_out(watch);
}

err_t watches_check(const struct watches *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct watch *watch = &w->v[i];

		if (watch->what == &namespaces_kind && !reflector_is_synced(watch->reflector) &&
		    reflector_trouble(watch->reflector) == ERR_DENIED)
			return err_new(
				ERR_DENIED,
				"--namespace-selector needs the right to list and watch namespaces in the "
				"whole cluster: bind the ClusterRole by a ClusterRoleBinding, or leave the "
				"selector out and name the namespaces in WATCH_NAMESPACE");
	}
	return NULL;
}

static void say_missing(const struct watch *watch, struct strbuf *out)
{
	const char *plural = watch->what->resource->plural;
	const char *namespace = watch->namespace ? watch->namespace : "(all)";
	const int trouble = reflector_trouble(watch->reflector);

	if (is_without_crd(watch->what->resource, trouble))
		strbuf_adds(out, NO_CRD "\n");
	else if (trouble == ERR_DENIED)
		strbuf_addf(
			out,
			"%s of namespace %s can't be listed: the right to list and watch them is missing\n",
			plural, namespace);
	else
		strbuf_addf(out, "%s of namespace %s are not listed yet\n", plural, namespace);
}

bool watches_are_synced(const struct watches *w, struct strbuf *out_why)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct watch *watch = &w->v[i];

		if (!is_done(watch))
			say_missing(watch, out_why);
	}
	return out_why->len == 0;
}

bool watches_kind_is_known(bool is_synced, int trouble, int64_t running_ms)
{
	if (is_synced)
		return !trouble;
	return trouble == ERR_NOT_FOUND || (trouble == ERR_DENIED && running_ms >= WATCHES_LEFT_OUT_MS);
}

bool watches_know_workloads(const struct watches *w)
{
	const int64_t running_ms = (clock_now_ns(NULL) - w->started_ns) / NS_PER_MS;

	for (size_t i = 0; i < w->n; i++) {
		const struct watch *watch = &w->v[i];

		if (watch->what->on_change == on_workload &&
		    !watches_kind_is_known(reflector_is_synced(watch->reflector),
					   reflector_trouble(watch->reflector), running_ms))
			return false;
	}
	return true;
}
