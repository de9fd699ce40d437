#ifndef KUBE_META_H
#define KUBE_META_H

#include "json/json.h"
#include "json/jsonw.h"

/* A kind as the API server addresses it. Constants, never freed. */
struct kube_resource {
	const char *group; /* "" is core */
	const char *version;
	const char *plural;
	const char *kind;
	bool namespaced;
};

extern const struct kube_resource kube_secrets, kube_services, kube_deployments, kube_statefulsets,
	kube_daemonsets, kube_rollouts, kube_cronjobs, kube_namespaces, kube_leases, kube_events;

struct kube_owner {
	const char *api_version, *kind, *name, *uid; /* of base/intern.h, as are those below */
};

/* What every object carries. */
struct kube_meta {
	const char *namespace; /* "" for cluster-scoped kinds */
	const char *name;
	const char *uid;
	const char *resource_version;
	int64_t generation;
	int64_t created_ms; /* Unix time */
	bool deleting;      /* deletionTimestamp is set */
	struct kube_owner *owners;
	size_t n_owners;
};

/* ERR_PROTOCOL when name, uid or resourceVersion are missing or longer than Kubernetes allows. */
err_t kube_meta_parse(const struct jsonx *object, struct kube_meta *out) NODISCARD;
void kube_meta_release(struct kube_meta *m);

const struct jsonx *kube_annotations(const struct jsonx *object); /* NULL if none */
const struct jsonx *kube_labels(const struct jsonx *object);

/* "namespace/name", or "name" without a namespace: the key of stores and queues. */
#define KUBE_KEY_SIZE (253 + 1 + 253 + 1)
void kube_key_format(const char *namespace, const char *name, char out[KUBE_KEY_SIZE]);
bool kube_key_parse(const char *key, char namespace[254], char name[254]);

/* Which of two resourceVersions is newer: decimal numbers of any length. Sets *out below, at or above 0;
 * false when one of them is no number, so that they tell only whether they are equal. */
bool kube_version_compare(const char *a, const char *b, int *out);

bool kube_is_dns_subdomain(const char *s); /* RFC 1123, at most 253 bytes */
bool kube_is_dns_label(const char *s);     /* at most 63 bytes */
bool kube_is_config_key(const char *s);    /* key of a Secret's or ConfigMap's data */

#endif
