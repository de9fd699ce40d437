#ifndef OPERATOR_WORKLOAD_H
#define OPERATOR_WORKLOAD_H

#include "kube/selector.h"
#include "kube/store.h"
#include "operator/kvlist.h"

/* A workload as far as Secrets concern it: which it asks us to make, which its pods use, how it wants to be
 * restarted. */
struct workload {
	struct kobj o;
	const struct kube_resource *resource;
	char *api_version;         /* "apps/v1" */
	struct workload_request {  /* what its annotations ask for */
		char *item_name;   /* as written */
		char *secret_name; /* the same as a valid name */
		char *item_path;
	} * requests;
	size_t n_requests;
	char *bad_name;            /* of an item-name of which no name of a Secret can be made; NULL: none */
	struct kvlist annotations; /* ours among its annotations */
	char *auto_restart;        /* its annotation; NULL if absent */
	struct strv secrets;       /* names of the Secrets that its pods use, sorted, once each */
	char *stamp;               /* last-restarted of its pod template; NULL if absent */
	bool never_restarted;      /* a CronJob: its next run has the newest values anyway */
	bool has_finalizer;        /* 1Password's operator's */
	bool rolling;              /* its pods are being replaced; no change in workload_equal */
};

/* One pair of annotations, and as many more as have a suffix: item-name.SUFFIX with item-path.SUFFIX. */
#define WORKLOAD_REQUESTS_MAX 50

/* NULL: it does not ask for that Secret. */
const struct workload_request *workload_request(const struct workload *w, const char *secret_name);

/* A workload that is of no interest gives NULL: it asks for nothing and uses no Secret. What a CronJob uses
 * does not matter. served: of a workload whose labels it does not match the annotations that ask for Secrets,
 * and the finalizer, are left to another operator; NULL: of none. */
err_t workload_decode(const struct kube_resource *resource, const struct jsonx *object,
		      const struct kube_selector *served, struct kobj **out) NODISCARD;

/* Index keys of the store: workloads that ask for a Secret, and those that use it. */
#define WORKLOAD_INDEX_SIZE (KUBE_KEY_SIZE + 2)
void workload_index_makes(const char *secret_key, char out[WORKLOAD_INDEX_SIZE]);
void workload_index_uses(const char *secret_key, char out[WORKLOAD_INDEX_SIZE]);
void workload_index_keys(const struct kobj *o, struct strv *out);

/* Nothing that we look at differs: a status update. */
bool workload_equal(const struct workload *a, const struct workload *b);
bool workload_equal_but_stamp(const struct workload *a, const struct workload *b);

/* Adds the keys ("namespace/name") to reconcile when a workload changes: all Secrets that it asks for or
 * uses, and its own while there is something to do about itself: the original's finalizer is removed, and a
 * bad name told of, under that key. */
void workload_secret_keys(const struct workload *w, struct strv *out);

#endif
