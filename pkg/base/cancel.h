#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include "base/def.h"

/* A token that tells blocking calls to return. Thread-safe. Set once, never unset. A child is set with its
 * parent; free children before their parent. All but cancel_set take NULL as a token that is never set. */
struct cancel;

struct cancel *cancel_new(struct cancel *parent); /* parent NULL: a root */
void cancel_free(struct cancel *c);
void cancel_freep(struct cancel **c);

void cancel_set(struct cancel *c);
bool cancel_is_set(const struct cancel *c);

/* Sleeps until the deadline (CLOCK_BOOTTIME ns) or until set; true when set. */
bool cancel_wait_until(struct cancel *c, int64_t deadline_ns);
bool cancel_sleep_ms(struct cancel *c, int64_t ms);

/* wake(arg) is called once when c is set (at once if it is already), from the setting thread, without locks
 * that the caller of cancel_set may not take. cancel_unhook returns only when wake is not running and will
 * not run. */
struct cancel_hook {
	void (*wake)(void *arg);
	void *arg;
	struct cancel_hook *prev, *next;
	bool hooked;
};
void cancel_hook(struct cancel *c, struct cancel_hook *h);
void cancel_unhook(struct cancel *c, struct cancel_hook *h);

#endif
