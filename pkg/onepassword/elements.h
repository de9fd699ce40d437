#ifndef ONEPASSWORD_ELEMENTS_H
#define ONEPASSWORD_ELEMENTS_H

#include "base/err.h"

/* The elements of a JSON array, one after the other, so that a list of many items never stands in memory as
 * one tree of values. Zero-initialise, set p and len. */
struct elements {
	const char *p;
	size_t len;
	size_t at; /* of the next byte to look at */
	bool begun;
};

/* The text of the next element, borrowed from p; NULL after the last one. Only commas, brackets and strings
 * are looked at: the caller parses the text, which may still be no JSON. ERR_PROTOCOL when this is no array
 * or something follows it. */
err_t elements_next(struct elements *e, const char **out, size_t *out_len) NODISCARD;

#endif
