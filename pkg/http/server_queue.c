#include "http/server_queue.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdio.h>

#define THREAD_NAME_SIZE 16
#define STUCK_MS 1

enum worker_state {
	WORKER_BUSY,
	WORKER_IDLE,
	WORKER_WATCHES, /* looks whether those that are busy get on */
};

struct worker {
	struct queue *queue;
	struct worker *next; /* while it is idle */
	enum worker_state state;
	pthread_cond_t called;
	pthread_t thread;
};

struct queue {
	pthread_mutex_t mutex;
	struct exchange *first, **last; /* waiting */
	size_t n, max;
	uint64_t taken; /* requests so far */
	struct exchange *answered;
	struct worker *idle;  /* the one that worked last comes first: its caches are warm */
	size_t busy, at_once; /* busy: without those whose handlers wait */
	bool watched, stopping;
	http_server_fn handler;
	void *arg;
	void (*wake)(void *wake_arg);
	void *wake_arg;
	size_t n_workers;
	struct worker workers[];
};

/* Takes a worker off its rest, if one is needed for what waits. The caller holds the mutex, and signals the
 * worker once it does not. */
static struct worker *call(struct queue *q)
{
	struct worker *w = q->idle;

	if (!w || !q->first)
		return NULL;
	if (q->busy < q->at_once) {
		q->busy++;
		w->state = WORKER_BUSY;
	} else if (!q->watched) {
		q->watched = true;
		w->state = WORKER_WATCHES;
	} else {
		return NULL;
	}
	q->idle = w->next;
	return w;
}

static void signal_called(struct worker *w)
{
	if (w)
		pthread_cond_signal(&w->called);
}

/* True when a request waits and nobody took one all the while: w is busy now. */
static bool watch(struct queue *q, struct worker *w)
{
	bool stuck = false;

	while (q->first && !stuck && !q->stopping) {
		const uint64_t taken = q->taken;
		const int64_t until = clock_now_ns(NULL) + STUCK_MS * NS_PER_MS;

		while (!q->stopping && sync_cond_wait_until(&w->called, &q->mutex, until))
			continue;
		stuck = q->first && q->taken == taken;
	}
	q->watched = false;
	if (!stuck)
		return false;
	q->busy++;
	w->state = WORKER_BUSY;
	signal_called(call(q));
	return true;
}

static void rest(struct queue *q, struct worker *w)
{
	q->busy--;
	do {
		w->state = WORKER_IDLE;
		w->next = q->idle;
		q->idle = w;
		while (w->state == WORKER_IDLE && !q->stopping)
			sync_cond_wait(&w->called, &q->mutex);
	} while (!q->stopping && w->state == WORKER_WATCHES && !watch(q, w));
}

/* The oldest one that waits; NULL when the queue stops. */
static struct exchange *pop(struct queue *q, struct worker *w)
{
	struct exchange *x;

	SYNC_SCOPE(&q->mutex);
	while (!q->first && !q->stopping)
		rest(q, w);
	if (q->stopping)
		return NULL;
	x = q->first;
	q->first = x->next;
	if (!q->first)
		q->last = &q->first;
	q->n--;
	q->taken++;
	x->next = NULL;
	x->reply.queue = q;
	return x;
}

/* True when it is the first one: until the list is taken, whoever takes it is on the way. */
static bool push_answered(struct queue *q, struct exchange *x)
{
	SYNC_SCOPE(&q->mutex);
	x->next = q->answered;
	q->answered = x;
	return !x->next;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct queue *q = w->queue;
	struct exchange *x;

	while ((x = pop(q, w))) {
		q->handler(q->arg, &x->request, &x->reply);
		exchange_settle(x);
		if (push_answered(q, x))
			q->wake(q->wake_arg);
	}
	return NULL;
}

struct queue *queue_new(const struct queue_options *o)
{
	const size_t workers = (size_t)o->workers;
	struct queue *q = mem_zalloc(sizeof(*q) + workers * sizeof(q->workers[0]));

	sync_mutex_init(&q->mutex);
	q->last = &q->first;
	q->max = o->max;
	q->busy = workers; /* until they find nothing to do */
	q->at_once = o->at_once > 0 ? (size_t)o->at_once : workers;
	q->handler = o->handler;
	q->arg = o->arg;
	q->wake = o->wake;
	q->wake_arg = o->wake_arg;
	q->n_workers = workers;
	for (size_t i = 0; i < workers; i++) {
		struct worker *w = &q->workers[i];
		char name[THREAD_NAME_SIZE];

		snprintf(name, sizeof(name), "%.9s-w%zu", o->name, i % 1000);
		w->queue = q;
		sync_cond_init(&w->called);
		sync_thread_start(&w->thread, name, worker_main, w);
	}
	return q;
}

static void free_list(struct exchange *x)
{
	while (x) {
		struct exchange *next = x->next;

		exchange_free(x);
		x = next;
	}
}

static void stop(struct queue *q)
{
	SYNC_SCOPE(&q->mutex);
	q->stopping = true;
	for (size_t i = 0; i < q->n_workers; i++)
		signal_called(&q->workers[i]);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	stop(q);
	for (size_t i = 0; i < q->n_workers; i++) {
		sync_thread_join(q->workers[i].thread);
		sync_cond_destroy(&q->workers[i].called);
	}
	free_list(q->first);
	free_list(q->answered);
	sync_mutex_destroy(&q->mutex);
	mem_free(q);
}

static bool enqueue(struct queue *q, struct exchange **x, struct worker **out_called)
{
	SYNC_SCOPE(&q->mutex);
	if (q->n == q->max)
		return false;
	(*x)->next = NULL;
	*q->last = *x;
	q->last = &(*x)->next;
	q->n++;
	*x = NULL;
	*out_called = call(q);
	return true;
}

bool queue_push(struct queue *q, struct exchange **x)
{
	struct worker *called = NULL;
	const bool taken = enqueue(q, x, &called);

	signal_called(called);
	return taken;
}

static struct worker *count_waiting(struct queue *q, bool waits)
{
	SYNC_SCOPE(&q->mutex);
	if (!waits) {
		q->busy++;
		return NULL;
	}
	q->busy--;
	return call(q);
}

void http_reply_waits(struct http_server_reply *r, bool waits)
{
	if (r->queue)
		signal_called(count_waiting(r->queue, waits));
}

static struct exchange *unlink_waiting(struct queue *q, uint64_t id)
{
	SYNC_SCOPE(&q->mutex);
	for (struct exchange **p = &q->first; *p; p = &(*p)->next) {
		struct exchange *x = *p;

		if (x->id != id)
			continue;
		*p = x->next;
		if (!*p)
			q->last = p;
		q->n--;
		return x;
	}
	return NULL;
}

void queue_drop(struct queue *q, uint64_t id)
{
	exchange_free(unlink_waiting(q, id));
}

struct exchange *queue_take_answered(struct queue *q)
{
	SYNC_SCOPE(&q->mutex);
	return TAKE(q->answered);
}
