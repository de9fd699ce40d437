#ifndef HTTP_SERVER_QUEUE_H
#define HTTP_SERVER_QUEUE_H

#include "http/server_exchange.h"

/* Requests on their way to the workers and back: a bounded list of those that wait, and a list of those that
 * are answered. The workers are threads of the queue. No more than at_once of them work, because more threads
 * than processors only hand locks and caches to each other; but when none of them takes a request for a
 * millisecond, as they all wait for a disk or a peer, one more begins. Who waits by http_reply_waits is not
 * counted. */
struct queue;

struct queue_options {
	const char *name;
	int workers;
	int at_once; /* 0: all of them */
	size_t max;  /* requests that wait */
	http_server_fn handler;
	void *arg;
	void (*wake)(void *wake_arg); /* called, from a worker's thread, when there are answers to take */
	void *wake_arg;
};

/* Starts the workers. */
struct queue *queue_new(const struct queue_options *o);

/* Lets running handlers end, drops what waits, joins the workers, frees what was not taken. */
void queue_free(struct queue *q);

/* Takes *x and sets it to NULL; false, and takes nothing, when max requests wait already. */
bool queue_push(struct queue *q, struct exchange **x);

/* Drops a request that still waits: nobody wants its answer any more. */
void queue_drop(struct queue *q, uint64_t id);

/* All answered requests, linked by next; the caller owns them. */
struct exchange *queue_take_answered(struct queue *q);

#endif
