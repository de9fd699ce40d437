#include "base/crypto.h"
#include "base/test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

static X509 *parse_cert(const struct strbuf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->p, (int)pem->len);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	CHECK(cert);
	return cert;
}

static EVP_PKEY *parse_key(const struct secret *pem)
{
	BIO *bio = BIO_new_mem_buf(secret_bytes(pem), (int)secret_len(pem));
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	CHECK(key);
	return key;
}

TEST(crypto_cert, is_good_for_its_hosts)
{
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	CLEANUP(strbuf_release) struct strbuf cert_pem;

	strbuf_init(&cert_pem, 10000);
	strv_split(&hosts, "connect.example.com,localhost,127.0.0.1,::1,*.apps.example.com", ',');
	CHECK_OK(crypto_self_signed(&hosts, &key_pem, &cert_pem));
	X509 *cert = parse_cert(&cert_pem);
	EVP_PKEY *key = parse_key(key_pem);
	CHECK_INT(X509_check_private_key(cert, key), 1);
	CHECK_INT(X509_verify(cert, key), 1);
	CHECK_INT(X509_get_version(cert), X509_VERSION_3);
	CHECK_INT(X509_check_host(cert, "connect.example.com", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(cert, "x.apps.example.com", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(cert, "example.com", 0, 0, NULL), 0);
	CHECK_INT(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
	CHECK_INT(X509_check_ip_asc(cert, "::1", 0), 1);
	CHECK_INT(X509_check_ip_asc(cert, "127.0.0.2", 0), 0);
	CHECK_INT(X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0), 1);
	EVP_PKEY_free(key);
	X509_free(cert);
}

TEST(crypto_cert, is_valid_now_and_for_a_year)
{
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	CLEANUP(strbuf_release) struct strbuf cert_pem;

	strbuf_init(&cert_pem, 10000);
	strv_add(&hosts, "localhost");
	CHECK_OK(crypto_self_signed(&hosts, &key_pem, &cert_pem));
	X509 *cert = parse_cert(&cert_pem);
	time_t next_week = time(NULL) + 7 * 86400, in_360_days = time(NULL) + 360L * 86400;
	time_t in_370_days = time(NULL) + 370L * 86400;
	CHECK(X509_cmp_time(X509_get0_notBefore(cert), NULL) < 0);
	CHECK(X509_cmp_time(X509_get0_notAfter(cert), &next_week) > 0);
	CHECK(X509_cmp_time(X509_get0_notAfter(cert), &in_360_days) > 0);
	CHECK(X509_cmp_time(X509_get0_notAfter(cert), &in_370_days) < 0);
	X509_free(cert);
}

/* A client that trusts just this certificate must accept it. */
TEST(crypto_cert, is_trusted_as_its_own_root)
{
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	CLEANUP(strbuf_release) struct strbuf cert_pem;

	strbuf_init(&cert_pem, 10000);
	strv_add(&hosts, "localhost");
	CHECK_OK(crypto_self_signed(&hosts, &key_pem, &cert_pem));
	X509 *cert = parse_cert(&cert_pem);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	CHECK_INT(X509_STORE_add_cert(store, cert), 1);
	CHECK_INT(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	CHECK_INT(X509_STORE_CTX_set_default(ctx, "ssl_server"), 1);
	CHECK_INT(X509_verify_cert(ctx), 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(cert);
}

TEST(crypto_cert, takes_long_names)
{
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	CLEANUP(strbuf_release) struct strbuf cert_pem;

	strbuf_init(&cert_pem, 10000);
	strv_add(&hosts, "a-very-long-service-name.in-a-very-long-namespace-name.svc.cluster.local");
	CHECK_OK(crypto_self_signed(&hosts, &key_pem, &cert_pem));
	X509 *cert = parse_cert(&cert_pem);
	CHECK_INT(X509_check_host(cert, hosts.v[0], 0, 0, NULL), 1);
	X509_free(cert);
}

TEST(crypto_cert, refuses_what_is_no_host)
{
	static const char *const cases[] = {"",      "a b",    "a,DNS:b", "https://x", "ex\u00e4mple.com",
					    "[::1]", "1::2::3"};
	CLEANUP(strv_release) struct strv none = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	CLEANUP(strbuf_release) struct strbuf cert_pem;

	strbuf_init(&cert_pem, 10000);
	CHECK_ERR(crypto_self_signed(&none, &key_pem, &cert_pem), ERR_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strv_release) struct strv hosts = {0};

		strv_add(&hosts, "localhost");
		strv_add(&hosts, cases[i]);
		CHECK_ERR(crypto_self_signed(&hosts, &key_pem, &cert_pem), ERR_INVALID);
	}
	CHECK(!key_pem);
	CHECK_INT(cert_pem.len, 0);
	CHECK_INT(err_live(), 0);
}
