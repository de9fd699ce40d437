#ifndef HTTP_CLIENT_CURL_H
#define HTTP_CLIENT_CURL_H

#include "http/client.h"
#include "http/head.h"
#include "http/lines.h"
#include <curl/curl.h>

/* What the client's files share; the only headers that know libcurl are this one and its own. */

struct http_client {
	struct http_transport base; /* first, so that the seam's pointer is this one */
	CURLM *multi;
	CURL *easy;
	char error_text[CURL_ERROR_SIZE];

	char *url;    /* what a request's path is put after; with the name to verify as its host */
	char *target; /* "host:port" for error texts */
	bool https, insecure;
	char *host_header;             /* "Host: …" when the URL has another one; NULL: the URL's */
	struct curl_slist *connect_to; /* leads the name to verify to the real host; NULL: the URL's */
	char *ca_pem;                  /* NULL: the system's bundle */
	size_t ca_len;
	const char *ca_name; /* which CA that is, for error texts */
	char *cert_pem;
	struct secret *key_pem;
	char *proxy; /* "" for none */
	char *user_agent;
	int64_t connect_timeout_ms;
};

/* One request under way. */
struct transfer {
	struct http_client *client;
	const struct http_request *req;
	bool stream;
	struct curl_slist *headers;
	struct http_head head;
	struct secret *body;
	struct http_lines lines;
	int64_t last_byte_ns;
	err_t failed; /* what made a callback give up */
};

/* client_target.c: base_url, server_name and the proxy for them. */
err_t client_set_target(struct http_client *c, const struct http_client_options *o) NODISCARD;

/* client_setup.c: puts the client's options and the request on the handle. */
void client_setup(struct transfer *t);

/* client_transfer.c */
err_t client_transfer(struct transfer *t, struct cancel *cancel, http_line_fn on_line, void *arg) NODISCARD;
int client_status(const struct http_client *c);

/* client_error.c: the error of a transfer that libcurl ended with code. */
err_t client_error(const struct transfer *t, CURLcode code) NODISCARD;

#endif
