#ifndef BASE_LOG_RATE_H
#define BASE_LOG_RATE_H

#include "base/def.h"

/* Limits lines that are equal by a hash to LOG_RATE_MAX a minute each. A fixed table: of two hashes that
 * share a slot the later one starts afresh. Zero-initialise. */
#define LOG_RATE_MAX 60
#define LOG_RATE_SLOTS 256

struct log_rate {
	struct {
		uint64_t hash;
		int64_t window_end_ns;
		int64_t n;
		int64_t suppressed;
	} slots[LOG_RATE_SLOTS];
};

/* Whether the line goes through; then out_suppressed is how many did not since the last that did. */
bool log_rate_admit(struct log_rate *r, uint64_t hash, int64_t now_ns, int64_t *out_suppressed);

#endif
