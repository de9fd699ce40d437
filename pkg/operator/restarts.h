#ifndef OPERATOR_RESTARTS_H
#define OPERATOR_RESTARTS_H

#include "operator/shared.h"

/* Rolls the workloads that use a Secret whose values have changed, and records on the Secret that they have
 * rolled. *again_after_ms: come back then, because Secrets that change together are collected for a moment.
 */
err_t restarts_run(struct shared *s, struct clients *clients, const char *secret_key, struct cancel *cancel,
		   int64_t *again_after_ms) NODISCARD;

/* Another operator looks after that Secret: nothing of it waits here. */
void restarts_leave(struct shared *s, const char *secret_key);

/* The workloads that would roll if the values of a Secret changed. References; adds to out. */
err_t restarts_foresee(struct shared *s, struct clients *clients, const char *secret_key,
		       struct cancel *cancel, struct kobj_list *out) NODISCARD;

#endif
