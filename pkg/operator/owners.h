#ifndef OPERATOR_OWNERS_H
#define OPERATOR_OWNERS_H

#include "operator/sync.h"

/* Owner references are written with the values, by one apply. While the values can't be had (Connect is away,
 * the item is frozen or gone) a Secret may lose its last owner although somebody else has come to ask for it,
 * and would be collected: then the references alone are applied, under a field manager of their own.
 * They are given up again once the apply with the values has them, too. Does nothing when all is as it should
 * be. */
err_t owners_keep(const struct sync *s) NODISCARD;

#endif
