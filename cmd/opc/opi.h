#ifndef CMD_OPC_OPI_H
#define CMD_OPC_OPI_H

#include "kube/client.h"
#include "opc.h"

/* What every command for OnePasswordItems has. */
struct opi_settings {
	struct connection_settings connection;
	char *kubeconfig, *kube_context, *namespace;
	bool all_namespaces;
	bool all, wait, allow_empty;
	int64_t timeout_ns;
	char *service_account;
};
#define OPI_OPTIONS                                                                                          \
	HOST_OPTIONS(struct opi_settings),                                                                   \
		{"kubeconfig", NULL, CONFIG_STR, offsetof(struct opi_settings, kubeconfig),                  \
		 .help = "Where the cluster is; default: as kubectl finds it."},                             \
		{"context", NULL, CONFIG_STR, offsetof(struct opi_settings, kube_context),                   \
		 .help = "Context of the kubeconfig; default: the current one."},                            \
		{NULL, "OPC_CONTEXT", CONFIG_STR, offsetof(struct opi_settings, connection.context),         \
		 .help = "Context of the configuration file of opc, for Connect."},                          \
		{"namespace", NULL, CONFIG_STR, offsetof(struct opi_settings, namespace),                    \
		 .help = "Namespace; default: that of the context."},                                        \
	{                                                                                                    \
		"all-namespaces", NULL, CONFIG_BOOL, offsetof(struct opi_settings, all_namespaces),          \
			.help = "All namespaces."                                                            \
	}
extern const char *const opi_aliases[];

/* The cluster, and the namespace that is meant; NULL: all. */
struct cluster {
	struct kube_config *config;
	struct kube_client *client;
	const char *namespace;
};
err_t cluster_open(const struct opi_settings *s, struct cluster *out) NODISCARD;
void cluster_release(struct cluster *c);

/* One OnePasswordItem, or the Secret of the same name. ERR_NOT_FOUND: there is none. */
err_t cluster_get(const struct cluster *c, const struct kube_resource *resource, const char *name,
		  struct kube_object *out) NODISCARD;

/* Calls add for each object of a kind in the namespace that is meant. */
err_t cluster_each(const struct cluster *c, const struct kube_resource *resource,
		   err_t (*add)(void *arg, const struct jsonx *object), void *arg) NODISCARD;

/* A condition of the status by its type; NULL if there is none. */
const struct jsonx *opi_condition(const struct jsonx *object, const char *type);

/* "fine"; "failing"; "stale": what it says is about an older spec or an unserved request; "new". */
const char *opi_state(const struct jsonx *object);

#endif
