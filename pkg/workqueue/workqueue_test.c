#include "workqueue/workqueue.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static int64_t fake_now(void *arg)
{
	return *(const int64_t *)arg;
}

struct fixture {
	int64_t now_ns;
	struct clock clock;
	struct metrics *metrics;
	struct workqueue *q;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){.clock = {.now_ns = fake_now, .arg = &f->now_ns}, .metrics = metrics_new()};
	f->q = workqueue_new(&(struct workqueue_options){.name = "test",
							 .metrics = f->metrics,
							 .clock = &f->clock,
							 .backoff_ms = 100,
							 .backoff_max_ms = 1000,
							 .max_keys = 5});
}

static void release(struct fixture *f)
{
	workqueue_free(f->q);
	metrics_free(f->metrics);
}

static int64_t dropped(const struct fixture *f)
{
	return (int64_t)metric_value(
		metrics_counter(f->metrics, "workqueue_dropped_total", "", "name controller"),
		METRIC_LABELS("test", "test"));
}

static void advance_ms(struct fixture *f, int64_t ms)
{
	f->now_ns += ms * NS_PER_MS;
}

static void check_next(struct fixture *f, const char *want)
{
	char *key CLEANUP(mem_freep) = workqueue_try_get(f->q);

	CHECK_STR(key, want);
}

static void check_next_and_done(struct fixture *f, const char *want)
{
	check_next(f, want);
	workqueue_done(f->q, want);
}

TEST(workqueue, a_key_added_twice_comes_once)
{
	struct fixture f;

	setup(&f);
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_add(f.q, "b", WORKQUEUE_URGENT);
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	CHECK_INT(workqueue_len(f.q), 2);
	check_next_and_done(&f, "a");
	check_next_and_done(&f, "b");
	check_next(&f, NULL);
	release(&f);
}

TEST(workqueue, a_key_added_while_worked_on_comes_again_after_done)
{
	struct fixture f;

	setup(&f);
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	check_next(&f, "a");
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_add(f.q, "a", WORKQUEUE_ROUTINE);
	check_next(&f, NULL);
	workqueue_done(f.q, "a");
	check_next_and_done(&f, "a");
	check_next(&f, NULL);
	release(&f);
}

TEST(workqueue, done_of_a_key_that_nobody_has_is_harmless)
{
	struct fixture f;

	setup(&f);
	workqueue_done(f.q, "a");
	workqueue_forget(f.q, "a");
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_done(f.q, "a");
	check_next_and_done(&f, "a");
	release(&f);
}

TEST(workqueue, delayed_keys_come_when_due_and_keep_the_earliest_time)
{
	struct fixture f;

	setup(&f);
	workqueue_add_after(f.q, "a", 50);
	workqueue_add_after(f.q, "a", 20);
	workqueue_add_after(f.q, "a", 90);
	workqueue_add_after(f.q, "b", 30);
	workqueue_add_after(f.q, "now", 0);
	check_next_and_done(&f, "now");
	check_next(&f, NULL);
	advance_ms(&f, 20);
	check_next_and_done(&f, "a");
	check_next(&f, NULL);
	advance_ms(&f, 10);
	check_next_and_done(&f, "b");
	advance_ms(&f, 100);
	check_next(&f, NULL);
	release(&f);
}

TEST(workqueue, an_event_overtakes_the_delay)
{
	struct fixture f;

	setup(&f);
	workqueue_add_after(f.q, "a", 1000);
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	check_next_and_done(&f, "a");
	advance_ms(&f, 2000);
	check_next(&f, NULL);
	release(&f);
}

TEST(workqueue, failures_back_off_exponentially_up_to_the_ceiling)
{
	static const int64_t want_ms[] = {100, 200, 400, 800, 1000, 1000};
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(want_ms); i++) {
		workqueue_retry(f.q, "a", 0);
		CHECK_INT(workqueue_failures(f.q, "a"), i + 1);
		advance_ms(&f, want_ms[i] * 8 / 10 - 1);
		check_next(&f, NULL);
		advance_ms(&f, want_ms[i] * 4 / 10 + 2);
		check_next_and_done(&f, "a");
	}
	workqueue_forget(f.q, "a");
	CHECK_INT(workqueue_failures(f.q, "a"), 0);
	workqueue_retry(f.q, "a", 5000); /* the peer's own wish, longer than the back-off */
	advance_ms(&f, 4999);
	check_next(&f, NULL);
	advance_ms(&f, 1);
	check_next_and_done(&f, "a");
	release(&f);
}

TEST(workqueue, urgent_keys_go_first_but_routine_ones_do_not_starve)
{
	struct fixture f;
	int urgent_before_routine = 0;

	setup(&f);
	workqueue_add(f.q, "routine", WORKQUEUE_ROUTINE);
	for (;;) {
		char *key CLEANUP(mem_freep) = NULL;

		workqueue_add(f.q, "urgent", WORKQUEUE_URGENT);
		key = workqueue_try_get(f.q);
		workqueue_done(f.q, key);
		if (streq(key, "routine"))
			break;
		urgent_before_routine++;
	}
	CHECK_INT(urgent_before_routine, WORKQUEUE_URGENT_SHARE);
	release(&f);
}

TEST(workqueue, a_routine_key_that_becomes_urgent_overtakes)
{
	struct fixture f;

	setup(&f);
	workqueue_add(f.q, "a", WORKQUEUE_ROUTINE);
	workqueue_add(f.q, "b", WORKQUEUE_ROUTINE);
	workqueue_add(f.q, "c", WORKQUEUE_ROUTINE);
	workqueue_add(f.q, "b", WORKQUEUE_URGENT);
	check_next_and_done(&f, "b");
	check_next_and_done(&f, "a");
	check_next_and_done(&f, "c");
	check_next(&f, NULL);
	release(&f);
}

TEST(workqueue, a_full_queue_drops_new_keys_only)
{
	struct fixture f;
	const char *keys[] = {"1", "2", "3", "4", "5", "6"};

	setup(&f);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		workqueue_add(f.q, keys[i], WORKQUEUE_URGENT);
	CHECK_INT(workqueue_len(f.q), 5);
	CHECK_INT(dropped(&f), 1);
	workqueue_add_after(f.q, "7", 1);
	CHECK_INT(dropped(&f), 2);
	workqueue_add(f.q, "5", WORKQUEUE_URGENT);
	check_next_and_done(&f, "1");
	workqueue_add(f.q, "6", WORKQUEUE_URGENT); /* an idle key has left no trace */
	CHECK_INT(workqueue_len(f.q), 5);
	CHECK_INT(dropped(&f), 2);
	release(&f);
}

TEST(workqueue, nothing_comes_after_shutdown)
{
	struct fixture f;

	setup(&f);
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_shutdown(f.q);
	workqueue_add(f.q, "b", WORKQUEUE_URGENT);
	workqueue_add_after(f.q, "c", 1);
	workqueue_retry(f.q, "d", 1);
	CHECK_INT(workqueue_failures(f.q, "d"), 0);
	check_next(&f, NULL);
	CHECK(!workqueue_get(f.q));
	release(&f);
}

#define STRESS_KEYS 50
#define STRESS_WORKERS 4

struct stress {
	struct workqueue *q;
	atomic_int busy[STRESS_KEYS], handled[STRESS_KEYS], overlaps;
};

static void *stress_worker(void *arg)
{
	struct stress *s = arg;
	char *key;

	while ((key = workqueue_get(s->q))) {
		int64_t i = 0;

		CHECK(str_to_int(key, 0, STRESS_KEYS - 1, &i));
		if (atomic_fetch_add(&s->busy[i], 1) != 0)
			atomic_fetch_add(&s->overlaps, 1);
		atomic_fetch_add(&s->handled[i], 1);
		atomic_fetch_sub(&s->busy[i], 1);
		workqueue_done(s->q, key);
		mem_free(key);
	}
	return NULL;
}

TEST(workqueue, no_key_is_ever_with_two_workers_and_none_is_lost)
{
	static struct stress s;
	pthread_t threads[STRESS_WORKERS];
	const int64_t give_up_ns = clock_now_ns(NULL) + 60 * NS_PER_S;

	s.q = workqueue_new(&(struct workqueue_options){
		.name = "stress", .backoff_ms = 1, .backoff_max_ms = 10, .max_keys = STRESS_KEYS});
	for (int i = 0; i < STRESS_WORKERS; i++)
		sync_thread_start(&threads[i], "stress", stress_worker, &s);
	for (int round = 0; round < 20000; round++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", round % STRESS_KEYS);
		if (round % 3)
			workqueue_add(s.q, key, WORKQUEUE_URGENT);
		else
			workqueue_add_after(s.q, key, round % 2);
	}
	for (int i = 0; i < STRESS_KEYS; i++) {
		char key[16];
		const int before = atomic_load(&s.handled[i]);

		snprintf(key, sizeof(key), "%d", i);
		workqueue_add(s.q, key, WORKQUEUE_ROUTINE);
		while (atomic_load(&s.handled[i]) == before)
			CHECK(clock_now_ns(NULL) < give_up_ns);
	}
	workqueue_shutdown(s.q);
	for (int i = 0; i < STRESS_WORKERS; i++)
		sync_thread_join(threads[i]);
	CHECK_INT(s.overlaps, 0);
	workqueue_free(s.q);
}

static double depth(struct metrics *m, const char *priority)
{
	return metric_value(metrics_gauge(m, "workqueue_depth", "", "name controller priority"),
			    METRIC_LABELS("stress", "stress", priority));
}

TEST(workqueue, its_depth_is_right_while_workers_and_events_come_and_go)
{
	static struct stress s;
	struct metrics *m = metrics_new();
	pthread_t threads[STRESS_WORKERS];

	s.q = workqueue_new(&(struct workqueue_options){.name = "stress",
							.metrics = m,
							.backoff_ms = 1,
							.backoff_max_ms = 10,
							.max_keys = STRESS_KEYS});
	for (int i = 0; i < STRESS_WORKERS; i++)
		sync_thread_start(&threads[i], "stress", stress_worker, &s);
	for (int round = 0; round < 20000; round++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", round % STRESS_KEYS);
		workqueue_add(s.q, key, round % 3 ? WORKQUEUE_ROUTINE : WORKQUEUE_URGENT);
		for (const char *const *p = (const char *const[]){"0", "1", NULL}; *p; p++)
			CHECK(depth(m, *p) >= 0 && depth(m, *p) <= STRESS_KEYS);
	}
	/* What comes again after done may still wait then. */
	workqueue_shutdown(s.q);
	for (int i = 0; i < STRESS_WORKERS; i++)
		sync_thread_join(threads[i]);
	CHECK_INT(depth(m, "0") + depth(m, "1"), workqueue_len(s.q));
	workqueue_free(s.q);
	metrics_free(m);
}

struct pair {
	struct workqueue *q;
	pthread_mutex_t mutex; /* guards taken */
	pthread_cond_t changed;
	int taken;
};

/* Keeps its first key until the other worker has one, too. */
static void *hold_until_both(void *arg)
{
	const int64_t give_up_ns = clock_now_ns(NULL) + 60 * NS_PER_S;
	struct pair *p = arg;
	char *key = workqueue_get(p->q);

	sync_mutex_lock(&p->mutex);
	p->taken++;
	pthread_cond_broadcast(&p->changed);
	while (p->taken < 2)
		CHECK_MSG(sync_cond_wait_until(&p->changed, &p->mutex, give_up_ns), "the delayed key waits");
	sync_mutex_unlock(&p->mutex);
	workqueue_done(p->q, key);
	mem_free(key);
	return NULL;
}

TEST(workqueue, a_delayed_key_does_not_wait_for_a_busy_worker)
{
	for (int round = 0; round < 50; round++) {
		struct pair p = {.taken = 0};
		pthread_t threads[2];

		sync_mutex_init(&p.mutex);
		sync_cond_init(&p.changed);
		p.q = workqueue_new(&(struct workqueue_options){
			.name = "pair", .backoff_ms = 1, .backoff_max_ms = 10, .max_keys = 10});
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			sync_thread_start(&threads[i], "pair", hold_until_both, &p);
		workqueue_add_after(p.q, "later", 1 + round % 5);
		workqueue_add(p.q, "now", WORKQUEUE_URGENT);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			sync_thread_join(threads[i]);
		workqueue_free(p.q);
		sync_cond_destroy(&p.changed);
		sync_mutex_destroy(&p.mutex);
	}
}

static void check_sample(struct fixture *f, const char *line)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 1 << 20);
	metrics_render(f->metrics, &text);
	CHECK_MSG(strstr(text.p, line), "%s is not in %s", line, text.p);
}

TEST(workqueue, metrics_have_the_labels_of_controller_runtime)
{
	struct fixture f CLEANUP(release);

	setup(&f);
	check_sample(&f, "workqueue_depth{name=\"test\",controller=\"test\",priority=\"0\"} 0\n");
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_add(f.q, "b", WORKQUEUE_ROUTINE);
	workqueue_add(f.q, "c", WORKQUEUE_ROUTINE);
	check_sample(&f, "workqueue_depth{name=\"test\",controller=\"test\",priority=\"0\"} 2\n");
	check_sample(&f, "workqueue_depth{name=\"test\",controller=\"test\",priority=\"1\"} 1\n");
	check_next(&f, "a");
	check_sample(&f, "workqueue_depth{name=\"test\",controller=\"test\",priority=\"1\"} 0\n");
	check_sample(&f, "workqueue_adds_total{name=\"test\",controller=\"test\"} 3\n");
	workqueue_retry(f.q, "a", 0);
	workqueue_done(f.q, "a");
	check_sample(&f, "workqueue_retries_total{name=\"test\",controller=\"test\"} 1\n");
	check_sample(&f, "workqueue_queue_duration_seconds_count{name=\"test\",controller=\"test\"} 1\n");
	check_sample(&f, "workqueue_work_duration_seconds_count{name=\"test\",controller=\"test\"} 1\n");
}

TEST(workqueue, metrics_tell_how_long_what_is_under_way_takes)
{
	struct fixture f CLEANUP(release);

	setup(&f);
	check_sample(&f, "workqueue_unfinished_work_seconds{name=\"test\",controller=\"test\"} 0\n");
	workqueue_add(f.q, "a", WORKQUEUE_URGENT);
	workqueue_add(f.q, "b", WORKQUEUE_URGENT);
	check_next(&f, "a");
	advance_ms(&f, 3000);
	check_next(&f, "b");
	advance_ms(&f, 1000);
	check_sample(&f, "workqueue_unfinished_work_seconds{name=\"test\",controller=\"test\"} 5\n");
	check_sample(&f,
		     "workqueue_longest_running_processor_seconds{name=\"test\",controller=\"test\"} 4\n");
	workqueue_done(f.q, "a");
	check_sample(&f, "workqueue_unfinished_work_seconds{name=\"test\",controller=\"test\"} 1\n");
	workqueue_done(f.q, "b");
	check_sample(&f,
		     "workqueue_longest_running_processor_seconds{name=\"test\",controller=\"test\"} 0\n");
}
