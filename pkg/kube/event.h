#ifndef KUBE_EVENT_H
#define KUBE_EVENT_H

#include "kube/client.h"

/* Kubernetes Events (core/v1), best effort, from a thread of its own: a queue of 1,000, then dropped and
 * counted; equal events of one object are counted up by patch instead of written again; at most 25 at once
 * per object, refilled one every 5 min; up to 12 tries when the server is away. */
struct event_recorder;

struct event_about {
	const struct kube_resource *resource;
	const char *namespace, *name, *uid;
};

err_t event_recorder_start(struct kube_config *config, const char *component, const char *instance,
			   const struct kube_observer *observer, struct event_recorder **out) NODISCARD;

/* On a client that it takes over; for tests. */
struct event_recorder *event_recorder_start_on(struct kube_client *client, const char *component,
					       const char *instance);

/* type "Normal" or "Warning"; copies all. NULL recorder: no-op. message is cut to 1 KiB. */
void event_record(struct event_recorder *r, const struct event_about *about, const char *type,
		  const char *reason, const char *message);
size_t
event_recorder_dropped(const struct event_recorder *r); /* events that were not written, for any reason */
void event_recorder_stop(
	struct event_recorder *r); /* writes what is queued for at most 2 s; frees r; NULL is fine */

#endif
