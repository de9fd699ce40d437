#ifndef OPERATOR_RECONCILE_H
#define OPERATOR_RECONCILE_H

#include "controller/worker.h"
#include "operator/shared.h"

/* One Secret, from who asks for it to the restart of those that use it. The key is "namespace/name" of the
 * Secret: all that may write one Secret goes through one key, so nothing is done to it twice at once. arg is
 * the struct shared, state the worker's struct clients. */
err_t reconcile_secret(void *arg, void *state, const char *key, struct cancel *cancel,
		       struct reconcile_result *out) NODISCARD;

#endif
