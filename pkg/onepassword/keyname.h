#ifndef ONEPASSWORD_KEYNAME_H
#define ONEPASSWORD_KEYNAME_H

#include "base/str.h"

/* Key of a Secret's data for a label, by the rules of 1Password's operator: kept if it is a valid key
 * already; else runs of invalid characters are dropped at both ends and become '-' inside, at most 253 bytes.
 * "" when nothing usable is left, and for the names that Kubernetes refuses ("." ".." and what starts with
 * ".."). Caller frees. */
char *keyname_for_label(const char *label);

/* Name of a Secret for the text of an item-name annotation: kept if it is a DNS subdomain; else lower case,
 * runs of invalid characters become '-', cut to 253 bytes, '-' and '.' trimmed. The result may still be
 * invalid or empty. */
char *keyname_for_secret(const char *name);

#endif
