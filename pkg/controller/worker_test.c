#include "controller/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"

#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)

/* A pool whose reconciles the test scripts. */
struct rig {
	pthread_mutex_t mutex; /* guards what the workers touch */
	pthread_cond_t changed;
	enum err_kind fails[8]; /* of the first calls; then all is well */
	int64_t again_ms[8];
	size_t calls, ended;
	bool hold;         /* reconciles wait until this is false … */
	bool until_cancel; /* … or until they are told to stop */
	size_t states_made, states_freed, states_max;
	struct strv lines; /* of the log */

	struct metrics *metrics;
	struct workqueue *queue;
	struct cancel *cancel;
	struct worker_pool *pool;
};

static void keep_line(void *arg, const char *line, size_t len)
{
	struct rig *r = arg;
	char *text = mem_strndup(line, len);
	SYNC_SCOPE(&r->mutex);

	strv_add_take(&r->lines, &text);
}

static err_t state_new(void *arg, void **out)
{
	struct rig *r = arg;

	if (r->states_made == r->states_max)
		return err_new(ERR_INVALID, "no more clients");
	r->states_made++;
	*out = r;
	return NULL;
}

static void state_free(void *state)
{
	((struct rig *)state)->states_freed++;
}

static err_t reconcile(void *arg, void *state, const char *key, struct cancel *cancel,
		       struct reconcile_result *out)
{
	struct rig *r = arg;
	err_t e = NULL;
	SYNC_SCOPE(&r->mutex);
	const size_t call = r->calls++;

	CHECK(state == r);
	pthread_cond_broadcast(&r->changed);
	while (r->hold && !(r->until_cancel && cancel_is_set(cancel)))
		sync_cond_wait_until(&r->changed, &r->mutex, clock_now_ns(NULL) + NS_PER_MS);
	if (r->hold)
		e = err_new(ERR_CANCELED, "told to stop");
	else if (call < ARRAY_LEN(r->fails) && r->fails[call])
		e = err_new(r->fails[call], "failure of %s", key);
	if (err_is(e, ERR_THROTTLED))
		err_set_retry_after_ms(e, 3600000);
	if (call < ARRAY_LEN(r->again_ms))
		out->again_after_ms = r->again_ms[call];
	r->ended++;
	pthread_cond_broadcast(&r->changed);
	return e;
}

static void rig_init(struct rig *r)
{
	*r = (struct rig){.states_max = 100, .cancel = cancel_new(NULL), .metrics = metrics_new()};
	sync_mutex_init(&r->mutex);
	sync_cond_init(&r->changed);
	r->queue = workqueue_new(&(struct workqueue_options){
		.name = "test", .backoff_ms = 1, .backoff_max_ms = 2, .max_keys = 100});
	log_configure(LOG_DEBUG, LOG_JSON);
	log_set_sink(keep_line, r);
}

static err_t begin(struct rig *r, int workers)
{
	const struct worker_pool_options options = {.controller = "test",
						    .queue = r->queue,
						    .metrics = r->metrics,
						    .cancel = r->cancel,
						    .workers = workers,
						    .state_new = state_new,
						    .state_free = state_free,
						    .state_arg = r,
						    .reconcile = reconcile,
						    .arg = r};

	return worker_pool_start(&options, &r->pool);
}

static void rig_start(struct rig *r, int workers)
{
	CHECK_OK(begin(r, workers));
}

static void rig_stop(struct rig *r)
{
	worker_pool_stop(r->pool, 0);
	log_set_sink(NULL, NULL);
	CHECK_INT(r->states_made, r->states_freed);
	strv_release(&r->lines);
	workqueue_free(r->queue);
	metrics_free(r->metrics);
	cancel_free(r->cancel);
	sync_cond_destroy(&r->changed);
	sync_mutex_destroy(&r->mutex);
	CHECK_INT(err_live(), 0);
}

static void wait_until(struct rig *r, const size_t *counter, size_t n)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	SYNC_SCOPE(&r->mutex);

	while (*counter < n)
		CHECK_MSG(sync_cond_wait_until(&r->changed, &r->mutex, deadline_ns), "it does not happen");
}

/* A reconcile has ended when its worker has told the queue; that is a moment after the last line of it. */
static void wait_for_failures(struct rig *r, const char *key, int failures)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;

	while (workqueue_failures(r->queue, key) != failures) {
		CHECK_MSG(clock_now_ns(NULL) < deadline_ns, "%d failures", workqueue_failures(r->queue, key));
		cancel_sleep_ms(r->cancel, 1);
	}
}

TEST(worker, decides_by_the_kind_of_an_error)
{
	static const struct {
		enum err_kind kind;
		enum worker_next want;
	} cases[] = {
		{ERR_INVALID, WORKER_GIVE_UP},   {ERR_NOT_FOUND, WORKER_GIVE_UP},
		{ERR_CANCELED, WORKER_GIVE_UP},  {ERR_DENIED, WORKER_RETRY_SLOWLY},
		{ERR_EXISTS, WORKER_GIVE_UP},    {ERR_CONFLICT, WORKER_RETRY},
		{ERR_GONE, WORKER_RETRY},        {ERR_THROTTLED, WORKER_RETRY},
		{ERR_UNAVAILABLE, WORKER_RETRY}, {ERR_TIMEOUT, WORKER_RETRY},
		{ERR_TOO_LARGE, WORKER_GIVE_UP}, {ERR_PROTOCOL, WORKER_RETRY},
		{ERR_INTERNAL, WORKER_RETRY},
	};

	CHECK_INT(worker_next_after(NULL), WORKER_FORGET);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_t e CLEANUP(err_freep) = err_new(cases[i].kind, "x");

		CHECK_MSG(worker_next_after(e) == cases[i].want, "%s", err_kind_name(cases[i].kind));
	}
}

TEST(worker, tries_again_until_it_succeeds)
{
	struct rig r;

	rig_init(&r);
	r.fails[0] = r.fails[1] = ERR_UNAVAILABLE;
	r.fails[2] = ERR_CONFLICT;
	rig_start(&r, 2);
	workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
	wait_until(&r, &r.ended, 4);
	wait_for_failures(&r, "team/db", 0);
	worker_pool_stop(TAKE(r.pool), 10000);
	CHECK_INT(r.calls, 4);
	CHECK_INT(metric_value(metrics_counter(r.metrics, "controller_runtime_reconcile_total", "",
					       "controller result"),
			       METRIC_LABELS("test", "error")),
		  3);
	CHECK_INT(metric_value(metrics_counter(r.metrics, "controller_runtime_reconcile_total", "",
					       "controller result"),
			       METRIC_LABELS("test", "success")),
		  1);
	rig_stop(&r);
}

TEST(worker, metrics_are_there_from_the_start_and_count_what_took_too_long)
{
	static const char *const lines[] = {
		"controller_runtime_reconcile_total{controller=\"test\",result=\"success\"} 1\n",
		"controller_runtime_reconcile_total{controller=\"test\",result=\"error\"} 1\n",
		"controller_runtime_reconcile_total{controller=\"test\",result=\"requeue\"} 0\n",
		"controller_runtime_reconcile_total{controller=\"test\",result=\"requeue_after\"} 0\n",
		"controller_runtime_reconcile_errors_total{controller=\"test\"} 1\n",
		"controller_runtime_terminal_reconcile_errors_total{controller=\"test\"} 0\n",
		"controller_runtime_reconcile_panics_total{controller=\"test\"} 0\n",
		"controller_runtime_reconcile_timeouts_total{controller=\"test\"} 1\n",
		"controller_runtime_reconcile_time_seconds_count{controller=\"test\"} 2\n",
		"controller_runtime_reconcile_time_seconds_bucket{controller=\"test\",le=\"0.005\"} ",
		"controller_runtime_reconcile_time_seconds_bucket{controller=\"test\",le=\"60\"} 2\n",
		"controller_runtime_max_concurrent_reconciles{controller=\"test\"} 2\n",
		"controller_runtime_active_workers{controller=\"test\"} 0\n",
	};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct rig r;

	rig_init(&r);
	r.fails[0] = ERR_TIMEOUT;
	rig_start(&r, 2);
	workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
	wait_until(&r, &r.ended, 2);
	worker_pool_stop(TAKE(r.pool), 10000);
	strbuf_init(&text, 1u << 20);
	metrics_render(r.metrics, &text);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		CHECK_MSG(strstr(text.p, lines[i]), "%s is not in:\n%s", lines[i], text.p);
	rig_stop(&r);
}

TEST(worker, what_it_gives_up_comes_back_only_when_asked_to)
{
	struct rig r;

	rig_init(&r);
	r.fails[0] = r.fails[1] = ERR_INVALID;
	r.again_ms[0] = 1;
	rig_start(&r, 1);
	workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
	wait_until(&r, &r.ended, 2);
	/* Had the key come again, it would be before this one. */
	workqueue_add(r.queue, "team/next", WORKQUEUE_ROUTINE);
	wait_until(&r, &r.ended, 3);
	worker_pool_stop(TAKE(r.pool), 10000);
	CHECK_INT(r.calls, 3);
	CHECK_INT(workqueue_failures(r.queue, "team/db"), 0);
	CHECK_INT(
		metric_value(metrics_counter(r.metrics, "controller_runtime_terminal_reconcile_errors_total",
					     "", "controller"),
			     METRIC_LABELS("test")),
		2);
	rig_stop(&r);
}

TEST(worker, a_success_may_ask_to_come_back)
{
	struct rig r;

	rig_init(&r);
	r.again_ms[0] = r.again_ms[1] = 1;
	rig_start(&r, 1);
	workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
	wait_until(&r, &r.ended, 3);
	worker_pool_stop(TAKE(r.pool), 10000);
	CHECK_INT(r.calls, 3);
	CHECK_INT(metric_value(metrics_counter(r.metrics, "controller_runtime_reconcile_total", "",
					       "controller result"),
			       METRIC_LABELS("test", "requeue_after")),
		  2);
	rig_stop(&r);
}

TEST(worker, waits_as_long_as_the_peer_or_a_denial_asks)
{
	static const enum err_kind kinds[] = {ERR_THROTTLED, ERR_DENIED};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct rig r;

		rig_init(&r);
		r.fails[0] = kinds[i];
		rig_start(&r, 1);
		workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
		wait_for_failures(&r, "team/db", 1);
		/* The back-off alone would be 2 ms. */
		workqueue_add_after(r.queue, "team/next", 20);
		wait_until(&r, &r.ended, 2);
		worker_pool_stop(TAKE(r.pool), 10000);
		CHECK_INT(r.calls, 2);
		rig_stop(&r);
	}
}

TEST(worker, logs_a_failure_once_with_its_object)
{
	struct rig r;
	size_t errors = 0, overtaken = 0;

	rig_init(&r);
	r.fails[0] = ERR_UNAVAILABLE;
	r.fails[1] = ERR_CONFLICT;
	rig_start(&r, 1);
	workqueue_add(r.queue, "team/db", WORKQUEUE_URGENT);
	wait_until(&r, &r.ended, 3);
	worker_pool_stop(TAKE(r.pool), 10000);
	for (size_t i = 0; i < r.lines.n; i++) {
		if (strstr(r.lines.v[i], "\"level\":\"error\"")) {
			errors++;
			CHECK_MSG(strstr(r.lines.v[i], "reconcile failed") &&
					  strstr(r.lines.v[i], "\"namespace\":\"team\",\"name\":\"db\"") &&
					  strstr(r.lines.v[i], "failure of team/db") &&
					  strstr(r.lines.v[i], "reconcileID"),
				  "%s", r.lines.v[i]);
		}
		overtaken += strstr(r.lines.v[i], "\"level\":\"debug\"") && strstr(r.lines.v[i], "overtaken");
	}
	CHECK_INT(errors, 1);
	CHECK_INT(overtaken, 1);
	rig_stop(&r);
}

TEST(worker, keys_are_worked_on_side_by_side)
{
	struct rig r;

	rig_init(&r);
	r.hold = true;
	rig_start(&r, 3);
	workqueue_add(r.queue, "a", WORKQUEUE_URGENT);
	workqueue_add(r.queue, "b", WORKQUEUE_URGENT);
	workqueue_add(r.queue, "c", WORKQUEUE_URGENT);
	wait_until(&r, &r.calls, 3); /* none has ended */
	sync_mutex_lock(&r.mutex);
	r.hold = false;
	pthread_cond_broadcast(&r.changed);
	sync_mutex_unlock(&r.mutex);
	wait_until(&r, &r.ended, 3);
	rig_stop(&r);
}

static void *stop_pool(void *arg)
{
	struct rig *r = arg;

	worker_pool_stop(r->pool, 60000);
	return NULL;
}

TEST(worker, what_is_under_way_may_end_when_the_pool_stops)
{
	struct rig r;
	pthread_t stopper;

	rig_init(&r);
	r.hold = true;
	rig_start(&r, 1);
	workqueue_add(r.queue, "a", WORKQUEUE_URGENT);
	workqueue_add(r.queue, "b", WORKQUEUE_URGENT);
	wait_until(&r, &r.calls, 1);
	sync_thread_start(&stopper, "stopper", stop_pool, &r);
	/* The queue is shut down when it gives no more. */
	sync_mutex_lock(&r.mutex);
	r.hold = false;
	pthread_cond_broadcast(&r.changed);
	sync_mutex_unlock(&r.mutex);
	sync_thread_join(stopper);
	r.pool = NULL;
	CHECK(r.ended >= 1 && r.ended == r.calls);
	rig_stop(&r);
}

TEST(worker, what_does_not_end_is_told_to_stop)
{
	struct rig r;

	rig_init(&r);
	r.hold = r.until_cancel = true;
	rig_start(&r, 2);
	workqueue_add(r.queue, "a", WORKQUEUE_URGENT);
	workqueue_add(r.queue, "b", WORKQUEUE_URGENT);
	wait_until(&r, &r.calls, 2);
	CHECK(!cancel_is_set(r.cancel));
	worker_pool_stop(TAKE(r.pool), 20);
	CHECK(cancel_is_set(r.cancel));
	CHECK_INT(r.ended, 2);
	rig_stop(&r);
}

TEST(worker, told_to_stop_by_its_owner_the_pool_does_not_wait)
{
	struct rig r;
	const int64_t started_ns = clock_now_ns(NULL);

	rig_init(&r);
	r.hold = r.until_cancel = true;
	rig_start(&r, 1);
	workqueue_add(r.queue, "a", WORKQUEUE_URGENT);
	wait_until(&r, &r.calls, 1);
	cancel_set(r.cancel);
	worker_pool_stop(TAKE(r.pool), 3600000);
	CHECK(clock_now_ns(NULL) - started_ns < PATIENCE_NS);
	rig_stop(&r);
}

TEST(worker, a_pool_starts_whole_or_not_at_all)
{
	struct rig r;
	err_t e;

	rig_init(&r);
	r.states_max = 1;
	e = begin(&r, 3);
	CHECK(err_is(e, ERR_INVALID));
	CHECK_STR(err_text(e), "start worker 1: no more clients");
	err_free(e);
	CHECK(!r.pool);
	rig_stop(&r);
}
