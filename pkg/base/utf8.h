#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/def.h"

/* The character at p: its length in bytes (1 to 4) and code point, or 0 when the bytes are not UTF-8 (RFC
 * 3629: no surrogates, no overlong forms). */
size_t utf8_decode(const char *p, size_t len, uint32_t *out_code);

/* Characters that act on a terminal instead of being shown: controls, line separators, marks of direction. */
bool utf8_is_control(uint32_t code);

/* Longest length <= max at which the text of len bytes can be cut without splitting a character. */
size_t utf8_cut(const char *p, size_t len, size_t max);

#endif
