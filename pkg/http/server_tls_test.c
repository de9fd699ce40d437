#include "base/crypto.h"
#include "base/mem.h"
#include "base/test.h"
#include "http/server_tls.h"
#include <libwebsockets.h> /* for the TLS library's headers */

struct identity {
	struct strbuf cert;
	struct secret *key;
};

static void identity_init(struct identity *i)
{
	CLEANUP(strv_release) struct strv hosts = {.v = NULL};

	i->key = NULL;
	strv_add(&hosts, "localhost");
	strbuf_init(&i->cert, 64 * 1024);
	CHECK_OK(crypto_self_signed(&hosts, &i->key, &i->cert));
}

static void identity_release(struct identity *i)
{
	strbuf_release(&i->cert);
	secret_free(i->key);
}

static int chain_len(SSL_CTX *ctx)
{
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(ctx, &chain);
	return chain ? sk_X509_num(chain) : 0;
}

TEST(server_tls, takes_a_certificate_with_its_chain)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	CLEANUP(mem_freep) char *chain = NULL;
	struct identity a, b;

	identity_init(&a);
	identity_init(&b);
	tls_configure(ctx);
	CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
	chain = mem_printf("%s\n%s", a.cert.p, b.cert.p);
	CHECK_OK(tls_use_certificate(ctx, chain, a.key));
	CHECK_INT(chain_len(ctx), 1);
	/* The next one has no chain of the last. */
	CHECK_OK(tls_use_certificate(ctx, b.cert.p, b.key));
	CHECK_INT(chain_len(ctx), 0);
	CHECK_INT(SSL_CTX_check_private_key(ctx), 1);
	identity_release(&a);
	identity_release(&b);
	SSL_CTX_free(ctx);
	CHECK_INT(err_live(), 0);
}

TEST(server_tls, changes_nothing_when_it_fails)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	CLEANUP(mem_freep) char *broken_chain = NULL;
	CLEANUP(secret_freep) struct secret *no_key = secret_from_str("no PEM");
	CLEANUP(secret_freep)
	struct secret *encrypted = secret_from_str(
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n");
	struct identity a, b;
	X509 *in_use;

	identity_init(&a);
	identity_init(&b);
	CHECK_OK(tls_use_certificate(ctx, a.cert.p, a.key));
	in_use = SSL_CTX_get0_certificate(ctx);
	broken_chain =
		mem_printf("%s\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b.cert.p);
	CHECK_ERR(tls_use_certificate(ctx, "", b.key), ERR_INVALID);
	CHECK_ERR(tls_use_certificate(ctx, "no PEM", b.key), ERR_INVALID);
	CHECK_ERR(tls_use_certificate(ctx, broken_chain, b.key), ERR_INVALID);
	CHECK_ERR(tls_use_certificate(ctx, b.cert.p, a.key), ERR_INVALID);
	CHECK_ERR(tls_use_certificate(ctx, b.cert.p, no_key), ERR_INVALID);
	CHECK_ERR(tls_use_certificate(ctx, b.cert.p, encrypted), ERR_INVALID);
	CHECK(SSL_CTX_get0_certificate(ctx) == in_use);
	CHECK_INT(SSL_CTX_check_private_key(ctx), 1);
	CHECK_INT(ERR_peek_error(), 0);
	identity_release(&a);
	identity_release(&b);
	SSL_CTX_free(ctx);
	CHECK_INT(err_live(), 0);
}
