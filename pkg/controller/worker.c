#include "controller/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "kube/meta.h"

#include <stdatomic.h>
#include <stdio.h>

#define DENIED_RETRY_MS INT64_C(60000)

struct pool_metrics {
	struct metric *total, *errors, *terminal, *timeouts, *seconds, *active, *max;
};

struct worker {
	struct worker_pool *pool;
	pthread_t thread;
	void *state;
};

struct worker_pool {
	struct worker_pool_options options;
	struct pool_metrics metrics;
	struct worker *workers;
	atomic_int running;
};

static const double seconds_buckets[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35,
					 0.4,   0.45, 0.5,   0.6,  0.7, 0.8,  0.9, 1,    1.25, 1.5,
					 1.75,  2,    2.5,   3,    3.5, 4,    4.5, 5,    6,    7,
					 8,     9,    10,    15,   20,  25,   30,  40,   50,   60};

static struct pool_metrics make_metrics(struct metrics *m, const char *controller, int workers)
{
	static const char *const results[] = {"success", "error", "requeue", "requeue_after"};
	struct pool_metrics p;

	if (!m)
		return (struct pool_metrics){0};
	p.total = metrics_counter(m, "controller_runtime_reconcile_total",
				  "Total number of reconciliations per controller", "controller result");
	p.errors = metrics_counter(m, "controller_runtime_reconcile_errors_total",
				   "Total number of reconciliation errors per controller", "controller");
	p.terminal = metrics_counter(m, "controller_runtime_terminal_reconcile_errors_total",
				     "Total number of terminal reconciliation errors per controller",
				     "controller");
	p.timeouts = metrics_counter(m, "controller_runtime_reconcile_timeouts_total",
				     "Total number of reconciliation timeouts per controller", "controller");
	/* A program in C that panics is gone, and so is its count. */
	metric_add(metrics_counter(m, "controller_runtime_reconcile_panics_total",
				   "Total number of reconciliation panics per controller", "controller"),
		   METRIC_LABELS(controller), 0);
	p.seconds = metrics_histogram(m, "controller_runtime_reconcile_time_seconds",
				      "Length of time per reconciliation per controller", "controller",
				      seconds_buckets, ARRAY_LEN(seconds_buckets));
	p.active = metrics_gauge(m, "controller_runtime_active_workers",
				 "Number of currently used workers per controller", "controller");
	p.max = metrics_gauge(m, "controller_runtime_max_concurrent_reconciles",
			      "Maximum number of concurrent reconciles per controller", "controller");
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		metric_add(p.total, METRIC_LABELS(controller, results[i]), 0);
	metric_add(p.errors, METRIC_LABELS(controller), 0);
	metric_add(p.terminal, METRIC_LABELS(controller), 0);
	metric_add(p.timeouts, METRIC_LABELS(controller), 0);
	metric_set(p.active, METRIC_LABELS(controller), 0);
	metric_set(p.max, METRIC_LABELS(controller), workers);
	return p;
}

enum worker_next worker_next_after(const struct err *e)
{
	if (!e)
		return WORKER_FORGET;
	switch (err_kind(e)) {
	case ERR_INVALID:
	case ERR_NOT_FOUND:
	case ERR_TOO_LARGE:
	case ERR_EXISTS:
	case ERR_CANCELED:
		return WORKER_GIVE_UP;
	case ERR_DENIED:
		return WORKER_RETRY_SLOWLY;
	case ERR_CONFLICT:
	case ERR_GONE:
	case ERR_THROTTLED:
	case ERR_UNAVAILABLE:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_INTERNAL:
		break;
	}
	return WORKER_RETRY;
}

static void log_outcome(const struct logger *log, const struct err *e, int failures)
{
	if (!e)
		return;
	if (err_is(e, ERR_CONFLICT) || err_is(e, ERR_CANCELED))
		log_debug(log, "reconcile was overtaken", F_ERR(e));
	else
		log_error(log, "reconcile failed", F_ERR(e), F_INT("attempt", failures + 1));
}

static void schedule(struct worker_pool *p, const char *key, const struct err *e, int64_t again_after_ms)
{
	struct workqueue *q = p->options.queue;

	switch (worker_next_after(e)) {
	case WORKER_FORGET:
	case WORKER_GIVE_UP:
		workqueue_forget(q, key);
		if (again_after_ms > 0)
			workqueue_add_after(q, key, again_after_ms);
		return;
	case WORKER_RETRY_SLOWLY:
		workqueue_retry(q, key, DENIED_RETRY_MS);
		return;
	case WORKER_RETRY:
		workqueue_retry(q, key, err_retry_after_ms(e));
		return;
	}
}

static void count(struct worker_pool *p, const struct err *e, int64_t again_after_ms, int64_t started_ns)
{
	const char *controller = p->options.controller;
	const char *result = e ? "error" : again_after_ms ? "requeue_after" : "success";

	metric_add(p->metrics.total, METRIC_LABELS(controller, result), 1);
	if (e)
		metric_add(p->metrics.errors, METRIC_LABELS(controller), 1);
	if (err_is(e, ERR_TIMEOUT))
		metric_add(p->metrics.timeouts, METRIC_LABELS(controller), 1);
	if (worker_next_after(e) == WORKER_GIVE_UP)
		metric_add(p->metrics.terminal, METRIC_LABELS(controller), 1);
	metric_observe(p->metrics.seconds, METRIC_LABELS(controller),
		       (double)(clock_now_ns(NULL) - started_ns) / (double)NS_PER_S);
}

static void reconcile_one(struct worker *w, const char *key)
{
	struct worker_pool *p = w->pool;
	const int64_t started_ns = clock_now_ns(NULL);
	struct reconcile_result result = {0};
	char reconcile_id[RAND_UUID_SIZE], namespace[254] = "", name[254] = "";
	struct logger log = {.name = "controller"};
	err_t e CLEANUP(err_freep) = NULL;

	rand_uuid(reconcile_id);
	kube_key_parse(key, namespace, name);
	log = logger_with(&log, F_STR("controller", p->options.controller));
	log = logger_with(&log, F_STR("namespace", namespace));
	log = logger_with(&log, F_STR("name", name));
	log = logger_with(&log, F_STR("reconcileID", reconcile_id));

	metric_add(p->metrics.active, METRIC_LABELS(p->options.controller), 1);
	e = p->options.reconcile(p->options.arg, w->state, key, p->options.cancel, &result);
	metric_add(p->metrics.active, METRIC_LABELS(p->options.controller), -1);

	log_outcome(&log, e, workqueue_failures(p->options.queue, key));
	count(p, e, result.again_after_ms, started_ns);
	schedule(p, key, e, result.again_after_ms);
	workqueue_done(p->options.queue, key);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	char *key;

	while ((key = workqueue_get(w->pool->options.queue))) {
		reconcile_one(w, key);
		mem_free(key);
	}
	atomic_fetch_sub(&w->pool->running, 1);
	return NULL;
}

static void pool_free(struct worker_pool *p)
{
	for (int i = 0; i < p->options.workers; i++)
		if (p->workers[i].state)
			p->options.state_free(p->workers[i].state);
	mem_free(p->workers);
	mem_free(p);
}

err_t worker_pool_start(const struct worker_pool_options *options, struct worker_pool **out)
{
	struct worker_pool *p = MEM_NEW(struct worker_pool);

	p->options = *options;
	p->metrics = make_metrics(options->metrics, options->controller, options->workers);
	p->workers = mem_calloc((size_t)options->workers, sizeof(*p->workers));
	for (int i = 0; i < options->workers; i++) {
		err_t e;

		p->workers[i].pool = p;
		e = options->state_new(options->state_arg, &p->workers[i].state);
		if (e) {
			pool_free(p);
			return err_wrap(e, "start worker %d", i);
		}
	}
	atomic_store(&p->running, options->workers);
	for (int i = 0; i < options->workers; i++) {
		char name[16];

		snprintf(name, sizeof(name), "work-%d", i);
		sync_thread_start(&p->workers[i].thread, name, worker_main, &p->workers[i]);
	}
	*out = p;
	return NULL;
}

void worker_pool_stop(struct worker_pool *p, int64_t drain_ms)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + drain_ms * NS_PER_MS;

	if (!p)
		return;
	workqueue_shutdown(p->options.queue);
	while (atomic_load(&p->running) > 0 && clock_now_ns(NULL) < deadline_ns)
		if (cancel_sleep_ms(p->options.cancel, 10))
			break;
	cancel_set(p->options.cancel);
	for (int i = 0; i < p->options.workers; i++)
		sync_thread_join(p->workers[i].thread);
	pool_free(p);
}
