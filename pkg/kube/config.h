#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "base/secret.h"
#include "base/str.h"
#include "http/http.h"

/* Where the cluster is and how we prove who we are. Thread-safe; shared by all clients, which it must
 * outlive. What comes from files is read again: a token when 10 s have passed and after a 401, CA, client
 * certificate and key when 5 min have passed. A file that cannot be read then leaves what was read before. */
struct kube_config;

/* In the order of kubectl and client-go: path (a --kubeconfig flag) if not NULL, $KUBECONFIG (a list; merged,
 * the first wins), the pod's service account, ~/.kube/config. environment: as environ. Understood: server,
 * tls-server-name, insecure-skip-tls-verify, certificate-authority(-data), proxy-url,
 * client-certificate(-data), client-key(-data), token, tokenFile, namespace. Refused with a clear error:
 * auth-provider and exec plugins, username/password, impersonation. */
err_t kube_config_load(const char *path, const char *const *environment, struct kube_config **out) NODISCARD;

/* The same for a program that a person runs: an exec plugin is run, once (execplugin.h), where the user has
 * no other credentials. context: NULL or "": the current one; with one the pod's service account is not
 * meant. */
err_t kube_config_load_for_person(const char *path, const char *context, const char *const *environment,
				  struct kube_config **out) NODISCARD;
void kube_config_free(struct kube_config *c);
void kube_config_freep(struct kube_config **c);

const char *kube_config_server(const struct kube_config *c);
bool kube_config_in_cluster(const struct kube_config *c);

/* The namespace of the context or of the pod's service account; NULL if there is none. */
const char *kube_config_namespace(const struct kube_config *c);

/* For client.c. bearer: the token to send, NULL when there is none; refused: the server did not take that
 * version. generation: counts changes of CA, certificate and key; a transport is good for one of them. */
struct secret *kube_config_bearer(struct kube_config *c, bool refused);
uint64_t kube_config_generation(struct kube_config *c);
err_t kube_config_connect(struct kube_config *c, const char *user_agent, struct http_transport **out,
			  uint64_t *out_generation) NODISCARD;

#endif
