#ifndef KUBE_BACKOFF_H
#define KUBE_BACKOFF_H

#include "base/def.h"

/* How long to wait after a failure: 0.8 s, doubled with each up to 30 s, the second half of it at random so
 * that many clients do not come back at once. Two minutes without a failure begin anew. Zero-initialise. */
struct backoff {
	int64_t last_ms;
	int64_t failed_at_ns;
};

#define BACKOFF_FIRST_MS 800
#define BACKOFF_MAX_MS 30000
#define BACKOFF_RESET_MS 120000

int64_t backoff_next_ms(struct backoff *b, int64_t now_ns);

#endif
