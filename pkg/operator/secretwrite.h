#ifndef OPERATOR_SECRETWRITE_H
#define OPERATOR_SECRETWRITE_H

#include "operator/secretbody.h"
#include "operator/sync.h"

/* Writes one Secret: creates it, takes it over, or updates it, and never overwrites what it did not see or
 * may not touch. from->changed_at_ms is decided here. A live Secret that says all of it already is left
 * alone. */
err_t secretwrite(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		  bool *out_wrote) NODISCARD;

#endif
