#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "base/secret.h"
#include "base/str.h"

/* Where the cluster is and how we prove who we are. Thread-safe; shared by all clients. Tokens and CA that
 * come from files are read again when they change (token at most every 10 s and after a 401, CA every 5 min).
 */
struct kube_config;

/* In the order of kubectl and client-go: path (a --kubeconfig flag) if not NULL, $KUBECONFIG (a list; merged,
 * the first wins), the pod's service account, ~/.kube/config. environment: as environ. Understood: server,
 * tls-server-name, insecure-skip-tls-verify, certificate-authority(-data), proxy-url,
 * client-certificate(-data), client-key(-data), token, tokenFile, namespace. Refused with a clear error: exec
 * and auth-provider plugins, username/password, impersonation. */
err_t kube_config_load(const char *path, const char *const *environment, struct kube_config **out) NODISCARD;
void kube_config_free(struct kube_config *c);
void kube_config_freep(struct kube_config **c);

const char *kube_config_server(const struct kube_config *c);
bool kube_config_in_cluster(const struct kube_config *c);

/* The namespace of the context or of the pod's service account; NULL if there is none. */
const char *kube_config_namespace(const struct kube_config *c);

#endif
