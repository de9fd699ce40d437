#include "http/client_curl.h"

#include "base/mem.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* A peer that is gone without a word (a node that died, a firewall that forgot) is noticed within about 45 s.
 */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_COUNT 3
#define UNACKED_MAX_MS 45000

/* Below the 90 s after which a Kubernetes API server closes an idle connection. */
#define IDLE_MAX_S 80
/* So that load spreads again after servers were added. */
#define LIFETIME_MAX_S 3600

#define RECEIVE_BUFFER 65536

/* None of the options can fail: all are known to the libcurl that this is built for, and memory does not run
 * out softly. */
#define SET(option, value) ((void)curl_easy_setopt(easy, option, value))

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	const int count = KEEPALIVE_COUNT;
	const unsigned unacked_max_ms = UNACKED_MAX_MS;

	(void)arg;
	(void)purpose;
	/* Where the system refuses, keepalive's defaults and the request's deadline remain. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_max_ms, sizeof(unacked_max_ms));
	return CURL_SOCKOPT_OK;
}

/* Borrowed by the handle: the client outlives it. */
static struct curl_blob blob_of(const void *p, size_t len)
{
	union {
		const void *in;
		void *out;
	} data = {.in = p};

	return (struct curl_blob){.data = data.out, .len = len, .flags = CURL_BLOB_NOCOPY};
}

static void setup_tls(const struct http_client *c)
{
	CURL *easy = c->easy;

	SET(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, c->insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, c->insecure ? 0L : 2L);
	if (c->ca_pem) {
		struct curl_blob ca = blob_of(c->ca_pem, c->ca_len);

		/* Without the last two lines the system's folder of CAs would be trusted beside it. */
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_CAINFO, NULL);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (c->cert_pem) {
		struct curl_blob cert = blob_of(c->cert_pem, strlen(c->cert_pem));

		SET(CURLOPT_SSLCERT_BLOB, &cert);
	}
	if (c->key_pem) {
		struct curl_blob key = blob_of(secret_bytes(c->key_pem), secret_len(c->key_pem));

		SET(CURLOPT_SSLKEY_BLOB, &key);
	}
}

static void setup_connection(struct http_client *c)
{
	CURL *easy = c->easy;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_ERRORBUFFER, c->error_text);
	SET(CURLOPT_PROTOCOLS_STR, c->https ? "https" : "http");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
	SET(CURLOPT_SOCKOPTFUNCTION, on_socket);
	SET(CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
	SET(CURLOPT_MAXLIFETIME_CONN, (long)LIFETIME_MAX_S);
	SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	/* Both always set, or libcurl would look into the environment by its own rules. */
	SET(CURLOPT_PROXY, c->proxy);
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_CONNECT_TO, c->connect_to);
	SET(CURLOPT_USERAGENT, c->user_agent);
}

static void header_add(struct transfer *t, const char *line)
{
	t->headers = curl_slist_append(t->headers, line);
}

static void setup_headers(struct transfer *t)
{
	const struct http_request *req = t->req;

	for (size_t i = 0; i < req->n_headers; i++) {
		const struct http_header *h = &req->headers[i];
		/* "Name;" is libcurl's way to say: with an empty value. */
		CLEANUP(mem_freep)
		char *line = str_empty(h->value) ? mem_printf("%s;", h->name)
						 : mem_printf("%s: %s", h->name, h->value);

		header_add(t, line);
	}
	if (t->client->host_header)
		header_add(t, t->client->host_header);
	if (req->content_type) {
		CLEANUP(mem_freep) char *line = mem_printf("Content-Type: %s", req->content_type);

		header_add(t, line);
	} else {
		header_add(t, "Content-Type:");
	}
	/* A server that does not answer 100 would cost a second of waiting. */
	header_add(t, "Expect:");
}

static void setup_method(const struct http_request *req, CURL *easy)
{
	const bool takes_body =
		streq(req->method, "POST") || streq(req->method, "PUT") || streq(req->method, "PATCH");

	if (req->body || takes_body) {
		SET(CURLOPT_POSTFIELDS, req->body ? req->body : "");
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(req->body ? req->body_len : 0));
	}
	SET(CURLOPT_CUSTOMREQUEST, req->method);
}

void client_setup(struct transfer *t)
{
	struct http_client *c = t->client;
	CURL *easy = c->easy;
	CLEANUP(mem_freep) char *url = mem_printf("%s%s", c->url, t->req->path);

	curl_easy_reset(easy);
	c->error_text[0] = '\0';
	setup_connection(c);
	if (c->https)
		setup_tls(c);
	setup_headers(t);
	setup_method(t->req, easy);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPHEADER, t->headers);
	SET(CURLOPT_TIMEOUT_MS, (long)t->req->timeout_ms);
	if (t->req->bearer) {
		SET(CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		SET(CURLOPT_XOAUTH2_BEARER, secret_bytes(t->req->bearer));
	}
	/* A compressed stream would be held back until a block is full. */
	if (!t->stream)
		SET(CURLOPT_ACCEPT_ENCODING, "gzip");
}
