#ifndef CONNECT_STATE_H
#define CONNECT_STATE_H

#include "vault/items.h"

/* Names the state of all that a token may read: the same state gives the same name, whichever server and
 * whenever. */
#define STATE_SIZE 33
void state_of(const struct vault_infos *vaults, char out[STATE_SIZE]);

#endif
