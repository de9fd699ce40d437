#ifndef BASE_RAND_H
#define BASE_RAND_H

#include "base/def.h"

/* From the kernel's generator (getrandom); never fails, aborts if the kernel has none. */
void rand_bytes(void *out, size_t len);
uint64_t rand_below(uint64_t n); /* uniform in [0, n), n > 0 */

#define RAND_UUID_SIZE 37
void rand_uuid(char out[RAND_UUID_SIZE]); /* RFC 9562 version 4 */

/* A 1Password object id: 26 characters of a-z2-7. */
#define RAND_ID_SIZE 27
void rand_id(char out[RAND_ID_SIZE]);

/* ms plus or minus a uniform share of percent. */
int64_t rand_jitter(int64_t ms, int percent);

#endif
