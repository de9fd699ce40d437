#ifndef CONNECT_ETAG_H
#define CONNECT_ETAG_H

#include "http/server.h"

/* The ETag of an item or of the content of a file is its version, in quotes (RFC 9110 8.8.3); that of a list
 * of items is the version of their vault's content, and that of vaults the state of all of them (state.h). */
void etag_set(struct http_server_reply *r, int64_t version);

/* If-None-Match (13.1.2): one of the list, weak or not, or "*". */
bool etag_is_among(const char *list, int64_t version);

/* The same for a text of letters and digits. */
void etag_set_text(struct http_server_reply *r, const char *text);
bool etag_text_is_among(const char *list, const char *text);

/* If-Range (13.1.5): this one, and strong. */
bool etag_is_exactly(const char *etag, int64_t version);

/* If-Match with one ETag: its version; 0 for "*". False for what none of ours is. */
bool etag_version(const char *etag, int64_t *out);

#endif
