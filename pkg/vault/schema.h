#ifndef VAULT_SCHEMA_H
#define VAULT_SCHEMA_H

#include "vault/db.h"

/* The tables. Everything that tells something is in a `data` column, sealed; what stands in the clear beside
 * it (ids, versions, sequence numbers) is part of the name that it is sealed under, see seal.h. */
#define SCHEMA_VERSION 4

/* Within a transaction of the caller's. */
err_t schema_create(struct db *d) NODISCARD;

/* Makes the tables of an older version into those of this one, in one transaction; nothing to do for this
 * version. Then the same as schema_check. */
err_t schema_migrate(struct db *d) NODISCARD;

/* ERR_NOT_FOUND for an empty file, ERR_INVALID for the file of another program or of a newer version. */
err_t schema_check(struct db *d) NODISCARD;

#endif
