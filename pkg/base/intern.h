#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/def.h"

/* Texts that many objects have alike (namespaces, kinds, names, uids of owners), kept once and counted. The
 * same text gives the same address. For what is no secret: a text stays until the last one gives it back.
 * Thread-safe. */
const char *intern(const char *s); /* NULL gives NULL */
void intern_put(const char *s);    /* gives back what intern gave; NULL is fine */
size_t intern_count(void);         /* texts that are kept */

#endif
