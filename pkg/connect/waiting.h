#ifndef CONNECT_WAITING_H
#define CONNECT_WAITING_H

#include "base/def.h"

/* Places for requests that wait for changes: max of them, of which one token has a quarter at most, and one
 * at least. Thread-safe. */
struct waiting;
struct waiting *waiting_new(size_t max);
void waiting_free(struct waiting *w);

bool waiting_enter(struct waiting *w, const char *token_id); /* false: there is no place for it */
void waiting_leave(struct waiting *w, const char *token_id);
size_t waiting_count(struct waiting *w);

/* Those that wait are to end. */
void waiting_stop(struct waiting *w);
bool waiting_is_stopped(struct waiting *w);

#endif
