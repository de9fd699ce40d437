#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "base/def.h"

/* Which proxy the environment wants for a host, by the rules that Go programs follow, because that is what
 * people's clusters are set up for: upper-case variables win over lower-case ones; NO_PROXY is a list of
 * "*", addresses, CIDR ranges, and names ("example.com" with its subdomains, ".example.com" or
 * "*.example.com" only those), each but a range with an optional ":port"; loopback never has one. */
struct proxy_env {
	const char *http, *https, *no_proxy; /* borrowed from the environment; NULL if not set */
};

void proxy_env_read(struct proxy_env *out);

/* host: without brackets. Borrowed from env; NULL: connect directly. */
const char *proxy_env_find(const struct proxy_env *env, bool https, const char *host, int port);

#endif
