#ifndef WORKQUEUE_WORKQUEUE_H
#define WORKQUEUE_WORKQUEUE_H

#include "base/clock.h"
#include "metrics/metrics.h"

/* Queue of keys for a pool of workers, with the rules of client-go's: a key waits at most once; it is never
 * given to two workers; added while a worker has it, it comes again when that worker is done. Failures of a
 * key are counted and delay its next try; a delayed key keeps the earliest of its times. Thread-safe. */
struct workqueue;

/* Urgent keys (somebody changed something) go before routine ones (a poll), but of WORKQUEUE_URGENT_SHARE + 1
 * keys one is a routine one, so that none starves. */
enum workqueue_priority { WORKQUEUE_ROUTINE, WORKQUEUE_URGENT };
#define WORKQUEUE_URGENT_SHARE 8

struct workqueue_options {
	const char *name;          /* label of the metrics */
	struct metrics *metrics;   /* NULL: none; not rendered any more once the queue is freed */
	const struct clock *clock; /* NULL: the system's */
	int64_t backoff_ms;        /* delay after the first failure; doubles */
	int64_t backoff_max_ms;
	size_t max_keys; /* over it new keys are dropped and counted; a poll brings them again */
};

struct workqueue *workqueue_new(const struct workqueue_options *options);
void workqueue_free(struct workqueue *q); /* no worker may be inside */

void workqueue_add(struct workqueue *q, const char *key, enum workqueue_priority priority);
void workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms);

/* Waits for a key that is due; NULL once the queue is shut down. Caller frees it after workqueue_done. */
char *workqueue_get(struct workqueue *q);
/* The same without waiting; NULL if none is due. */
char *workqueue_try_get(struct workqueue *q);

void workqueue_done(struct workqueue *q, const char *key);

/* The key's failures: count one more and try again after the back-off (with 20 % jitter), but not before
 * at_least_ms; or forget them. */
void workqueue_retry(struct workqueue *q, const char *key, int64_t at_least_ms);
void workqueue_forget(struct workqueue *q, const char *key);
int workqueue_failures(struct workqueue *q, const char *key);

size_t workqueue_len(struct workqueue *q); /* keys that are due, delayed ones not counted */

/* Wakes all workers; they get no more keys. */
void workqueue_shutdown(struct workqueue *q);

#endif
