#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/server.h"

/* Routes as a constant table; the first that matches counts. A pattern's segment "{name}" matches one
 * non-empty segment, given percent-decoded in params in the order of the pattern; an encoded slash is a part
 * of its segment. A trailing slash makes no difference. */
#define ROUTER_PARAMS_MAX 4 /* in one pattern */

struct router_match {
	char *params[ROUTER_PARAMS_MAX];
	size_t n;
};

struct route {
	const char *method;
	const char *pattern; /* "/v1/vaults/{vault}/items/{item}" */
	void (*handler)(void *arg, const struct http_server_request *req, const struct router_match *m,
			struct http_server_reply *reply);
};

enum router_result { ROUTER_FOUND, ROUTER_NOT_FOUND, ROUTER_METHOD_NOT_ALLOWED, ROUTER_BAD_PATH };

/* Finds and does not call. ROUTER_BAD_PATH: broken escapes, a NUL, or not UTF-8. release the match in any
 * case. */
enum router_result router_find(const struct route *routes, size_t n, const char *method, const char *path,
			       const struct route **out, struct router_match *out_match);
void router_match_release(struct router_match *m);

/* A query parameter, decoded (%XX and '+'), the first of that name; NULL if absent. Broken escapes and %00
 * stay as they are written. Caller frees. */
char *router_query(const char *query, const char *name);

#endif
