#ifndef CONNECT_RANGE_H
#define CONNECT_RANGE_H

#include "base/def.h"

/* The header Range (RFC 9110 14.2) of a body of len bytes: one range of bytes; more than one, other units and
 * what can't be read ask for the whole, as the RFC allows. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE };
enum range range_of(const char *header, size_t len, size_t *out_first, size_t *out_last);

#endif
