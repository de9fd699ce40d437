#include "onepassword/endpoint.h"

#include "base/mem.h"
#include "base/sync.h"
#include "http/client.h"
#include "onepassword/token.h"

#include <string.h>

#define USER_AGENT "onepassword-operator/" VERSION
#define WHITE_SPACE " \t\r\n"

struct op_endpoint {
	char *host; /* URL without a slash at its end */
	const char *user_agent;
	pthread_mutex_t mutex;
	struct secret *token; /* guarded by mutex */
};

static char *trimmed_url(const char *url)
{
	size_t len;

	url += strspn(url, WHITE_SPACE);
	len = strlen(url);
	while (len > 0 && strchr(WHITE_SPACE "/", url[len - 1]))
		len--;
	return mem_strndup(url, len);
}

/* Tokens come from files and variables that often end in a newline. */
static struct secret *trimmed_token(const struct secret *token)
{
	const char *p = secret_bytes(token);
	size_t len = secret_len(token);

	while (len > 0 && strchr(WHITE_SPACE, p[len - 1]))
		len--;
	while (len > 0 && strchr(WHITE_SPACE, *p)) {
		p++;
		len--;
	}
	return secret_from(p, len);
}

err_t op_endpoint_new(const char *host_url, const struct secret *token, struct op_endpoint **out)
{
	struct op_endpoint *e = MEM_NEW(struct op_endpoint);
	struct http_transport *probe = NULL;
	err_t failed;

	sync_mutex_init(&e->mutex);
	e->host = trimmed_url(host_url);
	e->user_agent = USER_AGENT;
	e->token = trimmed_token(token);
	/* Nothing is sent: a wrong URL shall be known at once, not at the first request. */
	failed = endpoint_connect(e, &probe);
	http_transport_free(probe);
	if (failed) {
		op_endpoint_free(e);
		return failed;
	}
	*out = e;
	return NULL;
}

void op_endpoint_free(struct op_endpoint *e)
{
	if (!e)
		return;
	secret_free(e->token);
	sync_mutex_destroy(&e->mutex);
	mem_free(e->host);
	mem_free(e);
}

void op_endpoint_set_user_agent(struct op_endpoint *e, const char *user_agent)
{
	e->user_agent = user_agent;
}

bool op_endpoint_set_token(struct op_endpoint *e, const struct secret *token)
{
	CLEANUP(secret_freep) struct secret *fresh = trimmed_token(token);
	struct secret *old;

	SYNC_SCOPE(&e->mutex);
	if (secret_eq(e->token, fresh))
		return false;
	old = e->token;
	e->token = fresh;
	fresh = old;
	return true;
}

bool op_endpoint_token_expiry(struct op_endpoint *e, int64_t *out_unix_s)
{
	SYNC_SCOPE(&e->mutex);
	return op_token_expiry(e->token, out_unix_s);
}

const char *op_endpoint_host(const struct op_endpoint *e)
{
	return e->host;
}

struct secret *endpoint_token_dup(struct op_endpoint *e)
{
	SYNC_SCOPE(&e->mutex);
	return secret_dup(e->token);
}

err_t endpoint_connect(const struct op_endpoint *e, struct http_transport **out)
{
	const struct http_client_options options = {
		.base_url = e->host,
		.allow_http = true,
		.user_agent = e->user_agent,
	};

	return http_client_new(&options, out);
}
