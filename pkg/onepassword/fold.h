#ifndef ONEPASSWORD_FOLD_H
#define ONEPASSWORD_FOLD_H

#include "base/def.h"

/* Whether two vault titles are the same but for the case of their letters, by Unicode's simple case folding
 * (as 1Password's operator compares them, with Go's strings.EqualFold): ß is not ss, and the dotted and the
 * dotless i of Turkish are letters of their own. What is no UTF-8 must agree byte for byte. */
bool fold_equal(const char *a, const char *b);

#endif
