#ifndef KUBE_PATH_H
#define KUBE_PATH_H

#include "kube/client.h"

#define KUBE_PATH_MAX 8192

/* Path of a request, percent-encoded. ERR_INVALID: a name that cannot stand in a path; ERR_INTERNAL: a
 * namespaced object without its namespace, which would address another one. */
err_t kube_path_add(struct strbuf *out, const struct kube_target *t) NODISCARD;

/* One parameter; NULL or "" is left out. */
void kube_query_add(struct strbuf *path, const char *key, const char *value);

#endif
