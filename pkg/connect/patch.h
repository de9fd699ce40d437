#ifndef CONNECT_PATCH_H
#define CONNECT_PATCH_H

#include "base/secret.h"
#include "json/json.h"

/* Changes to an item as its document shows it: the add, remove and replace of RFC 6902, with these rules of
 * Connect:
 * "/" (and "") is the whole item; an element of fields and of sections is named by its id instead of its
 * index; an add to a list appends. What the server decides (ids, version, dates, files) can't be changed. */
#define PATCH_OPERATIONS_MAX 200

/* One operation on a document; out gets the new one. ERR_INVALID with a text for the client that names the
 * path and no value. */
err_t patch_apply(const struct jsonx *doc, const struct jsonx *operation, struct secret *out) NODISCARD;

#endif
