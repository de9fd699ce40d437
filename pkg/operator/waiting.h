#ifndef OPERATOR_WAITING_H
#define OPERATOR_WAITING_H

#include "operator/shared.h"

/* Says in status.restartsPending of the OnePasswordItem, if there is one, that n workloads that use its
 * Secret wait for their restart; 0 takes the field away. What is over within WAITING_TELL_MS is not worth a
 * write, and while the number moves, so often is enough. */
#define WAITING_TELL_MS 5000
err_t waiting_tell(struct shared *s, struct clients *c, const char *key, size_t n, struct cancel *cancel)
	NODISCARD;

#endif
