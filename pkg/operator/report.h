#ifndef OPERATOR_REPORT_H
#define OPERATOR_REPORT_H

#include "operator/sync.h"

/* Tells people how a sync went: the status of the OnePasswordItem, and a Warning Event when it is about to
 * say of something new that is wrong with it; or a Warning Event on each workload that asks for the Secret.
 * failure NULL: it went well. */
struct report {
	bool told;       /* the status says all of it already, or must wait: nothing was written */
	int64_t wait_ms; /* for so long, because another program keeps rewriting it; 0: it need not */
};
err_t report(const struct sync *s, const struct sources *sources, const struct sync_outcome *outcome,
	     const struct err *failure, struct report *out) NODISCARD;

/* Tells, once in a while, that another program keeps changing what we put right. */
void report_contest(struct shared *s, const char *key, enum contest_over over,
		    const struct event_about *about);

/* Tells a workload that has an item-name of which no Secret's name can be made. */
void report_bad_name(const struct shared *s, const struct workload *w);

/* After a poll: where the CRD is an old one, has one resource try a whole status, since it may have been
 * replaced. */
void report_try_whole(struct shared *s);

#endif
