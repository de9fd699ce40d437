#ifndef VAULT_CERTIFICATE_H
#define VAULT_CERTIFICATE_H

#include "base/crypto.h"
#include "vault/store.h"

/* The server's own TLS certificate, for those who bring none: self-signed, made when it is first asked for,
 * again when it nears its end, and kept under the store key. */
err_t vault_store_certificate(struct vault_store *s, const struct strv *hosts, char **out_cert_pem,
			      struct secret **out_key_pem) NODISCARD;

/* SHA-256 of the first certificate in a PEM text, as "AB:CD:…". */
#define CERTIFICATE_FINGERPRINT_SIZE (3 * CRYPTO_SHA256_LEN)
err_t certificate_fingerprint(const char *pem, char out[CERTIFICATE_FINGERPRINT_SIZE]) NODISCARD;

#endif
