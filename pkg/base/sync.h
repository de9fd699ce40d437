#ifndef BASE_SYNC_H
#define BASE_SYNC_H

#include "base/def.h"
#include <pthread.h>

/* pthread calls that cannot fail in correct code: a failure is a bug and aborts. */
void sync_mutex_init(pthread_mutex_t *m);
void sync_mutex_lock(pthread_mutex_t *m);
void sync_mutex_unlock(pthread_mutex_t *m);
void sync_mutex_destroy(pthread_mutex_t *m);

/* Holds m to the end of the scope. */
#define SYNC_SCOPE(m)                                                                                        \
	pthread_mutex_t *sync_scope_mutex CLEANUP(sync_scope_end) = (m);                                     \
	sync_mutex_lock(sync_scope_mutex)
void sync_scope_end(pthread_mutex_t **m);

/* Condition variable that waits against clock.h's time (deadlines in CLOCK_BOOTTIME ns are converted). */
void sync_cond_init(pthread_cond_t *c);
void sync_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
bool sync_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns); /* false: timed out */
void sync_cond_destroy(pthread_cond_t *c);

/* A named, joinable thread with a 512 KiB stack and all signals blocked. name: at most 15 bytes. */
void sync_thread_start(pthread_t *out, const char *name, void *(*main)(void *arg), void *arg);
void sync_thread_join(pthread_t t);

#endif
