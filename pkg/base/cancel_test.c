#include "base/cancel.h"
#include "base/clock.h"
#include "base/sync.h"
#include "base/test.h"

#include <stdatomic.h>

static void count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void *set(void *arg)
{
	cancel_set(arg);
	return NULL;
}

TEST(cancel, is_set_once)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);

	CHECK(!cancel_is_set(c));
	cancel_set(c);
	CHECK(cancel_is_set(c));
	cancel_set(c);
	CHECK(cancel_is_set(c));
	cancel_free(NULL);
}

TEST(cancel, a_parent_sets_its_children_only)
{
	CLEANUP(cancel_freep) struct cancel *root = cancel_new(NULL);
	CLEANUP(cancel_freep) struct cancel *a = cancel_new(root);
	CLEANUP(cancel_freep) struct cancel *b = cancel_new(root);
	CLEANUP(cancel_freep) struct cancel *below_a = cancel_new(a);

	cancel_set(a);
	CHECK(!cancel_is_set(root) && cancel_is_set(a) && !cancel_is_set(b) && cancel_is_set(below_a));
	cancel_set(root);
	CHECK(cancel_is_set(b));
	CLEANUP(cancel_freep) struct cancel *late = cancel_new(root);
	CHECK(cancel_is_set(late));
}

TEST(cancel, freed_children_are_forgotten)
{
	CLEANUP(cancel_freep) struct cancel *root = cancel_new(NULL);
	struct cancel *child = cancel_new(root);

	cancel_freep(&child);
	CHECK(!child);
	cancel_set(root);
}

TEST(cancel, wakes_each_hook_once)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);
	atomic_int n[3] = {0};
	struct cancel_hook hooks[3];

	for (size_t i = 0; i < 3; i++) {
		hooks[i] = (struct cancel_hook){.wake = count, .arg = &n[i]};
		cancel_hook(c, &hooks[i]);
	}
	cancel_unhook(c, &hooks[1]);
	CHECK_INT(n[0] + n[1] + n[2], 0);
	cancel_set(c);
	cancel_set(c);
	CHECK(n[0] == 1 && n[1] == 0 && n[2] == 1);
	for (size_t i = 0; i < 3; i++)
		cancel_unhook(c, &hooks[i]);
	cancel_hook(c, &hooks[1]);
	CHECK_INT(n[1], 1);
	cancel_unhook(c, &hooks[1]);
}

TEST(cancel, hooks_leave_from_any_place)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);

	for (size_t gone = 0; gone < 3; gone++) {
		atomic_int n[3] = {0};
		struct cancel_hook hooks[3];
		CLEANUP(cancel_freep) struct cancel *own = cancel_new(c);

		for (size_t i = 0; i < 3; i++) {
			hooks[i] = (struct cancel_hook){.wake = count, .arg = &n[i]};
			cancel_hook(own, &hooks[i]);
		}
		cancel_unhook(own, &hooks[gone]);
		cancel_set(own);
		for (size_t i = 0; i < 3; i++)
			CHECK_INT(n[i], i == gone ? 0 : 1);
	}
}

struct self {
	struct cancel *c;
	struct cancel_hook hook;
};

static void unhook_self(void *arg)
{
	struct self *self = arg;

	cancel_unhook(self->c, &self->hook);
}

TEST(cancel, a_wake_may_unhook_itself)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);
	struct self self = {.c = c, .hook = {.wake = unhook_self, .arg = &self}};

	cancel_hook(c, &self.hook);
	cancel_set(c);
	CHECK(!self.hook.hooked);
}

TEST(cancel, sleeps_its_time_unless_set)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);
	const int64_t start = clock_now_ns(NULL);

	CHECK(!cancel_sleep_ms(c, 20));
	CHECK(clock_now_ns(NULL) - start >= 19 * NS_PER_MS);
	CHECK(!cancel_wait_until(c, start));
	cancel_set(c);
	CHECK(cancel_sleep_ms(c, 60 * 60 * 1000));
	CHECK(cancel_wait_until(c, start));
}

TEST(cancel, no_token_is_never_set)
{
	const int64_t start = clock_now_ns(NULL);
	atomic_int n = 0;
	struct cancel_hook hook = {.wake = count, .arg = &n};

	cancel_hook(NULL, &hook);
	cancel_unhook(NULL, &hook);
	CHECK(!cancel_is_set(NULL));
	CHECK(!cancel_sleep_ms(NULL, 20));
	CHECK(clock_now_ns(NULL) - start >= 20 * NS_PER_MS);
	CHECK_INT(n, 0);
}

TEST(cancel, ends_a_sleep_in_another_thread)
{
	CLEANUP(cancel_freep) struct cancel *root = cancel_new(NULL);
	CLEANUP(cancel_freep) struct cancel *child = cancel_new(root);
	pthread_t t;

	sync_thread_start(&t, "set", set, root);
	CHECK(cancel_sleep_ms(child, 60 * 60 * 1000));
	sync_thread_join(t);
}

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool entered, open, left;
};

static void wait_at_gate(void *arg)
{
	struct gate *g = arg;

	SYNC_SCOPE(&g->mutex);
	g->entered = true;
	(void)pthread_cond_broadcast(&g->changed);
	while (!g->open)
		sync_cond_wait(&g->changed, &g->mutex);
	g->left = true;
}

static void *open_gate(void *arg)
{
	struct gate *g = arg;

	SYNC_SCOPE(&g->mutex);
	g->open = true;
	(void)pthread_cond_broadcast(&g->changed);
	return NULL;
}

TEST(cancel, unhook_waits_for_a_running_wake)
{
	CLEANUP(cancel_freep) struct cancel *c = cancel_new(NULL);
	struct gate g = {.open = false};
	struct cancel_hook hook = {.wake = wait_at_gate, .arg = &g};
	pthread_t setter, opener;

	sync_mutex_init(&g.mutex);
	sync_cond_init(&g.changed);
	cancel_hook(c, &hook);
	sync_thread_start(&setter, "set", set, c);
	sync_mutex_lock(&g.mutex);
	while (!g.entered)
		sync_cond_wait(&g.changed, &g.mutex);
	sync_mutex_unlock(&g.mutex);
	sync_thread_start(&opener, "open", open_gate, &g);
	cancel_unhook(c, &hook);
	/* Without a lock, on purpose: the wake is over, and ThreadSanitizer would see it if not. */
	CHECK(g.left);
	sync_thread_join(opener);
	sync_thread_join(setter);
	sync_cond_destroy(&g.changed);
	sync_mutex_destroy(&g.mutex);
}

#define ROUNDS 300

/* Children and hooks that come and go while the root is set. A hook's counter lives on this stack: a wake
 * after unhook is a use of a dead variable. */
static void *come_and_go(void *arg)
{
	struct cancel *root = arg;

	while (!cancel_is_set(root)) {
		CLEANUP(cancel_freep) struct cancel *child = cancel_new(root);
		atomic_int n = 0;
		struct cancel_hook hook = {.wake = count, .arg = &n};

		cancel_hook(child, &hook);
		cancel_unhook(child, &hook);
		CHECK(n <= 1);
		CHECK(n == 0 || cancel_is_set(child));
	}
	return NULL;
}

TEST(cancel, races_of_set_hook_and_free)
{
	for (int i = 0; i < ROUNDS; i++) {
		CLEANUP(cancel_freep) struct cancel *root = cancel_new(NULL);
		pthread_t workers[2], setters[2];

		for (size_t k = 0; k < 2; k++)
			sync_thread_start(&workers[k], "come-and-go", come_and_go, root);
		for (size_t k = 0; k < 2; k++)
			sync_thread_start(&setters[k], "set", set, root);
		for (size_t k = 0; k < 2; k++) {
			sync_thread_join(workers[k]);
			sync_thread_join(setters[k]);
		}
		CHECK(cancel_is_set(root));
	}
}
