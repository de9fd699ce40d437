#ifndef CONNECT_STRENGTH_H
#define CONNECT_STRENGTH_H

#include "base/secret.h"

/* How hard a password is to guess, in bits: an estimate from the kinds of its characters, that takes repeats,
 * sequences and the most common beginnings for what they are. */
int64_t strength_bits(const struct secret *password);

/* "TERRIBLE" … "FANTASTIC" */
const char *strength_name(int64_t bits);

#endif
