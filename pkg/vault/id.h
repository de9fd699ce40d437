#ifndef VAULT_ID_H
#define VAULT_ID_H

#include "base/def.h"

/* The ids of vaults, items, files, tokens, servers and keys: 26 characters of a-z0-9. */
#define OBJECT_ID_LEN 26
#define OBJECT_ID_SIZE (OBJECT_ID_LEN + 1)

bool object_id_is_valid(const char *s); /* false for NULL */

/* Copies what object_id_is_valid accepts. */
void object_id_set(char out[OBJECT_ID_SIZE], const char *id);

#endif
