#ifndef OPERATOR_SECRETWRITE_H
#define OPERATOR_SECRETWRITE_H

#include "operator/secretbody.h"
#include "operator/secretdata.h"

struct sync;

/* What was done to it. Zero-initialise. */
struct secretwrite {
	bool wrote, created;
	struct secretdata_changes changes; /* of its data, also where nothing is written */
};

/* Writes one Secret: creates it, takes it over, or updates it, and never overwrites what it did not see or
 * may not touch. from->changed_at_ms is decided here. A live Secret that says all of it already is left
 * alone. */
err_t secretwrite(const struct sync *s, const struct secretbody_item *from, const struct secretdata *data,
		  struct secretwrite *out) NODISCARD;
void secretwrite_release(struct secretwrite *w);

#endif
