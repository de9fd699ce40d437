#ifndef KUBE_REFLECTOR_H
#define KUBE_REFLECTOR_H

#include "kube/client.h"
#include "kube/store.h"
#include "metrics/metrics.h"

/* Keeps a store equal to a collection of the API server by list and watch, in a thread of its own. Survives
 * 410, 429, resets, silence, half frames; backs off 0.8 s to 30 s with jitter. */
struct reflector;

/* Counters and a gauge with the label resource; each may be NULL. */
struct reflector_metrics {
	struct metric *skipped;    /* objects that could not be decoded */
	struct metric *lists;      /* complete ones */
	struct metric *watches;    /* that were opened */
	struct metric *last_event; /* when something came, in Unix time */
};

struct reflector_options {
	const struct kube_resource *resource;
	const char *namespace; /* NULL: all */
	const char *label_selector;
	enum kube_view view;
	struct kstore *store;
	const char *thread_name; /* at most 15 bytes */

	/* Keeps what the program needs of an object, meta included. *out NULL with success: the object is of
	 * no interest and is left out of the store. An error skips the object, so that what was known of it
	 * stays, and is counted each time the object comes. */
	err_t (*decode)(void *arg, const struct jsonx *object, struct kobj **out);
	struct reflector_metrics metrics;

	/* After each change of the store; old NULL: added, now NULL: deleted. Must not block. */
	void (*on_change)(void *arg, const struct kobj *old, const struct kobj *now);
	void *arg;

	/* Problems that a person should hear of (forbidden, kind missing, server away for some attempts …),
	 * once per kind of error, and their end (e NULL). May be NULL. */
	void (*on_trouble)(void *arg, const struct kube_resource *resource, const char *namespace,
			   const struct err *e);
};

/* Copies options, but borrows what they point to except texts. */
err_t reflector_start(struct kube_config *config, const struct reflector_options *options,
		      const struct kube_observer *observer, struct cancel *cancel, struct reflector **out)
	NODISCARD;

/* True once the first list is in the store. */
bool reflector_is_synced(const struct reflector *r);

/* How the last attempt failed, as a kind (0: it did not), e.g. ERR_DENIED where the right to list is missing.
 */
int reflector_trouble(const struct reflector *r);

/* Cancel its token first. Joins the thread and frees r. */
void reflector_join(struct reflector *r);

/* For tests. new, round, free: the list, where one is needed, and the watch that the thread makes in a loop;
 * the error is the one of the watch, or of a list that failed. start_on: the thread, on a client that it
 * takes over. */
struct reflector *reflector_new(const struct reflector_options *options);
err_t reflector_round(struct reflector *r, struct kube_client *client, struct cancel *cancel) NODISCARD;
void reflector_free(struct reflector *r);
struct reflector *reflector_start_on(struct kube_client *client, const struct reflector_options *options,
				     struct cancel *cancel);

#endif
