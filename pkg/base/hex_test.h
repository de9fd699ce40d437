#ifndef BASE_HEX_TEST_H
#define BASE_HEX_TEST_H

#include "base/def.h"
#include <stdlib.h>

/* Bytes of a published vector; returns how many. hex must be well-formed. */
static inline size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[2 * n] != '\0'; n++) {
		const char pair[3] = {hex[2 * n], hex[2 * n + 1], '\0'};

		out[n] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

#endif
