#ifndef KUBE_EXECPLUGIN_H
#define KUBE_EXECPLUGIN_H

#include "base/secret.h"
#include "base/str.h"

/* A program that gives a user's credentials, as a kubeconfig names it (users[].user.exec; the protocol
 * client.authentication.k8s.io, v1 and v1beta1). */
struct kube_exec {
	char *command; /* with a slash a path, else looked for in PATH */
	struct strv args;
	struct strv env; /* NAME=VALUE, besides the environment */
	char *api_version;
	enum { KUBE_EXEC_IF_AVAILABLE, KUBE_EXEC_NEVER, KUBE_EXEC_ALWAYS } interactive;
	bool wants_cluster;
};
void kube_exec_freep(struct kube_exec **e);

/* What it gave. */
struct kube_exec_credentials {
	struct secret *token; /* NULL: none */
	char *cert_pem;       /* NULL: none */
	struct secret *key_pem;
};
void kube_exec_credentials_release(struct kube_exec_credentials *c);

/* How long it may take, with a person at a browser. */
#define KUBE_EXEC_TIMEOUT_MS 300000

/* Runs it once; what it writes to standard error is seen. cluster_json: the cluster, for one that wants it;
 * may be NULL. Errors show nothing of what it answered. */
err_t kube_exec_run(const struct kube_exec *e, const char *cluster_json, const char *const *environment,
		    struct kube_exec_credentials *out) NODISCARD;

#endif
