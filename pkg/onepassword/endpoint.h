#ifndef ONEPASSWORD_ENDPOINT_H
#define ONEPASSWORD_ENDPOINT_H

#include "onepassword/client.h"

/* A copy of the token as it is now, so that one request uses one token. Caller frees. */
struct secret *endpoint_token_dup(struct op_endpoint *e);

/* A connection of one's own to the host. */
err_t endpoint_connect(const struct op_endpoint *e, struct http_transport **out) NODISCARD;

#endif
