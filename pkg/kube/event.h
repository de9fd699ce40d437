#ifndef KUBE_EVENT_H
#define KUBE_EVENT_H

#include "kube/client.h"
#include "metrics/metrics.h"

/* Kubernetes Events (core/v1), best effort, from a thread of its own: a queue of 1,000, then dropped and
 * counted; equal events of one object are counted up by patch instead of written again; at most 25 at once
 * per object, refilled one every 5 min; up to 12 tries when the server is away. */
struct event_recorder;

struct event_about {
	const struct kube_resource *resource;
	const char *namespace, *name, *uid;
};

struct event_recorder_options {
	const char *component; /* who reports, and from which pod */
	const char *instance;
	struct metric *dropped; /* a counter: events that were not written, for any reason; may be NULL */
};

err_t event_recorder_start(struct kube_config *config, const struct event_recorder_options *options,
			   const struct kube_observer *observer, struct event_recorder **out) NODISCARD;

/* On a client that it takes over; for tests. */
struct event_recorder *event_recorder_start_on(struct kube_client *client,
					       const struct event_recorder_options *options);

/* type "Normal" or "Warning"; copies all. NULL recorder: no-op. message is cut to 1 KiB. */
void event_record(struct event_recorder *r, const struct event_about *about, const char *type,
		  const char *reason, const char *message);
/* Writes what is queued for at most 2 s; frees r; NULL is fine. */
void event_recorder_stop(struct event_recorder *r);

#endif
