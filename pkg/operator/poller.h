#ifndef OPERATOR_POLLER_H
#define OPERATOR_POLLER_H

#include "operator/shared.h"

/* Looks for changed items: one request to Connect per interval while nothing moves. What moved, and what was
 * not fine, is put into the queue as routine work (moved.h); a poll that reads all lists and finds that
 * something moved brings every key; while Connect is out of reach the poller alone asks it, and every key
 * comes again when it is back. A new token in the token file counts within seconds: what was known by the old
 * one is forgotten, and everything is looked at again. That a token ends soon is told once a day. When
 * Connect says how long to wait, it waits at least that long, an hour at most. */
struct poller;

struct poller_options {
	struct shared *shared;
	struct op_endpoint *connect;
	const char *token_file; /* where its token is, and may change; NULL or "": it does not */
	const char *pod_namespace, *pod_name; /* see accesstoken.h */
	const struct op_observer *observer;
	struct cancel *cancel;
	int64_t interval_ms;
	bool change_feed; /* poll also when Connect tells of a change (feed.h) */
	int64_t grace_ms; /* so long Connect may be away before anybody is told, unless it was never there */
};

/* The first poll is done when it returns. */
err_t poller_start(const struct poller_options *options, struct poller **out) NODISCARD;
void poller_join(struct poller *p); /* cancel its token first */

#endif
