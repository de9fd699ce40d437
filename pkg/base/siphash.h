#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/def.h"

/* SipHash-2-4: a hash whose collisions nobody can make who does not know the key. */
struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *p, size_t len);

#endif
