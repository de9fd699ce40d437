#include "http/client_curl.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 10000
#define CA_FILE_MAX ((size_t)4 << 20)

void http_client_global_init(void)
{
	/* Fails only where there is no memory or OpenSSL is broken: nothing works then. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

void http_client_global_release(void)
{
	curl_global_cleanup();
}

static void transfer_release(struct transfer *t)
{
	curl_slist_free_all(t->headers);
	http_head_release(&t->head);
	http_lines_release(&t->lines);
	secret_free(t->body);
	err_free(t->failed);
}

static err_t exchange(struct transfer *t, struct cancel *cancel, http_line_fn on_line, void *arg,
		      struct http_response *out)
{
	struct http_response r = {0};

	t->body = secret_new(t->req->max_bytes);
	http_lines_init(&t->lines, t->req->max_bytes);
	client_setup(t);
	TRY_(client_transfer(t, cancel, on_line, arg));
	r.status = client_status(t->client);
	r.body = TAKE(t->body);
	http_head_take(&t->head, clock_wall_ms(), &r);
	*out = r;
	return NULL;
}

static err_t client_request(struct http_transport *transport, const struct http_request *req,
			    struct cancel *cancel, struct http_response *out)
{
	CLEANUP(transfer_release) struct transfer t = {.client = (struct http_client *)transport, .req = req};

	return exchange(&t, cancel, NULL, NULL, out);
}

static err_t client_stream(struct http_transport *transport, const struct http_request *req,
			   struct cancel *cancel, http_line_fn on_line, void *arg, struct http_response *out)
{
	CLEANUP(transfer_release)
	struct transfer t = {.client = (struct http_client *)transport, .req = req, .stream = true};

	return exchange(&t, cancel, on_line, arg, out);
}

static void client_free(struct http_transport *transport)
{
	struct http_client *c = (struct http_client *)transport;

	/* In this order: the handle's connection lives in the multi. */
	curl_easy_cleanup(c->easy);
	curl_multi_cleanup(c->multi);
	curl_slist_free_all(c->connect_to);
	mem_free(c->url);
	mem_free(c->target);
	mem_free(c->host_header);
	mem_free(c->ca_pem);
	mem_free(c->cert_pem);
	secret_free(c->key_pem);
	mem_free(c->proxy);
	mem_free(c->user_agent);
	mem_free(c);
}

static void client_freep(struct http_client **c)
{
	if (*c)
		client_free(&(*c)->base);
}

static err_t set_ca(struct http_client *c, const struct http_client_options *o)
{
	const char *path = getenv("SSL_CERT_FILE");

	c->ca_name = "the system's CA bundle";
	if (!str_empty(o->ca_pem)) {
		c->ca_name = "the configured CA";
		c->ca_pem = mem_strdup(o->ca_pem);
		c->ca_len = strlen(c->ca_pem);
	} else if (!str_empty(path) && c->https && !c->insecure) {
		c->ca_name = "SSL_CERT_FILE";
		TRY(file_read(path, CA_FILE_MAX, &c->ca_pem, &c->ca_len), "SSL_CERT_FILE");
	}
	return NULL;
}

err_t http_client_new(const struct http_client_options *o, struct http_transport **out)
{
	CLEANUP(client_freep) struct http_client *c = MEM_NEW(struct http_client);

	c->base = (struct http_transport){
		.request = client_request, .stream = client_stream, .free = client_free};
	c->insecure = o->insecure;
	TRY_(client_set_target(c, o));
	TRY_(set_ca(c, o));
	c->cert_pem = mem_strdup(o->cert_pem);
	c->key_pem = o->key_pem ? secret_dup(o->key_pem) : NULL;
	c->user_agent = mem_strdup(o->user_agent);
	c->connect_timeout_ms = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	c->multi = curl_multi_init();
	c->easy = curl_easy_init();
	if (!c->multi || !c->easy)
		return err_new(ERR_UNAVAILABLE, "libcurl cannot open a handle");
	*out = &TAKE(c)->base;
	return NULL;
}
