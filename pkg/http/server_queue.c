#include "http/server_queue.h"
#include "base/mem.h"
#include <stdio.h>

#define THREAD_NAME_SIZE 16

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t not_empty;
	struct exchange *first, **last; /* waiting */
	size_t n, max;
	struct exchange *answered;
	bool stopping;
	http_server_fn handler;
	void *arg;
	void (*wake)(void *wake_arg);
	void *wake_arg;
	size_t workers;
	pthread_t threads[];
};

/* The oldest one that waits; NULL when the queue stops. */
static struct exchange *pop(struct queue *q)
{
	struct exchange *x;

	SYNC_SCOPE(&q->mutex);
	while (!q->first && !q->stopping)
		sync_cond_wait(&q->not_empty, &q->mutex);
	if (q->stopping)
		return NULL;
	x = q->first;
	q->first = x->next;
	if (!q->first)
		q->last = &q->first;
	q->n--;
	x->next = NULL;
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
	struct queue *q = arg;
	struct exchange *x;

	while ((x = pop(q))) {
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
	struct queue *q = mem_zalloc(sizeof(*q) + workers * sizeof(q->threads[0]));

	sync_mutex_init(&q->mutex);
	sync_cond_init(&q->not_empty);
	q->last = &q->first;
	q->max = o->max;
	q->handler = o->handler;
	q->arg = o->arg;
	q->wake = o->wake;
	q->wake_arg = o->wake_arg;
	q->workers = workers;
	for (size_t i = 0; i < workers; i++) {
		char name[THREAD_NAME_SIZE];

		snprintf(name, sizeof(name), "%.9s-w%zu", o->name, i % 1000);
		sync_thread_start(&q->threads[i], name, worker_main, q);
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
	pthread_cond_broadcast(&q->not_empty);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	stop(q);
	for (size_t i = 0; i < q->workers; i++)
		sync_thread_join(q->threads[i]);
	free_list(q->first);
	free_list(q->answered);
	sync_cond_destroy(&q->not_empty);
	sync_mutex_destroy(&q->mutex);
	mem_free(q);
}

bool queue_push(struct queue *q, struct exchange **x)
{
	SYNC_SCOPE(&q->mutex);
	if (q->n == q->max)
		return false;
	(*x)->next = NULL;
	*q->last = *x;
	q->last = &(*x)->next;
	q->n++;
	*x = NULL;
	pthread_cond_signal(&q->not_empty);
	return true;
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
