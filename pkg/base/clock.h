#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"

/* Time is int64_t nanoseconds of CLOCK_BOOTTIME (it goes on during suspend and SIGSTOP); the wall clock is
 * only for display, certificates and stored times. */
struct clock {
	int64_t (*now_ns)(void *arg);
	void *arg;
};

extern const struct clock clock_system;

int64_t clock_now_ns(const struct clock *c); /* c NULL: the system's */
int64_t clock_wall_ms(void);                 /* Unix time in milliseconds */

#define CLOCK_RFC3339_SIZE 32

/* RFC 3339 in UTC. fraction_digits 0, 3 (milliseconds) or 6 (MicroTime of Kubernetes). */
void clock_format_rfc3339(int64_t wall_ms, int fraction_digits, char out[CLOCK_RFC3339_SIZE]);

/* RFC 3339 with any offset and any number of fraction digits; false when it is not that. */
bool clock_parse_rfc3339(const char *s, int64_t *out_wall_ms);

/* The date of HTTP's Date header (RFC 9110 5.6.7, IMF-fixdate). */
bool clock_parse_http_date(const char *s, int64_t *out_wall_ms);

#endif
