#include "base/cancel.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

struct cancel {
	struct cancel *parent;
	struct cancel_hook in_parent; /* a child is one hook of its parent */
	atomic_bool set;
	pthread_mutex_t mutex;
	pthread_cond_t changed;            /* set, or a wake has returned */
	struct cancel_hook *hooks;         /* under mutex */
	const struct cancel_hook *running; /* whose wake runs, outside of mutex; else NULL */
	pthread_t runner;
};

static void set_child(void *arg)
{
	cancel_set(arg);
}

struct cancel *cancel_new(struct cancel *parent)
{
	struct cancel *c = MEM_NEW(struct cancel);

	sync_mutex_init(&c->mutex);
	sync_cond_init(&c->changed);
	atomic_init(&c->set, false);
	c->parent = parent;
	c->in_parent = (struct cancel_hook){.wake = set_child, .arg = c};
	cancel_hook(parent, &c->in_parent);
	return c;
}

void cancel_free(struct cancel *c)
{
	if (!c)
		return;
	cancel_unhook(c->parent, &c->in_parent);
	sync_cond_destroy(&c->changed);
	sync_mutex_destroy(&c->mutex);
	mem_free(c);
}

void cancel_freep(struct cancel **c)
{
	cancel_free(*c);
	*c = NULL;
}

static void unlink_hook(struct cancel *c, struct cancel_hook *h)
{
	if (h->prev)
		h->prev->next = h->next;
	else
		c->hooks = h->next;
	if (h->next)
		h->next->prev = h->prev;
	h->prev = h->next = NULL;
	h->hooked = false;
}

void cancel_set(struct cancel *c)
{
	SYNC_SCOPE(&c->mutex);
	if (atomic_load_explicit(&c->set, memory_order_relaxed))
		return;
	atomic_store_explicit(&c->set, true, memory_order_release);
	(void)pthread_cond_broadcast(&c->changed);
	c->runner = pthread_self();
	while (c->hooks) {
		struct cancel_hook *h = c->hooks;
		void (*wake)(void *arg) = h->wake;
		void *arg = h->arg;

		unlink_hook(c, h);
		c->running = h;
		sync_mutex_unlock(&c->mutex);
		wake(arg);
		sync_mutex_lock(&c->mutex);
		c->running = NULL;
		(void)pthread_cond_broadcast(&c->changed);
	}
}

bool cancel_is_set(const struct cancel *c)
{
	return c && atomic_load_explicit(&c->set, memory_order_acquire);
}

static void sleep_until(int64_t deadline_ns)
{
	const struct timespec t = {.tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

bool cancel_wait_until(struct cancel *c, int64_t deadline_ns)
{
	if (!c) {
		sleep_until(deadline_ns);
		return false;
	}
	SYNC_SCOPE(&c->mutex);
	while (!cancel_is_set(c)) {
		if (!sync_cond_wait_until(&c->changed, &c->mutex, deadline_ns))
			return cancel_is_set(c);
	}
	return true;
}

bool cancel_sleep_ms(struct cancel *c, int64_t ms)
{
	return cancel_wait_until(c, clock_now_ns(NULL) + ms * NS_PER_MS);
}

static bool add_hook(struct cancel *c, struct cancel_hook *h)
{
	SYNC_SCOPE(&c->mutex);
	if (cancel_is_set(c))
		return false;
	h->prev = NULL;
	h->next = c->hooks;
	if (h->next)
		h->next->prev = h;
	c->hooks = h;
	h->hooked = true;
	return true;
}

void cancel_hook(struct cancel *c, struct cancel_hook *h)
{
	if (c && !add_hook(c, h))
		h->wake(h->arg);
}

void cancel_unhook(struct cancel *c, struct cancel_hook *h)
{
	if (!c)
		return;
	SYNC_SCOPE(&c->mutex);
	if (h->hooked) {
		unlink_hook(c, h);
		return;
	}
	/* A wake that unhooks itself must not wait for its own end. */
	while (c->running == h && !pthread_equal(c->runner, pthread_self()))
		sync_cond_wait(&c->changed, &c->mutex);
}
