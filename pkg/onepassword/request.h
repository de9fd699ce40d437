#ifndef ONEPASSWORD_REQUEST_H
#define ONEPASSWORD_REQUEST_H

#include "onepassword/client.h"

struct op_client {
	struct op_endpoint *endpoint; /* borrowed */
	struct http_transport *transport;
	struct op_observer observer;
	int64_t file_wait_ms; /* between two attempts to load a file */
};

/* One GET with the endpoint's token; an answer of any status is a success. route: its name for the observer.
 */
struct op_get {
	const char *route;
	const char *path;
	size_t max_bytes;
};
err_t request_get(struct op_client *c, const struct op_get *get, struct cancel *cancel,
		  struct http_response *out) NODISCARD;

#endif
