#include "onepassword/request.h"

#include "base/clock.h"
#include "onepassword/endpoint.h"

err_t request_get(struct op_client *c, const struct op_get *get, struct cancel *cancel,
		  struct http_response *out)
{
	static const struct http_header accept = {"Accept", "application/json, application/octet-stream"};
	CLEANUP(secret_freep) struct secret *token = endpoint_token_dup(c->endpoint);
	const struct http_request req = {
		.method = "GET",
		.path = get->path,
		.headers = &accept,
		.n_headers = 1,
		.bearer = token,
		.timeout_ms = OP_TIMEOUT_MS,
		.max_bytes = get->max_bytes,
	};
	const int64_t start_ns = clock_now_ns(NULL);
	struct http_response r = {0};
	err_t e = http_request(c->transport, &req, cancel, &r);

	if (c->observer.done)
		c->observer.done(c->observer.arg, get->route, e ? 0 : r.status,
				 clock_now_ns(NULL) - start_ns);
	if (e)
		return e;
	*out = r;
	return NULL;
}
