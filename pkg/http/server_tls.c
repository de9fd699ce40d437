#include "http/server_tls.h"
#include <libwebsockets.h> /* brings the headers of the TLS library that it is built with */

static void bio_freep(BIO **b)
{
	BIO_free(*b);
}

static void x509_freep(X509 **x)
{
	X509_free(*x);
}

static void chain_freep(STACK_OF(X509) * *chain)
{
	sk_X509_pop_free(*chain, X509_free);
}

static void key_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

void tls_configure(void *ssl_ctx)
{
	SSL_CTX *ctx = ssl_ctx;

	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
}

static err_t read_chain(BIO *in, STACK_OF(X509) * out)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL)))
		if (sk_X509_push(out, cert) == 0) {
			X509_free(cert);
			return err_new(ERR_INTERNAL, "TLS certificate: chain");
		}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return err_new(ERR_INVALID, "TLS certificate: a certificate of the chain is broken");
	return NULL;
}

err_t tls_use_certificate(void *ssl_ctx, const char *cert_pem, const struct secret *key_pem)
{
	CLEANUP(bio_freep) BIO *cert_in = BIO_new_mem_buf(cert_pem, -1);
	CLEANUP(bio_freep) BIO *key_in = BIO_new_mem_buf(secret_bytes(key_pem), (int)secret_len(key_pem));
	CLEANUP(x509_freep) X509 *cert = NULL;
	CLEANUP(chain_freep) STACK_OF(X509) *chain = sk_X509_new_null();
	CLEANUP(key_freep) EVP_PKEY *key = NULL;
	char no_passphrase[] = ""; /* or OpenSSL would ask the terminal */
	err_t e;

	if (!cert_in || !key_in || !chain)
		return err_new(ERR_INTERNAL, "TLS certificate: out of memory");
	cert = PEM_read_bio_X509(cert_in, NULL, NULL, NULL);
	if (!cert)
		return err_new(ERR_INVALID, "TLS certificate: not a certificate in PEM");
	e = read_chain(cert_in, chain);
	ERR_clear_error();
	if (e)
		return e;
	key = PEM_read_bio_PrivateKey(key_in, NULL, NULL, no_passphrase);
	ERR_clear_error();
	if (!key)
		return err_new(ERR_INVALID, "TLS key: not an unencrypted private key in PEM");
	if (X509_check_private_key(cert, key) != 1 ||
	    SSL_CTX_use_cert_and_key(ssl_ctx, cert, key, chain, 1) != 1) {
		ERR_clear_error();
		return err_new(ERR_INVALID, "TLS key: does not belong to the certificate, or is too weak");
	}
	return NULL;
}

static err_t add_authorities(SSL_CTX *ctx, X509_STORE *store, const char *ca_pem)
{
	CLEANUP(bio_freep) BIO *in = BIO_new_mem_buf(ca_pem, -1);
	CLEANUP(chain_freep) STACK_OF(X509) *list = sk_X509_new_null();

	if (!in || !list)
		return err_new(ERR_INTERNAL, "TLS client authorities: out of memory");
	err_t e = read_chain(in, list);
	ERR_clear_error();
	if (e)
		return err_wrap(e, "client authorities");
	if (sk_X509_num(list) == 0)
		return err_new(ERR_INVALID, "TLS client authorities: not a certificate in PEM");
	for (int i = 0; i < sk_X509_num(list); i++) {
		if (X509_STORE_add_cert(store, sk_X509_value(list, i)) != 1 ||
		    SSL_CTX_add_client_CA(ctx, sk_X509_value(list, i)) != 1)
			return err_new(ERR_INTERNAL, "TLS client authorities: not accepted");
	}
	return NULL;
}

err_t tls_require_client(void *ssl_ctx, const char *ca_pem)
{
	SSL_CTX *ctx = ssl_ctx;
	X509_STORE *store =
		X509_STORE_new(); /* of its own: no authority of the system may vouch for a client */

	if (!store)
		return err_new(ERR_INTERNAL, "TLS client authorities: out of memory");
	SSL_CTX_set_cert_store(ctx, store);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return add_authorities(ctx, store, ca_pem);
}
