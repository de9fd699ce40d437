#include "base/log_rate.h"

#define WINDOW_NS (60 * NS_PER_S)

bool log_rate_admit(struct log_rate *r, uint64_t hash, int64_t now_ns, int64_t *out_suppressed)
{
	__typeof__(&r->slots[0]) slot = &r->slots[hash % LOG_RATE_SLOTS];

	if (slot->hash != hash)
		slot->suppressed = 0;
	if (slot->hash != hash || now_ns >= slot->window_end_ns) {
		slot->hash = hash;
		slot->window_end_ns = now_ns + WINDOW_NS;
		slot->n = 0;
	}
	if (slot->n >= LOG_RATE_MAX) {
		slot->suppressed++;
		return false;
	}
	slot->n++;
	*out_suppressed = slot->suppressed;
	slot->suppressed = 0;
	return true;
}
