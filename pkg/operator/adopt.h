#ifndef OPERATOR_ADOPT_H
#define OPERATOR_ADOPT_H

#include "operator/ownership.h"

/* Taking over a Secret whose data keys no Apply entry of ours owns: one that 1Password's operator wrote, or
 * one whose managedFields somebody has reset. A plain apply would leave the other entry as a second owner,
 * and keys that vanish from the item would stay in the Secret. */

/* True when a patch is needed before the apply; then out is a JSON patch that moves the data keys (and the
 * annotations of 1Password's operator) into an Apply entry of ours. It carries the resourceVersion, so a
 * Secret that has changed since is not patched. */
err_t adopt_patch(const struct jsonx *live, struct strbuf *out, bool *out_needed) NODISCARD;

#endif
