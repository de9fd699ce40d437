#include "http/peer_test.h"

#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static err_t ask(struct http_client_options options, struct http_response *out)
{
	CLEANUP(http_transport_freep) struct http_transport *t = NULL;
	const struct http_request req = peer_get("/echo");

	TRY_(http_client_new(&options, &t));
	return http_request(t, &req, NULL, out);
}

static void check_works(const struct http_client_options options)
{
	CLEANUP(http_response_release) struct http_response r = {0};

	CHECK_OK(ask(options, &r));
	CHECK_INT(r.status, 200);
}

static void check_fails(const struct http_client_options options, enum err_kind kind, const char *text)
{
	struct http_response r = {0};
	err_t e = ask(options, &r);

	CHECK_MSG(err_is(e, kind) && strstr(err_text(e), text), "not \"%s\": %s", text,
		  e ? err_text(e) : "succeeded");
	err_free(e);
}

TEST(client_tls, server_must_prove_its_certificate)
{
	struct peer p;

	peer_start(&p, true);
	const char *ca = peer_file(&p, "ca.pem");
	const char *url = peer_url(&p, "https", "localhost", "tls");
	const size_t fds = peer_open_fds();

	check_works((struct http_client_options){.base_url = url, .ca_pem = ca});
	check_works((struct http_client_options){.base_url = peer_url(&p, "https", "127.0.0.1", "tls"),
						 .ca_pem = ca});
	check_fails((struct http_client_options){.base_url = url}, ERR_DENIED,
		    "is not signed by a CA of the system's CA bundle");
	check_fails((struct http_client_options){.base_url = url, .ca_pem = peer_file(&p, "otherca.pem")},
		    ERR_DENIED, "is not signed by a CA of the configured CA");
	check_works((struct http_client_options){.base_url = url, .insecure = true});
	check_fails((struct http_client_options){.base_url = peer_url(&p, "https", "localhost", "expired"),
						 .ca_pem = ca},
		    ERR_DENIED, "has expired");
	check_fails((struct http_client_options){.base_url = peer_url(&p, "https", "localhost", "other"),
						 .ca_pem = ca},
		    ERR_DENIED, "is not for that name");
	check_fails((struct http_client_options){.base_url = peer_url(&p, "https", "localhost", "selfsigned"),
						 .ca_pem = ca},
		    ERR_DENIED, "self-signed");
	check_fails((struct http_client_options){.base_url = url, .ca_pem = "nonsense"}, ERR_INVALID,
		    "certificates of the configured CA cannot be used");
	CHECK_INT(peer_open_fds(), fds);
	peer_stop(&p);
}

TEST(client_tls, verifies_another_name_where_told_to_and_keeps_the_host)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	struct peer p;

	peer_start(&p, true);
	struct http_client_options options = {.base_url = peer_url(&p, "https", "127.0.0.1", "other"),
					      .server_name = "other.test",
					      .ca_pem = peer_file(&p, "ca.pem")};

	CHECK_OK(ask(options, &r));
	CHECK(strstr(secret_bytes(r.body), "\nhost: 127.0.0.1:") != NULL);
	options.server_name = "wrong.test";
	check_fails(options, ERR_DENIED, "is not for that name");
	peer_stop(&p);
}

TEST(client_tls, trusts_the_file_of_ssl_cert_file)
{
	CLEANUP(mem_freep) char *path = NULL;
	struct peer p;

	peer_start(&p, true);
	const struct http_client_options options = {.base_url = peer_url(&p, "https", "localhost", "tls")};

	path = mem_printf("%s/ca.pem", p.folder);
	setenv("SSL_CERT_FILE", path, 1);
	check_works(options);
	mem_free(path);
	path = mem_printf("%s/otherca.pem", p.folder);
	setenv("SSL_CERT_FILE", path, 1);
	check_fails(options, ERR_DENIED, "is not signed by a CA of SSL_CERT_FILE");
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	check_fails(options, ERR_NOT_FOUND, "SSL_CERT_FILE");
	unsetenv("SSL_CERT_FILE");
	peer_stop(&p);
}

TEST(client_tls, shows_its_own_certificate)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(secret_freep) struct secret *wrong_key = NULL;
	struct peer p;

	peer_start(&p, true);
	key = secret_from_str(peer_file(&p, "client.key"));
	wrong_key = secret_from_str(peer_file(&p, "good.key"));
	struct http_client_options options = {.base_url = peer_url(&p, "https", "localhost", "mutual"),
					      .ca_pem = peer_file(&p, "ca.pem")};

	check_fails(options, ERR_UNAVAILABLE, "the connection broke");
	options.cert_pem = peer_file(&p, "client.pem");
	options.key_pem = key;
	check_works(options);
	options.key_pem = wrong_key;
	check_fails(options, ERR_INVALID, "the client certificate or its key cannot be used");
	peer_stop(&p);
}

TEST(client_tls, tells_a_server_without_tls)
{
	struct peer p;

	peer_start(&p, false);
	check_fails((struct http_client_options){.base_url = peer_url(&p, "https", "localhost", "plain")},
		    ERR_UNAVAILABLE, "the TLS handshake failed");
	peer_stop(&p);
}

TEST(client_tls, goes_through_the_proxy_of_the_environment)
{
	struct peer p;

	peer_start(&p, true);
	struct http_client_options options = {.base_url = peer_url(&p, "https", "other.test", "other"),
					      .ca_pem = peer_file(&p, "ca.pem")};

	setenv("https_proxy", peer_url(&p, "http", "127.0.0.1", "proxy"), 1);
	check_works(options);
	peer_expect(&p, "connect other.test");
	/* To the kernel this address is the machine itself, to the rules for proxies it is any address. */
	options.server_name = "other.test";
	options.base_url = peer_url(&p, "https", "0.0.0.0", "other");
	check_works(options);
	peer_expect(&p, "connect 0.0.0.0");
	setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
	check_fails(options, ERR_UNAVAILABLE, "cannot connect to the proxy");
	setenv("NO_PROXY", "0.0.0.0/8", 1);
	check_works(options);
	unsetenv("HTTPS_PROXY");
	unsetenv("NO_PROXY");
	unsetenv("https_proxy");
	peer_stop(&p);
}
