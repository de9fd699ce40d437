#include "kube/backoff.h"

#include "base/rand.h"

int64_t backoff_next_ms(struct backoff *b, int64_t now_ns)
{
	int64_t ms = 2 * b->last_ms;

	if (b->last_ms == 0 || now_ns - b->failed_at_ns >= BACKOFF_RESET_MS * NS_PER_MS)
		ms = BACKOFF_FIRST_MS;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	b->last_ms = ms;
	b->failed_at_ns = now_ns;
	return ms / 2 + (int64_t)rand_below((uint64_t)(ms / 2) + 1);
}
