#ifndef OPERATOR_POLLER_H
#define OPERATOR_POLLER_H

#include "operator/shared.h"
#include "workqueue/workqueue.h"

/* Looks for changed items: one request to Connect per interval while nothing moves. What moved is put into
 * the queue as routine work; while Connect is out of reach the poller alone asks it, and every key comes
 * again when it is back. When Connect says how long to wait, it waits at least that long, an hour at most. */
struct poller;

struct poller_options {
	struct shared *shared;
	struct workqueue *queue;
	struct op_endpoint *connect;
	const struct op_observer *observer;
	struct cancel *cancel;
	int64_t interval_ms;
};

/* The first poll is done when it returns. */
err_t poller_start(const struct poller_options *options, struct poller **out) NODISCARD;
void poller_join(struct poller *p); /* cancel its token first */

/* Puts the key of every Secret that somebody asks for into the queue. */
void poller_queue_all(struct shared *s, struct workqueue *q);

#endif
