#include "operator/workloads.h"

#include "base/mem.h"

const struct kube_resource *const workload_kinds[WORKLOAD_KINDS] = {
	[WORKLOAD_DEPLOYMENTS] = &kube_deployments, [WORKLOAD_STATEFULSETS] = &kube_statefulsets,
	[WORKLOAD_DAEMONSETS] = &kube_daemonsets,   [WORKLOAD_ROLLOUTS] = &kube_rollouts,
	[WORKLOAD_CRONJOBS] = &kube_cronjobs,
};

void workloads_init(struct workloads *w)
{
	for (size_t i = 0; i < WORKLOAD_KINDS; i++)
		w->stores[i] = kstore_new(workload_index_keys);
}

void workloads_release(struct workloads *w)
{
	for (size_t i = 0; i < WORKLOAD_KINDS; i++)
		kstore_free(w->stores[i]);
}

struct kstore *workloads_of_kind(const struct workloads *w, const struct kube_resource *kind)
{
	size_t i = 0;

	while (i < WORKLOAD_KINDS - 1 && workload_kinds[i] != kind)
		i++;
	return w->stores[i];
}

/* Moves the references of more to the end of out. */
static void append(struct kobj_list *out, struct kobj_list *more)
{
	if (more->n > 0)
		out->v = mem_grow(out->v, out->n + more->n, sizeof(*out->v));
	for (size_t i = 0; i < more->n; i++)
		out->v[out->n++] = more->v[i];
	more->n = 0;
	kobj_list_release(more);
}

void workloads_all(const struct workloads *w, struct kobj_list *out)
{
	for (size_t i = 0; i < WORKLOAD_KINDS; i++) {
		struct kobj_list more = {0};

		kstore_all(w->stores[i], &more);
		append(out, &more);
	}
}

void workloads_indexed(const struct workloads *w, const char *index_key, struct kobj_list *out)
{
	for (size_t i = 0; i < WORKLOAD_KINDS; i++) {
		struct kobj_list more = {0};

		kstore_indexed(w->stores[i], index_key, &more);
		append(out, &more);
	}
}

void workloads_named(const struct workloads *w, const char *key, struct kobj_list *out)
{
	for (size_t i = 0; i < WORKLOAD_KINDS; i++) {
		struct kobj *o = kstore_get(w->stores[i], key);

		if (!o)
			continue;
		out->v = mem_grow(out->v, out->n + 1, sizeof(*out->v));
		out->v[out->n++] = o;
	}
}
