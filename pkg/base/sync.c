#include "base/sync.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STACK_BYTES ((size_t)512 * 1024)
#define NAME_SIZE 16
#define LONGEST_WAIT_NS (INT64_C(365) * 86400 * NS_PER_S)

static void check(int rc, const char *what)
{
	if (rc != 0) {
		(void)fprintf(stderr, "%s: %s\n", what, strerrordesc_np(rc));
		abort();
	}
}

void sync_mutex_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;

	check(pthread_mutexattr_init(&attr), "mutex attributes");
	/* Locking twice, or unlocking what another thread holds, aborts instead of hanging. */
	check(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK), "mutex type");
	check(pthread_mutex_init(m, &attr), "init of a mutex");
	check(pthread_mutexattr_destroy(&attr), "mutex attributes");
}

void sync_mutex_lock(pthread_mutex_t *m)
{
	check(pthread_mutex_lock(m), "lock of a mutex");
}

void sync_mutex_unlock(pthread_mutex_t *m)
{
	check(pthread_mutex_unlock(m), "unlock of a mutex");
}

void sync_mutex_destroy(pthread_mutex_t *m)
{
	check(pthread_mutex_destroy(m), "destroy of a mutex");
}

void sync_scope_end(pthread_mutex_t **m)
{
	sync_mutex_unlock(*m);
}

void sync_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	check(pthread_condattr_init(&attr), "condition attributes");
	check(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "clock of a condition");
	check(pthread_cond_init(c, &attr), "init of a condition");
	check(pthread_condattr_destroy(&attr), "condition attributes");
}

void sync_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	check(pthread_cond_wait(c, m), "wait for a condition");
}

bool sync_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns)
{
	const int64_t now_ns = clock_now_ns(NULL);

	if (deadline_ns <= now_ns)
		return false;
	int64_t left_ns = LONGEST_WAIT_NS;
	if (deadline_ns - now_ns < left_ns)
		left_ns = deadline_ns - now_ns;
	/* Condition variables know CLOCK_MONOTONIC only. */
	struct timespec t = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	const int64_t at_ns = (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec + left_ns;
	t = (struct timespec){.tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S};
	const int rc = pthread_cond_timedwait(c, m, &t);
	if (rc == ETIMEDOUT)
		return false;
	check(rc, "wait for a condition");
	return true;
}

void sync_cond_destroy(pthread_cond_t *c)
{
	check(pthread_cond_destroy(c), "destroy of a condition");
}

struct start {
	char name[NAME_SIZE];
	void *(*main)(void *arg);
	void *arg;
};

static void *run(void *arg)
{
	const struct start start = *(const struct start *)arg;

	mem_free(arg);
	/* Here and not by the creator: naming another thread goes through /proc, which a process that is not
	 * dumpable may not write. */
	(void)pthread_setname_np(pthread_self(), start.name);
	return start.main(start.arg);
}

void sync_thread_start(pthread_t *out, const char *name, void *(*main)(void *arg), void *arg)
{
	struct start *start = MEM_NEW(struct start);
	pthread_attr_t attr;
	sigset_t blocked, before;

	(void)snprintf(start->name, sizeof(start->name), "%.*s", NAME_SIZE - 1, name);
	start->main = main;
	start->arg = arg;
	check(pthread_attr_init(&attr), "thread attributes");
	check(pthread_attr_setstacksize(&attr, STACK_BYTES), "thread stack");
	/* The new thread inherits the mask. Faults stay open: blocked ones kill without a report. */
	(void)sigfillset(&blocked);
	(void)sigdelset(&blocked, SIGSEGV);
	(void)sigdelset(&blocked, SIGBUS);
	(void)sigdelset(&blocked, SIGFPE);
	(void)sigdelset(&blocked, SIGILL);
	(void)sigdelset(&blocked, SIGABRT);
	check(pthread_sigmask(SIG_SETMASK, &blocked, &before), "signal mask");
	check(pthread_create(out, &attr, run, start), "start of a thread");
	check(pthread_sigmask(SIG_SETMASK, &before, NULL), "signal mask");
	check(pthread_attr_destroy(&attr), "thread attributes");
}

void sync_thread_join(pthread_t t)
{
	check(pthread_join(t, NULL), "join of a thread");
}
