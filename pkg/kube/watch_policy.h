#ifndef KUBE_WATCH_POLICY_H
#define KUBE_WATCH_POLICY_H

#include "base/err.h"

/* What follows from the end of a watch: go on from the last version, or list again. Pure. Zero-initialise. */
struct watch_policy {
	int silent;               /* watches in a row that fell silent */
	int64_t failing_since_ns; /* 0: the last one did not fail */
};

/* How a watch ended. */
struct watch_end {
	int kind; /* of its error; 0: the server ended it */
	int64_t lasted_ms;
	size_t events; /* bookmarks included */
};

/* A server that ends a watch at once, with nothing, is failing: the caller must not ask again at once. */
#define WATCH_TOO_SHORT_MS 1000
bool watch_end_is_too_short(const struct watch_end *end);

/* True: list again. An expired version and answers that make no sense need that at once; servers that are
 * away or overloaded only when a minute has passed, as the version is still good; silence the second time in
 * a row, as a server whose history went back says nothing at all. */
#define WATCH_FAILING_MAX_MS 60000
bool watch_policy_end(struct watch_policy *p, const struct watch_end *end, int64_t now_ns);

#endif
