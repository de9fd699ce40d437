#ifndef ONEPASSWORD_TOKEN_H
#define ONEPASSWORD_TOKEN_H

#include "base/secret.h"

/* When an access token of Connect ends by its own account: the claim exp of a JWT (RFC 7519), which is read,
 * not verified: what counts is what the server says. false: it has none, or is no JWT. */
bool op_token_expiry(const struct secret *token, int64_t *out_unix_s);

#endif
