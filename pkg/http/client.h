#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/http.h"

/* Blocking HTTP/1.1 client on libcurl, cancellable within a millisecond (curl_multi_wakeup). One per thread;
 * keeps its connection. No redirects. Proxies from the usual variables in both spellings (HTTPS_PROXY,
 * HTTP_PROXY, NO_PROXY), never from those for loopback. A server must prove its certificate unless
 * `insecure`; if it does not, the error is ERR_DENIED and says whether CA, name or date was wrong.
 *
 * A request that meets a kept connection which has died is sent again on a new one without notice, so every
 * write must bear to be done twice. Answers may come packed with gzip; ceilings count unpacked bytes. */
struct http_client_options {
	const char *base_url; /* https://host:port[/prefix]; http:// only with allow_http */
	bool allow_http;
	bool insecure;           /* accept any certificate */
	const char *server_name; /* name to verify instead of the host; NULL: the host */
	const char *ca_pem;      /* the only CAs; NULL: those of the file SSL_CERT_FILE, else the system's */
	const char *cert_pem;    /* client certificate, or NULL */
	const struct secret *key_pem;
	const char *proxy_url; /* NULL: from the environment */
	const char *user_agent;
	int64_t connect_timeout_ms; /* 0: 10 s */
};

/* Once in main, before threads; once at the end. */
void http_client_global_init(void);
void http_client_global_release(void);

/* Copies what it needs from options. Opens no connection: certificates that cannot be read are ERR_INVALID of
 * the first request. */
err_t http_client_new(const struct http_client_options *options, struct http_transport **out) NODISCARD;

#endif
