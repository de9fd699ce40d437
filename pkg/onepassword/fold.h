#ifndef ONEPASSWORD_FOLD_H
#define ONEPASSWORD_FOLD_H

#include "base/def.h"

/* Whether two vault titles are the same but for the case of ASCII letters. Two letters outside of ASCII fold
 * into it, U+017F to s and U+212A to k; all others must agree exactly. */
bool fold_equal(const char *a, const char *b);

#endif
