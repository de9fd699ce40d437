#ifndef KUBE_STATUS_H
#define KUBE_STATUS_H

#include "http/http.h"
#include "json/json.h"

/* Status objects of the API server as errors. The kind follows HTTP's code, except that reason AlreadyExists
 * is ERR_EXISTS, a uid that another object has by now is ERR_CONFLICT, and both an expired resourceVersion
 * and one that the server has not reached yet are ERR_GONE. */

/* How much of the server's message an error may hold. The server can quote what it was sent, so of an answer
 * to the write of a Secret only messages that cannot do so are kept; else reason and fields stand in. */
enum status_quote { STATUS_QUOTE, STATUS_QUOTE_SAFE };

/* The error of an answer whose code is no success, whatever its body is. */
err_t kube_status_error(const struct http_response *r, enum status_quote quote) NODISCARD;

/* The error of a watch event of type ERROR. */
err_t kube_status_event_error(const struct jsonx *status) NODISCARD;

#endif
