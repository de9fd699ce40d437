#ifndef OPERATOR_ADOPT_H
#define OPERATOR_ADOPT_H

#include "operator/secretdata.h"

/* Taking over a Secret whose data keys no Apply entry of ours owns: one that 1Password's operator wrote, or
 * one whose managedFields somebody has reset. A plain apply would leave the other entry as a second owner,
 * and keys that vanish from the item would stay in the Secret. */

/* *out_needed: a patch comes before the apply, and out is it: a JSON patch that makes an Apply entry of ours.
 * From a Secret of the original's (secretmeta_is_original) it moves the data keys and annotations of the
 * original's entry there; where managedFields are empty it claims the keys of data, those of others stay
 * theirs. It carries the resourceVersion, so a Secret that has changed since is not patched. */
err_t adopt_patch(const struct jsonx *live, bool is_original, const struct secretdata *data,
		  struct strbuf *out, bool *out_needed) NODISCARD;

#endif
