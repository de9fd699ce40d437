#ifndef OPERATOR_FEED_H
#define OPERATOR_FEED_H

#include "onepassword/client.h"
#include "operator/trouble.h"

/* Hears of changes from a Connect server that has a change feed, within a second or so; of one that has none
 * it asks once an hour whether it has one now. It only tells that something has changed: the poller looks
 * what, and polls as often as it would without. While Connect is out of reach the feed asks nothing. */
struct feed;

struct feed_options {
	struct op_endpoint *connect;
	const struct op_observer *observer;
	struct trouble *trouble;
	struct cancel *cancel;
	void (*changed)(void *arg); /* from the feed's thread, at most once a second */
	void *arg;
};

err_t feed_start(const struct feed_options *options, struct feed **out) NODISCARD;
void feed_join(struct feed *f); /* cancel its token first; NULL is fine */

#endif
