#ifndef CONTROLLER_WORKER_H
#define CONTROLLER_WORKER_H

#include "base/cancel.h"
#include "metrics/metrics.h"
#include "workqueue/workqueue.h"

/* Worker threads that turn keys ("namespace/name") into reconciles. Level-triggered: the key is all that a
 * reconcile gets, it reads the rest itself. This is the one place where a failed reconcile is logged. What
 * follows from its error:
 *
 *	ERR_INVALID, ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_EXISTS
 *				no retry: an event or the next poll brings the key again
 *	ERR_CONFLICT			again with the back-off, no error log: somebody else was faster
 *	ERR_DENIED			again, slowly
 *	ERR_THROTTLED			again when the peer said
 *	ERR_CANCELED			nothing: we stop
 *	others				again with the back-off
 */
struct reconcile_result {
	int64_t again_after_ms; /* 0: not */
};

struct worker_pool_options {
	const char *controller; /* in logs and metrics */
	struct workqueue *queue;
	struct metrics *metrics; /* may be NULL */
	struct cancel *cancel;   /* ends reconciles that are under way */
	int workers;

	/* What one thread needs for itself: HTTP clients. */
	err_t (*state_new)(void *state_arg, void **out);
	void (*state_free)(void *state);
	void *state_arg;

	err_t (*reconcile)(void *arg, void *state, const char *key, struct cancel *cancel,
			   struct reconcile_result *out);
	void *arg;
};

struct worker_pool;

err_t worker_pool_start(const struct worker_pool_options *options, struct worker_pool **out) NODISCARD;

/* Shuts the queue down; reconciles under way may end until drain_ms has passed, then cancel is set. Joins and
 * frees. */
void worker_pool_stop(struct worker_pool *p, int64_t drain_ms);

/* How a key goes on after a reconcile: the decision alone. */
enum worker_next { WORKER_FORGET, WORKER_RETRY, WORKER_RETRY_SLOWLY, WORKER_GIVE_UP };
enum worker_next worker_next_after(const struct err *e);

#endif
