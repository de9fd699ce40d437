#ifndef OPERATOR_MOVED_H
#define OPERATOR_MOVED_H

#include "operator/shared.h"

/* Which Secrets a movement of the catalog concerns. What a reconcile that was fine has rested on is kept as a
 * mark in the Secret's memo. */
uint64_t moved_mark(const struct resolution *where);

/* Every path that a resource or workloads ask for under that key still leads to the item and the version of
 * the last reconcile, which was fine: another one would find the same. From memory only. */
bool moved_is_as_before(const struct shared *s, const char *key);

/* Queues the keys that a movement concerns: a reconcile of all costs more than this look. */
void moved_queue(const struct shared *s);

#endif
