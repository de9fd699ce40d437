#include "base/clock.h"
#include "base/sync.h"
#include "base/test.h"

#include <signal.h>
#include <string.h>

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int n;
	char name[32];
	bool blocks_term, blocks_segv;
};

static void shared_init(struct shared *s)
{
	memset(s, 0, sizeof(*s));
	sync_mutex_init(&s->mutex);
	sync_cond_init(&s->changed);
}

static void shared_release(struct shared *s)
{
	sync_cond_destroy(&s->changed);
	sync_mutex_destroy(&s->mutex);
}

static void *count(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 1000; i++) {
		SYNC_SCOPE(&s->mutex);
		s->n++;
	}
	(void)pthread_cond_broadcast(&s->changed);
	return NULL;
}

TEST(sync, scope_holds_the_mutex)
{
	CLEANUP(shared_release) struct shared s;
	pthread_t threads[4];

	shared_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_start(&threads[i], "count", count, &s);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	CHECK_INT(s.n, 4000);
}

static void *look_around(void *arg)
{
	struct shared *s = arg;
	sigset_t mask;

	SYNC_SCOPE(&s->mutex);
	(void)pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	s->blocks_term = sigismember(&mask, SIGTERM) == 1;
	s->blocks_segv = sigismember(&mask, SIGSEGV) == 1;
	s->n = 1;
	(void)pthread_cond_broadcast(&s->changed);
	return NULL;
}

TEST(sync, threads_are_named_and_block_signals)
{
	CLEANUP(shared_release) struct shared s;
	pthread_t t;
	sigset_t mask;

	shared_init(&s);
	sync_thread_start(&t, "a-name-of-twenty-chars", look_around, &s);
	sync_mutex_lock(&s.mutex);
	while (s.n == 0)
		sync_cond_wait(&s.changed, &s.mutex);
	sync_mutex_unlock(&s.mutex);
	sync_thread_join(t);
	CHECK_STR(s.name, "a-name-of-twent");
	CHECK(s.blocks_term && !s.blocks_segv);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	CHECK_INT(sigismember(&mask, SIGTERM), 0);
}

TEST(sync, waits_until_the_deadline)
{
	CLEANUP(shared_release) struct shared s;
	const int64_t start = clock_now_ns(NULL), deadline = start + 30 * NS_PER_MS;

	shared_init(&s);
	SYNC_SCOPE(&s.mutex);
	CHECK(!sync_cond_wait_until(&s.changed, &s.mutex, start));
	CHECK(!sync_cond_wait_until(&s.changed, &s.mutex, INT64_MIN));
	while (sync_cond_wait_until(&s.changed, &s.mutex, deadline))
		;
	/* The two clocks are read one after the other. */
	CHECK(clock_now_ns(NULL) >= deadline - NS_PER_MS);
}

TEST(sync, is_woken_before_the_deadline)
{
	CLEANUP(shared_release) struct shared s;
	pthread_t t;
	bool timely = true;

	shared_init(&s);
	sync_mutex_lock(&s.mutex);
	sync_thread_start(&t, "wake", look_around, &s);
	while (s.n == 0 && timely)
		timely = sync_cond_wait_until(&s.changed, &s.mutex, INT64_MAX);
	sync_mutex_unlock(&s.mutex);
	sync_thread_join(t);
	CHECK(timely);
}
