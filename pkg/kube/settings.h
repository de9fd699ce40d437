#ifndef KUBE_SETTINGS_H
#define KUBE_SETTINGS_H

#include "base/secret.h"
#include "base/str.h"
#include "kube/execplugin.h"

/* What a kubeconfig or a pod's service account says of a cluster and of us. Of each pair text and file at
 * most the one that counts is set, except token, which stands in for a token_file that cannot be read. */
struct kube_settings {
	char *source;    /* where it was found, for errors: "kubeconfig /path" */
	char *server;    /* without a slash at its end */
	char *namespace; /* NULL: none */
	char *tls_server_name;
	char *proxy_url;
	bool insecure;
	char *ca_pem, *ca_file;
	char *cert_pem, *cert_file;
	struct secret *key_pem;
	char *key_file;
	struct secret *token;
	char *token_file;
	struct kube_exec *exec; /* where credentials come from when none is set above; NULL: from nowhere */
};
void kube_settings_release(struct kube_settings *s);

#endif
