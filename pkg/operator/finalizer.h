#ifndef OPERATOR_FINALIZER_H
#define OPERATOR_FINALIZER_H

#include "kube/client.h"

/* 1Password's operator put a finalizer on resources and workloads. Owner references and garbage collection do
 * its work here, and a finalizer whose program is gone blocks deletion, so it is removed where it is met. */
bool finalizer_is_on(const struct jsonx *object);

/* *out_by: the field manager of the program that wrote the object last; NULL: the finalizer had gone already.
 * Caller frees. */
err_t finalizer_remove(struct kube_client *kube, const struct kube_resource *resource,
		       const struct kube_meta *meta, struct cancel *cancel, char **out_by) NODISCARD;

#endif
