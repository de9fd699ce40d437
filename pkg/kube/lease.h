#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include "base/clock.h"
#include "kube/client.h"

/* Leader election on a coordination.k8s.io/v1 Lease, as client-go does it: another holder's record is judged
 * by how long *we* have seen it unchanged on our own monotonic clock, never by its timestamps. */
struct lease_options {
	const char *namespace, *name;
	const char *identity;
	int64_t duration_ms; /* > renew_ms > 1.2 * retry_ms */
	int64_t renew_ms;
	int64_t retry_ms;
	const struct clock *clock;
};

struct lease;

/* The elector's own decisions, without a thread: one attempt to get or keep the lease. */
struct lease *lease_new(const struct lease_options *options);
err_t lease_try(struct lease *l, struct kube_client *client, struct cancel *cancel, bool *out_leader)
	NODISCARD;
void lease_free(struct lease *l);

/* In a thread of its own: on_gain once when leadership is won; on_loss once when it is lost after that (the
 * program must stop all writing and exit). */
err_t lease_start(struct lease *l, struct kube_config *config, const struct kube_observer *observer,
		  void (*on_gain)(void *arg), void (*on_loss)(void *arg), void *arg) NODISCARD;

/* We lead and the last renewal is younger than renew_ms: ask before each write. */
bool lease_is_held(const struct lease *l);

/* After the workers have drained: empties the holder so that the next one takes over at once; joins the
 * thread. */
void lease_stop(struct lease *l);

#endif
