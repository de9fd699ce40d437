#ifndef OPERATOR_TROUBLE_H
#define OPERATOR_TROUBLE_H

#include "base/err.h"
#include "base/sync.h"

/* Whether Connect as a whole is out of reach, as the poller sees it. While it is, reconciles ask it nothing:
 * an outage costs the poller's requests and no more. Thread-safe. */
struct trouble {
	pthread_mutex_t mutex;
	enum err_kind kind; /* 0: none */
	char text[ERR_TEXT_MAX];
	int64_t retry_at_ns;     /* Connect asked not to be asked before; 0: it did not say */
	void (*look)(void *arg); /* of the poller; NULL: nobody looks */
	void *look_arg;
	int64_t suspected_ns;
};

void trouble_init(struct trouble *t);
void trouble_release(struct trouble *t);

/* e NULL: it is over. True when that is news: that Connect is away, in whatever words, is told once. Borrows
 * e.
 */
bool trouble_set(struct trouble *t, const struct err *e);

/* Who is to look at once when a reconcile suspects that Connect is away; look NULL: nobody any more. look is
 * called from any thread, with t locked. */
void trouble_on_suspicion(struct trouble *t, void (*look)(void *arg), void *arg);

/* A reconcile could not reach Connect. So that not every key finds that out by itself between two polls, the
 * poller looks now; at most once in TROUBLE_SUSPECT_MS, and not while there is trouble already. */
#define TROUBLE_SUSPECT_MS 1000
void trouble_suspect(struct trouble *t, const struct err *e);

/* A copy, or NULL. Its Retry-After is what is left of the one that was set. */
err_t trouble_get(struct trouble *t) NODISCARD;

#endif
