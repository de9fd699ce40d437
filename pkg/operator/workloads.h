#ifndef OPERATOR_WORKLOADS_H
#define OPERATOR_WORKLOADS_H

#include "operator/workload.h"

/* The workloads that are watched: a store for each kind, because a Deployment and a StatefulSet may have the
 * same name. Thread-safe, as its stores are. */
enum {
	WORKLOAD_DEPLOYMENTS,
	WORKLOAD_STATEFULSETS,
	WORKLOAD_DAEMONSETS,
	WORKLOAD_ROLLOUTS,
	WORKLOAD_CRONJOBS,
	WORKLOAD_KINDS
};

/* By the numbers above. A Rollout is Argo's: its CRD need not be there. */
extern const struct kube_resource *const workload_kinds[WORKLOAD_KINDS];

struct workloads {
	struct kstore *stores[WORKLOAD_KINDS];
};
void workloads_init(struct workloads *w);
void workloads_release(struct workloads *w);

struct kstore *workloads_of_kind(const struct workloads *w, const struct kube_resource *kind);

/* References to struct workload of all kinds: all, those under an index key of workload.h, and those of a
 * name
 * ("namespace/name"). out is empty before. */
void workloads_all(const struct workloads *w, struct kobj_list *out);
void workloads_indexed(const struct workloads *w, const char *index_key, struct kobj_list *out);
void workloads_named(const struct workloads *w, const char *key, struct kobj_list *out);

#endif
