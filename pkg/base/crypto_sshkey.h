#ifndef BASE_CRYPTO_SSHKEY_H
#define BASE_CRYPTO_SSHKEY_H

#include "base/secret.h"

/* Appends a private key, Ed25519 or RSA in PEM without a passphrase (PKCS#8 or PKCS#1), in OpenSSH's own
 * format; what is in that format already, as it is. The same key gives the same bytes. ERR_INVALID for
 * anything else. */
err_t crypto_sshkey_openssh(const char *pem, size_t len, struct secret *out) NODISCARD;

#endif
