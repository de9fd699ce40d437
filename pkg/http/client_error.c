#include "http/client_curl.h"

#include <string.h>

/* Of libcurl's own text. */
#define DETAIL_MAX 200

/* Results of OpenSSL's certificate check (x509_vfy.h), as libcurl passes them on. */
enum verify_result {
	VERIFY_OK = 0,
	VERIFY_UNSPECIFIED = 1, /* also libcurl's own start value: the chain was right, the name was not */
	VERIFY_NO_ISSUER = 2,
	VERIFY_NOT_YET_VALID = 9,
	VERIFY_EXPIRED = 10,
	VERIFY_SELF_SIGNED_LEAF = 18,
	VERIFY_SELF_SIGNED_IN_CHAIN = 19,
	VERIFY_NO_LOCAL_ISSUER = 20,
	VERIFY_NO_LEAF_SIGNATURE = 21,
};

/* All that libcurl may end a transfer with; the rest is a mistake of ours. Texts are the same each time, so
 * that a status that shows one does not change with every attempt: libcurl's own text is added only where it
 * holds neither times nor a proxy's URL with its password. */
static const struct reason {
	CURLcode code;
	enum err_kind kind;
	const char *text;
	bool detail;
} reasons[] = {
	{CURLE_UNSUPPORTED_PROTOCOL, ERR_PROTOCOL, "the peer does not speak HTTP/1.1", false},
	{CURLE_URL_MALFORMAT, ERR_INVALID, "the URL cannot be used", false},
	{CURLE_COULDNT_RESOLVE_PROXY, ERR_UNAVAILABLE,
	 "the proxy's name cannot be resolved or its URL is wrong", false},
	{CURLE_COULDNT_RESOLVE_HOST, ERR_UNAVAILABLE, "the host's name cannot be resolved", false},
	{CURLE_COULDNT_CONNECT, ERR_UNAVAILABLE, "cannot connect", false},
	{CURLE_WEIRD_SERVER_REPLY, ERR_PROTOCOL, "the answer is not proper HTTP", true},
	{CURLE_PARTIAL_FILE, ERR_UNAVAILABLE, "the connection closed within the answer", false},
	{CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT, "no whole answer in time", false},
	{CURLE_SSL_CONNECT_ERROR, ERR_UNAVAILABLE, "the TLS handshake failed", true},
	{CURLE_GOT_NOTHING, ERR_UNAVAILABLE, "the connection closed without an answer", false},
	{CURLE_SEND_ERROR, ERR_UNAVAILABLE, "the connection broke while sending", true},
	{CURLE_RECV_ERROR, ERR_UNAVAILABLE, "the connection broke while receiving", true},
	{CURLE_SSL_CERTPROBLEM, ERR_INVALID, "the client certificate or its key cannot be used", true},
	{CURLE_SSL_CIPHER, ERR_UNAVAILABLE, "no TLS cipher in common", false},
	{CURLE_PEER_FAILED_VERIFICATION, ERR_DENIED, "the certificate does not verify", false},
	{CURLE_BAD_CONTENT_ENCODING, ERR_PROTOCOL, "the answer's compression is broken", false},
	{CURLE_SSL_CACERT_BADFILE, ERR_INVALID, "the CA certificates cannot be used", false},
	{CURLE_SSL_ISSUER_ERROR, ERR_DENIED, "the certificate does not verify", false},
	{CURLE_PROXY, ERR_UNAVAILABLE, "the proxy refuses", true},
};

static const struct reason *reason_find(CURLcode code)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].code == code)
			return &reasons[i];
	}
	return NULL;
}

static void add_verification(struct strbuf *text, const struct http_client *c)
{
	/* libcurl does not tell which of the two it was. */
	const char *proxy = str_has_prefix(c->proxy, "https://") ? " (or of its proxy)" : "";
	long result = VERIFY_OK;

	(void)curl_easy_getinfo(c->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	strbuf_addf(text, "the certificate of %s%s ", c->target, proxy);
	switch (result) {
	case VERIFY_OK:
	case VERIFY_UNSPECIFIED:
		strbuf_adds(text, "is not for that name");
		break;
	case VERIFY_EXPIRED:
		strbuf_adds(text, "or one of its chain has expired");
		break;
	case VERIFY_NOT_YET_VALID:
		strbuf_adds(text, "is not valid yet; is the clock right?");
		break;
	case VERIFY_NO_ISSUER:
	case VERIFY_NO_LOCAL_ISSUER:
	case VERIFY_NO_LEAF_SIGNATURE:
		strbuf_addf(text, "is not signed by a CA of %s", c->ca_name);
		break;
	case VERIFY_SELF_SIGNED_LEAF:
	case VERIFY_SELF_SIGNED_IN_CHAIN:
		strbuf_addf(text, "has a self-signed root that is not in %s", c->ca_name);
		break;
	default:
		strbuf_addf(text, "does not verify (OpenSSL's result %ld)", result);
		break;
	}
}

static void add_connect(struct strbuf *text, const struct http_client *c)
{
	long number = 0;
	const char *why = NULL;

	(void)curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &number);
	why = number > 0 ? strerrordesc_np((int)number) : NULL;
	strbuf_addf(text, "cannot connect to %s%s%s%s", c->proxy[0] ? "the proxy for " : "", c->target,
		    why ? ": " : "", why ? why : "");
}

static void add_timeout(struct strbuf *text, const struct transfer *t)
{
	const struct http_client *c = t->client;
	const bool connect_first = c->connect_timeout_ms < t->req->timeout_ms;
	curl_off_t sent_us = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
	if (sent_us == 0)
		strbuf_addf(text, "no connection to %s within %lld ms", c->target,
			    (long long)(connect_first ? c->connect_timeout_ms : t->req->timeout_ms));
	else
		strbuf_addf(text, "no whole answer within %lld ms", (long long)t->req->timeout_ms);
}

static void add_reason(struct strbuf *text, const struct transfer *t, const struct reason *r)
{
	switch ((int)r->code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		add_verification(text, t->client);
		break;
	case CURLE_COULDNT_CONNECT:
		add_connect(text, t->client);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		add_timeout(text, t);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		strbuf_addf(text, "the certificates of %s cannot be used", t->client->ca_name);
		break;
	default:
		strbuf_adds(text, r->text);
		break;
	}
	if (r->detail && t->client->error_text[0]) {
		strbuf_adds(text, ": ");
		str_add_printable(text, t->client->error_text, DETAIL_MAX);
	}
}

err_t client_error(const struct transfer *t, CURLcode code)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const struct reason *r = reason_find(code);

	strbuf_init(&text, ERR_TEXT_MAX);
	if (r)
		add_reason(&text, t, r);
	else
		strbuf_addf(&text, "libcurl's error %d", (int)code);
	return err_new(r ? r->kind : ERR_INTERNAL, "%s %s: %s", t->req->method, t->req->path, text.p);
}
