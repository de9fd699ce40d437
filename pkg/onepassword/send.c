#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/answer.h"
#include "onepassword/client.h"
#include "onepassword/endpoint.h"
#include "onepassword/request.h"

void op_reply_release(struct op_reply *r)
{
	jsonx_free(r->json);
	mem_free(r->etag);
	*r = (struct op_reply){0};
}

static NODISCARD err_t request(struct op_client *c, const struct op_call *call, struct cancel *cancel,
			       struct http_response *out)
{
	CLEANUP(secret_freep) struct secret *token = endpoint_token_dup(c->endpoint);
	const struct http_header headers[] = {{"Accept", "application/json"}, {"If-Match", call->if_match}};
	const struct http_request req = {
		.method = call->method,
		.path = call->path,
		.headers = headers,
		.n_headers = call->if_match ? 2 : 1,
		.bearer = token,
		.body = call->body ? secret_bytes(call->body) : NULL,
		.body_len = secret_len(call->body),
		.content_type = !call->body          ? NULL
				: call->content_type ? call->content_type
						     : "application/json",
		.timeout_ms = OP_TIMEOUT_MS,
		.max_bytes = OP_LIST_MAX,
	};
	const int64_t start_ns = clock_now_ns(NULL);
	err_t e = http_request(c->transport, &req, cancel, out);

	if (c->observer.done)
		c->observer.done(c->observer.arg, call->method, e ? 0 : out->status,
				 clock_now_ns(NULL) - start_ns);
	return e;
}

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

err_t op_send(struct op_client *c, const struct op_call *call, struct cancel *cancel, struct op_reply *out)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	struct jsonx *json = NULL;

	TRY_(request(c, call, cancel, &r));
	if (!is_success(r.status))
		return answer_check(&r, true);
	if (secret_len(r.body) > 0)
		TRY_(answer_json(&r, &json));
	out->json = json;
	out->etag = TAKE(r.etag);
	return NULL;
}
