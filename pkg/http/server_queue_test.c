#include "base/clock.h"
#include "base/test.h"
#include "http/server_queue.h"
#include <stdatomic.h>

#define PATIENCE_NS (20 * NS_PER_S)

/* A queue whose handler waits for a gate. */
struct fixture {
	struct inflight inflight;
	struct queue *queue;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool open, says_that_it_waits;
	size_t begun, woken;
};

static void handler(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct fixture *f = arg;

	(void)req;
	SYNC_SCOPE(&f->mutex);
	f->begun++;
	pthread_cond_broadcast(&f->changed);
	if (f->says_that_it_waits)
		http_reply_waits(reply, true);
	while (!f->open)
		sync_cond_wait(&f->changed, &f->mutex);
	if (f->says_that_it_waits)
		http_reply_waits(reply, false);
	http_reply_status(reply, 204);
}

static void wake(void *arg)
{
	struct fixture *f = arg;

	SYNC_SCOPE(&f->mutex);
	f->woken++;
	pthread_cond_broadcast(&f->changed);
}

static void start_workers(struct fixture *f, int workers, int at_once, size_t max)
{
	const struct queue_options o = {.name = "test",
					.workers = workers,
					.at_once = at_once,
					.max = max,
					.handler = handler,
					.arg = f,
					.wake = wake,
					.wake_arg = f};

	*f = (struct fixture){.open = false};
	inflight_init(&f->inflight);
	sync_mutex_init(&f->mutex);
	sync_cond_init(&f->changed);
	f->queue = queue_new(&o);
}

static void fixture_start(struct fixture *f, size_t max)
{
	start_workers(f, 1, 0, max);
}

static void open_gate(struct fixture *f)
{
	SYNC_SCOPE(&f->mutex);
	f->open = true;
	pthread_cond_broadcast(&f->changed);
}

static void wait_for(struct fixture *f, const size_t *count, size_t n)
{
	const int64_t deadline = clock_now_ns(NULL) + PATIENCE_NS;

	SYNC_SCOPE(&f->mutex);
	while (*count < n)
		CHECK(sync_cond_wait_until(&f->changed, &f->mutex, deadline));
}

static void fixture_stop(struct fixture *f)
{
	open_gate(f);
	queue_free(f->queue);
	CHECK_INT(inflight_count(&f->inflight), 0);
	inflight_release(&f->inflight);
	sync_cond_destroy(&f->changed);
	sync_mutex_destroy(&f->mutex);
}

static bool push(struct fixture *f, uint64_t id)
{
	struct exchange *x = exchange_new(&f->inflight);
	bool taken;

	x->id = id;
	taken = queue_push(f->queue, &x);
	CHECK(taken == (x == NULL));
	exchange_free(x);
	return taken;
}

TEST(server_queue, takes_no_more_than_fit)
{
	struct fixture f;

	fixture_start(&f, 2);
	CHECK(push(&f, 1));
	wait_for(&f, &f.begun, 1);
	CHECK(push(&f, 2));
	CHECK(push(&f, 3));
	CHECK(!push(&f, 4));
	fixture_stop(&f);
}

TEST(server_queue, wakes_once_for_answers_that_nobody_has_taken_yet)
{
	struct fixture f;

	fixture_start(&f, 8);
	for (uint64_t id = 1; id <= 3; id++)
		CHECK(push(&f, id));
	open_gate(&f);
	wait_for(&f, &f.begun, 3);
	fixture_stop(&f);
	CHECK_INT(f.woken, 1);
}

TEST(server_queue, forgets_what_nobody_waits_for)
{
	struct fixture f;
	struct exchange *x;
	size_t n = 0;

	fixture_start(&f, 8);
	for (uint64_t id = 1; id <= 5; id++)
		CHECK(push(&f, id));
	wait_for(&f, &f.begun, 1);
	queue_drop(f.queue, 5);
	queue_drop(f.queue, 3);
	queue_drop(f.queue, 3);
	queue_drop(f.queue, 1); /* a worker has it */
	CHECK_INT(inflight_count(&f.inflight), 3);
	CHECK(push(&f, 6));
	open_gate(&f);
	for (size_t wakes = 1; n < 4; wakes++) {
		wait_for(&f, &f.woken, wakes);
		x = queue_take_answered(f.queue);
		while (x) {
			struct exchange *next = x->next;

			CHECK(x->id != 3 && x->id != 5);
			CHECK_INT(x->reply.status, 204);
			exchange_free(x);
			x = next;
			n++;
		}
	}
	CHECK_INT(n, 4);
	CHECK(queue_take_answered(f.queue) == NULL);
	fixture_stop(&f);
}

TEST(server_queue, frees_what_is_left)
{
	struct fixture f;

	fixture_start(&f, 8);
	CHECK(push(&f, 1));
	CHECK(push(&f, 2));
	open_gate(&f);
	wait_for(&f, &f.woken, 1);
	fixture_stop(&f);
}

TEST(server_queue, when_all_that_work_are_stuck_more_begin)
{
	struct fixture f;

	start_workers(&f, 4, 1, 8);
	for (uint64_t id = 1; id <= 5; id++)
		CHECK(push(&f, id));
	wait_for(&f, &f.begun, 4);
	open_gate(&f);
	wait_for(&f, &f.begun, 5);
	fixture_stop(&f);
}

TEST(server_queue, who_says_that_it_waits_has_its_place_taken)
{
	struct fixture f;

	start_workers(&f, 3, 1, 8);
	f.says_that_it_waits = true;
	for (uint64_t id = 1; id <= 3; id++)
		CHECK(push(&f, id));
	wait_for(&f, &f.begun, 3);
	open_gate(&f);
	for (uint64_t id = 4; id <= 6; id++)
		CHECK(push(&f, id));
	wait_for(&f, &f.begun, 6);
	fixture_stop(&f);
}
