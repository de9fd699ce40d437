#ifndef HTTP_SERVER_TLS_H
#define HTTP_SERVER_TLS_H

#include "base/secret.h"

/* The server's side of TLS on an SSL_CTX (as void pointer, so that no TLS library is in a header). */

/* TLS 1.2 or newer; no resumption, so that every handshake proves the certificate in use now. */
void tls_configure(void *ssl_ctx);

/* Certificate with its chain, and its key, both PEM. Changes nothing on failure; connections that exist keep
 * what they have. */
err_t tls_use_certificate(void *ssl_ctx, const char *cert_pem, const struct secret *key_pem) NODISCARD;

/* Ends handshakes of clients without a certificate that one of these authorities (PEM) issued. */
err_t tls_require_client(void *ssl_ctx, const char *ca_pem) NODISCARD;

#endif
