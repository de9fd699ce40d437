#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include "base/clock.h"
#include "kube/client.h"
#include "metrics/metrics.h"

/* Leader election on a coordination.k8s.io/v1 Lease, as client-go does it: another holder's record is judged
 * by how long *we* have seen it unchanged on our own monotonic clock, never by its timestamps. */
struct lease_options {
	const char *namespace, *name;
	const char *identity;
	int64_t duration_ms; /* > renew_ms > 1.2 * retry_ms */
	int64_t renew_ms;
	int64_t retry_ms;
	const struct clock *clock; /* NULL: the system's */
	struct metric
		*slow; /* a counter with the label name: renewals that one write did not do; may be NULL */
};

struct lease;

/* Copies the options' texts, borrows the clock. */
struct lease *lease_new(const struct lease_options *options);
void lease_free(struct lease *l); /* after lease_stop, if it was started */

/* The elector's own decisions, without a thread: one attempt to get or keep the lease, and to give it up. No
 * request takes longer than renew_ms / 2. An error leaves open who leads: until renew_ms after the last
 * success we do. ERR_NOT_FOUND: there is no such namespace. */
err_t lease_try(struct lease *l, struct kube_client *client, struct cancel *cancel, bool *out_leader)
	NODISCARD;
err_t lease_release(struct lease *l, struct kube_client *client) NODISCARD;

/* In a thread of its own: on_gain once when leadership is won; on_loss once when it is lost after that (the
 * program must stop all writing and exit); on_trouble (may be NULL) when attempts fail in a way that does not
 * pass by itself, or for LEASE_TROUBLE_MS, and with NULL when one succeeds after that. All are called from
 * that thread and must not block: it renews. ERR_INVALID when the options' times do not fit together. */
#define LEASE_TROUBLE_MS 60000
struct lease_calls {
	void (*on_gain)(void *arg);
	void (*on_loss)(void *arg);
	void (*on_trouble)(void *arg, const struct err *e);
	void *arg;
};
err_t lease_start(struct lease *l, struct kube_config *config, const struct kube_observer *observer,
		  const struct lease_calls *calls) NODISCARD;
/* On a client that it takes over; for tests. */
void lease_start_on(struct lease *l, struct kube_client *client, const struct lease_calls *calls);

/* We lead and the last renewal is younger than renew_ms: ask before each write. */
bool lease_is_held(const struct lease *l);

/* After the workers have drained: joins the thread and, if we lead, empties the holder, so that the next one
 * takes over at once. Nothing is called after it. */
void lease_stop(struct lease *l);

#endif
