#ifndef OPERATOR_PACE_H
#define OPERATOR_PACE_H

#include "base/clock.h"
#include "operator/workloads.h"

/* How fast workloads are rolled, so that a rotation that touches many does not take down everything at once:
 * so many in a second, and so many whose pods are still being replaced. Namespaces that wait share both
 * evenly. Who may not roll yet comes back later; nothing is queued here. Thread-safe. Every function takes
 * NULL for "no limits, nothing counted". */
struct pace;

struct pace_options {
	int64_t per_second;  /* 0: no limit */
	int64_t in_progress; /* 0: no limit */
	const struct workloads *workloads;
	const struct clock *clock; /* NULL: the system's */
};

/* A rollout that is not over by then no longer counts: its values are bad, or its nodes are full, and the
 * others shall not wait for that for ever. It is Kubernetes' default progressDeadlineSeconds. */
#define PACE_ROLLOUT_MS INT64_C(600000)

struct pace *pace_new(const struct pace_options *options);
void pace_free(struct pace *p);

/* True: the workload may be rolled now, and counts as in progress, once however often it is rolled, until its
 * rollout is over. */
bool pace_begin(struct pace *p, const struct workload *w);

/* The API server did not take it, so nothing was rolled: the turn is given back, and what counts is an older
 * rollout of the workload, if one is under way. As each refusal is a request, no more turns are given back in
 * a second than there are. Not for a request without an answer, which may have rolled it: that turn is spent,
 * and the place is taken until the next try, or for PACE_ROLLOUT_MS. */
void pace_refused(struct pace *p, const struct workload *w);

/* So many workloads wait on account of that Secret, held of them for their turn. Returns when to look again.
 */
int64_t pace_waits(struct pace *p, const char *secret_key, size_t n, size_t held);

size_t pace_waiting(struct pace *p);
size_t pace_in_progress(struct pace *p);

#endif
