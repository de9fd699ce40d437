#ifndef CONNECT_RATES_H
#define CONNECT_RATES_H

#include "base/clock.h"

/* How many requests a second somebody may make: for each key a bucket of two seconds' worth that fills at
 * that rate. Whoever does not ask for two seconds is forgotten; of more than RATES_KEYS_MAX at once, those
 * beyond share one bucket. Thread-safe. */
#define RATES_KEYS_MAX 4096

struct rates;
struct rates *rates_new(int64_t per_second,
			const struct clock *clock); /* 0: no limit; clock NULL: the system's */
void rates_free(struct rates *r);

/* Takes one; false: there is none left, and after *out_wait_s seconds there will be. */
bool rates_take(struct rates *r, const char *key, int64_t *out_wait_s);

#endif
