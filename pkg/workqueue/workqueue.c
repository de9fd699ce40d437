#include "workqueue/workqueue.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "workqueue/delay_heap.h"

/* A key that waits, is delayed, is being worked on, or has failures to its name. */
struct entry {
	struct delay_node delay; /* first member: the heap hands out its nodes */
	char *key;
	bool dirty;      /* somebody wants it done */
	bool processing; /* a worker has it */
	enum workqueue_priority priority;
	int failures;
	int64_t added_ns, started_ns;
	struct entry *prev, *next; /* in its FIFO */
};

struct fifo {
	struct entry *head, *tail;
};

struct queue_metrics {
	struct metric *depth, *adds, *retries, *dropped, *wait, *work;
	struct metric *unfinished, *longest; /* set when somebody looks */
};

struct workqueue {
	struct workqueue_options options;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct map *entries; /* key → struct entry */
	struct fifo due[WORKQUEUE_URGENT + 1];
	struct delay_heap delayed;
	size_t n_due;
	int urgent_in_a_row;
	bool shut_down;
	struct queue_metrics metrics;
};

static const double seconds_buckets[] = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};

/* controller-runtime names a controller's queue by the controller. */
#define LABELS "name controller"
#define VALUES(q) METRIC_LABELS((q)->options.name, (q)->options.name)

static struct queue_metrics make_metrics(struct metrics *m)
{
	if (!m)
		return (struct queue_metrics){0};
	return (struct queue_metrics){
		.depth = metrics_gauge(m, "workqueue_depth", "Current depth of workqueue.",
				       "name controller priority"),
		.unfinished = metrics_gauge(m, "workqueue_unfinished_work_seconds",
					    "Seconds of work in progress that work_duration does not count "
					    "yet; a large value means "
					    "stuck threads.",
					    LABELS),
		.longest = metrics_gauge(
			m, "workqueue_longest_running_processor_seconds",
			"How long the longest running processor for workqueue has been running.", LABELS),
		.adds = metrics_counter(m, "workqueue_adds_total",
					"Total number of adds handled by workqueue.", LABELS),
		.retries = metrics_counter(m, "workqueue_retries_total",
					   "Total number of retries handled by workqueue.", LABELS),
		.dropped = metrics_counter(m, "workqueue_dropped_total",
					   "Keys that a full workqueue did not take.", LABELS),
		.wait = metrics_histogram(m, "workqueue_queue_duration_seconds",
					  "How long an item stays in workqueue before being requested.",
					  LABELS, seconds_buckets, ARRAY_LEN(seconds_buckets)),
		.work = metrics_histogram(m, "workqueue_work_duration_seconds",
					  "How long processing an item from workqueue takes.", LABELS,
					  seconds_buckets, ARRAY_LEN(seconds_buckets)),
	};
}

static void entry_free(void *p)
{
	struct entry *e = p;

	mem_free(e->key);
	mem_free(e);
}

static int64_t now(const struct workqueue *q)
{
	return clock_now_ns(q->options.clock);
}

static double seconds_since(const struct workqueue *q, int64_t start_ns)
{
	return (double)(now(q) - start_ns) / (double)NS_PER_S;
}

static void tell_what_is_under_way(void *arg)
{
	struct workqueue *q = arg;
	double sum = 0, longest = 0;
	void *entry = NULL;

	SYNC_SCOPE(&q->mutex);
	for (size_t i = 0; map_next(q->entries, &i, NULL, &entry);) {
		const struct entry *e = entry;
		const double seconds = e->processing ? seconds_since(q, e->started_ns) : 0;

		sum += seconds;
		if (seconds > longest)
			longest = seconds;
	}
	metric_set(q->metrics.unfinished, VALUES(q), sum);
	metric_set(q->metrics.longest, VALUES(q), longest);
}

/* n is 1 or -1 keys more in a FIFO. */
static void change_depth(struct workqueue *q, enum workqueue_priority priority, int n)
{
	static const char *const priorities[] = {[WORKQUEUE_ROUTINE] = "0", [WORKQUEUE_URGENT] = "1"};

	q->n_due += (size_t)n;
	metric_add(q->metrics.depth, METRIC_LABELS(q->options.name, q->options.name, priorities[priority]),
		   n);
}

struct workqueue *workqueue_new(const struct workqueue_options *options)
{
	struct workqueue *q = MEM_NEW(struct workqueue);

	q->options = *options;
	sync_mutex_init(&q->mutex);
	sync_cond_init(&q->changed);
	q->entries = map_new(entry_free);
	q->metrics = make_metrics(options->metrics);
	change_depth(q, WORKQUEUE_ROUTINE, 0);
	change_depth(q, WORKQUEUE_URGENT, 0);
	metrics_before_render(options->metrics, tell_what_is_under_way, q);
	return q;
}

void workqueue_free(struct workqueue *q)
{
	if (!q)
		return;
	map_free(q->entries);
	delay_heap_release(&q->delayed);
	sync_cond_destroy(&q->changed);
	sync_mutex_destroy(&q->mutex);
	mem_free(q);
}

/* NULL when the queue is full, or shut down. */
static struct entry *entry_for(struct workqueue *q, const char *key)
{
	struct entry *e = map_get(q->entries, key);

	if (q->shut_down)
		return NULL;
	if (e)
		return e;
	if (map_len(q->entries) >= q->options.max_keys) {
		metric_add(q->metrics.dropped, VALUES(q), 1);
		return NULL;
	}
	e = MEM_NEW(struct entry);
	delay_node_init(&e->delay);
	e->key = mem_strdup(key);
	map_set(q->entries, key, e);
	return e;
}

static void forget_if_idle(struct workqueue *q, struct entry *e)
{
	if (!e->dirty && !e->processing && !e->failures && !delay_node_is_queued(&e->delay))
		map_del(q->entries, e->key);
}

static void push(struct workqueue *q, struct entry *e)
{
	struct fifo *f = &q->due[e->priority];

	e->next = NULL;
	e->prev = f->tail;
	*(f->tail ? &f->tail->next : &f->head) = e;
	f->tail = e;
	change_depth(q, e->priority, 1);
	pthread_cond_signal(&q->changed);
}

static void unlink_due(struct workqueue *q, struct entry *e)
{
	struct fifo *f = &q->due[e->priority];

	*(e->prev ? &e->prev->next : &f->head) = e->next;
	*(e->next ? &e->next->prev : &f->tail) = e->prev;
	change_depth(q, e->priority, -1);
}

static struct entry *pop(struct workqueue *q, enum workqueue_priority priority)
{
	struct entry *e = q->due[priority].head;

	if (e)
		unlink_due(q, e);
	return e;
}

/* A key that waits as routine and becomes urgent overtakes. */
static void raise_priority(struct workqueue *q, struct entry *e, enum workqueue_priority priority)
{
	if (priority <= e->priority)
		return;
	if (!e->processing)
		unlink_due(q, e);
	e->priority = priority;
	if (!e->processing)
		push(q, e);
}

static void make_due(struct workqueue *q, struct entry *e, enum workqueue_priority priority)
{
	delay_heap_remove(&q->delayed, &e->delay);
	if (e->dirty) {
		raise_priority(q, e, priority);
		return;
	}
	e->dirty = true;
	e->priority = priority;
	e->added_ns = now(q);
	metric_add(q->metrics.adds, VALUES(q), 1);
	if (!e->processing)
		push(q, e);
}

void workqueue_add(struct workqueue *q, const char *key, enum workqueue_priority priority)
{
	SYNC_SCOPE(&q->mutex);
	struct entry *e = entry_for(q, key);

	if (e)
		make_due(q, e, priority);
}

static void delay_until(struct workqueue *q, struct entry *e, int64_t at_ns)
{
	if (e->dirty || (delay_node_is_queued(&e->delay) && e->delay.at_ns <= at_ns))
		return;
	delay_heap_remove(&q->delayed, &e->delay);
	delay_heap_add(&q->delayed, &e->delay, at_ns);
	pthread_cond_signal(&q->changed); /* the earliest time may have moved */
}

void workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms)
{
	SYNC_SCOPE(&q->mutex);
	struct entry *e = entry_for(q, key);

	if (!e)
		return;
	if (delay_ms <= 0)
		make_due(q, e, WORKQUEUE_ROUTINE);
	else
		delay_until(q, e, now(q) + delay_ms * NS_PER_MS);
}

static void move_ripe(struct workqueue *q)
{
	struct delay_node *top;
	const int64_t at = now(q);

	while ((top = delay_heap_top(&q->delayed)) && top->at_ns <= at)
		make_due(q, (struct entry *)top, WORKQUEUE_ROUTINE);
}

static struct entry *next_due(struct workqueue *q)
{
	struct entry *e;

	if (q->urgent_in_a_row >= WORKQUEUE_URGENT_SHARE && (e = pop(q, WORKQUEUE_ROUTINE))) {
		q->urgent_in_a_row = 0;
		return e;
	}
	if ((e = pop(q, WORKQUEUE_URGENT))) {
		q->urgent_in_a_row++;
		return e;
	}
	q->urgent_in_a_row = 0;
	return pop(q, WORKQUEUE_ROUTINE);
}

/* With the mutex held. */
static char *take_due(struct workqueue *q)
{
	struct entry *e;

	move_ripe(q);
	e = next_due(q);
	if (!e)
		return NULL;
	e->dirty = false;
	e->processing = true;
	metric_observe(q->metrics.wait, VALUES(q), seconds_since(q, e->added_ns));
	e->started_ns = now(q);
	return mem_strdup(e->key);
}

char *workqueue_try_get(struct workqueue *q)
{
	SYNC_SCOPE(&q->mutex);
	return q->shut_down ? NULL : take_due(q);
}

char *workqueue_get(struct workqueue *q)
{
	SYNC_SCOPE(&q->mutex);
	while (!q->shut_down) {
		char *key = take_due(q);
		const struct delay_node *top = delay_heap_top(&q->delayed);

		if (key) {
			/* This worker may have been the only one that knew when the next delayed key is due.
			 */
			if (top)
				pthread_cond_signal(&q->changed);
			return key;
		}
		if (top)
			sync_cond_wait_until(&q->changed, &q->mutex, top->at_ns);
		else
			sync_cond_wait(&q->changed, &q->mutex);
	}
	return NULL;
}

void workqueue_done(struct workqueue *q, const char *key)
{
	SYNC_SCOPE(&q->mutex);
	struct entry *e = map_get(q->entries, key);

	if (!e || !e->processing)
		return;
	e->processing = false;
	metric_observe(q->metrics.work, VALUES(q), seconds_since(q, e->started_ns));
	if (e->dirty)
		push(q, e);
	else
		forget_if_idle(q, e);
}

static int64_t backoff_ms(const struct workqueue *q, int failures)
{
	int64_t ms = q->options.backoff_ms;

	for (int i = 1; i < failures && ms < q->options.backoff_max_ms; i++)
		ms *= 2;
	return rand_jitter(ms < q->options.backoff_max_ms ? ms : q->options.backoff_max_ms, 20);
}

void workqueue_retry(struct workqueue *q, const char *key, int64_t at_least_ms)
{
	SYNC_SCOPE(&q->mutex);
	struct entry *e = entry_for(q, key);
	int64_t ms;

	if (!e)
		return;
	e->failures++;
	ms = backoff_ms(q, e->failures);
	metric_add(q->metrics.retries, VALUES(q), 1);
	delay_until(q, e, now(q) + (ms > at_least_ms ? ms : at_least_ms) * NS_PER_MS);
}

void workqueue_forget(struct workqueue *q, const char *key)
{
	SYNC_SCOPE(&q->mutex);
	struct entry *e = map_get(q->entries, key);

	if (!e)
		return;
	e->failures = 0;
	forget_if_idle(q, e);
}

int workqueue_failures(struct workqueue *q, const char *key)
{
	SYNC_SCOPE(&q->mutex);
	const struct entry *e = map_get(q->entries, key);

	return e ? e->failures : 0;
}

size_t workqueue_len(struct workqueue *q)
{
	SYNC_SCOPE(&q->mutex);
	return q->n_due;
}

void workqueue_shutdown(struct workqueue *q)
{
	SYNC_SCOPE(&q->mutex);
	q->shut_down = true;
	pthread_cond_broadcast(&q->changed);
}
