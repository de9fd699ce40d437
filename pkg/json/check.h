#ifndef JSON_CHECK_H
#define JSON_CHECK_H

#include "base/err.h"

/* Whether the bytes are one JSON text as json.h promises it. json-c is not asked, because even in its strict
 * mode it takes NaN, 'single quotes', -01, "1.", raw control characters and overlong UTF-8, ends at a NUL,
 * cuts keys at one, and saturates numbers; it only builds the tree of what passed here. */
err_t jsonx_check(const char *p, size_t len) NODISCARD;

#endif
