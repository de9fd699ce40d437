#ifndef OPERATOR_REPORT_H
#define OPERATOR_REPORT_H

#include "operator/sync.h"

/* Tells people how a sync went: the status of the OnePasswordItem, and a Warning Event when it is about to
 * say of something new that is wrong with it; or a Warning Event on each workload that asks for the Secret.
 * failure NULL: it went well. *out_told: the status says all of it already, nothing was written. */
err_t report(const struct sync *s, const struct sources *sources, const struct sync_outcome *outcome,
	     const struct err *failure, bool *out_told) NODISCARD;

/* Tells a workload that has an item-name of which no Secret's name can be made. */
void report_bad_name(const struct shared *s, const struct workload *w);

#endif
