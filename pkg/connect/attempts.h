#ifndef CONNECT_ATTEMPTS_H
#define CONNECT_ATTEMPTS_H

#include "base/clock.h"

/* Slows down who guesses passphrases. For each key (an account, an address) a few attempts are free; after
 * them the time to the next one doubles with each attempt, up to a maximum: never for good, so that nobody is
 * locked out by somebody else for long. A success, or ATTEMPTS_FORGET_S without an attempt, forgets them.
 * Keys are kept as digests, so that what strangers send takes no more room than that; of more than
 * ATTEMPTS_KEYS_MAX the one whose last attempt is the oldest makes room. Thread-safe. */
#define ATTEMPTS_FREE 3
#define ATTEMPTS_FORGET_S 3600
#define ATTEMPTS_KEYS_MAX 4096

struct attempts;
struct attempts *attempts_new(int64_t max_wait_s, const struct clock *clock); /* clock NULL: the system's */
void attempts_free(struct attempts *a);

/* Counts one before it is known how it ends. false: not before *out_wait_s seconds, and it did not count. */
bool attempts_take(struct attempts *a, const char *key, int64_t *out_wait_s);
void attempts_forget(struct attempts *a, const char *key);

#endif
