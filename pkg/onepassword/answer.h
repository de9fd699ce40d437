#ifndef ONEPASSWORD_ANSWER_H
#define ONEPASSWORD_ANSWER_H

#include "http/http.h"
#include "json/json.h"

/* What a Connect server answered. */

/* The error of every status but 200, with the server's own message: "status 403: vault x is not in scope".
 * Without such a message (a proxy's page) the text is the status' usual one. may_miss: a 404 in which Connect
 * itself speaks is ERR_NOT_FOUND. Any other 404 is ERR_PROTOCOL: a wrong URL or a proxy that lost its backend
 * must never look like an item that is gone. ERR_INVALID too is for Connect's own words alone. */
err_t answer_check(const struct http_response *r, bool may_miss) NODISCARD;

/* The body as one document. What is no JSON is ERR_PROTOCOL. */
err_t answer_json(const struct http_response *r, struct jsonx **out) NODISCARD;

/* Calls add for each element of the body, which must be an array; its first error is returned. */
typedef err_t (*answer_add_fn)(void *arg, const struct jsonx *element);
err_t answer_each(const struct http_response *r, answer_add_fn add, void *arg) NODISCARD;

#endif
