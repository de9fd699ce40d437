#ifndef KUBE_CREDENTIALS_H
#define KUBE_CREDENTIALS_H

#include "base/clock.h"
#include "kube/settings.h"

/* Token, CA, client certificate and key of settings, read again when they come from files. Thread-safe. */
struct credentials;

#define CREDENTIALS_TOKEN_AGE_MS 10000
#define CREDENTIALS_TLS_AGE_MS 300000

/* Borrows settings and clock. Fails when a file cannot be read. */
err_t credentials_new(const struct kube_settings *settings, const struct clock *clock,
		      struct credentials **out) NODISCARD;
void credentials_free(struct credentials *c);
void credentials_freep(struct credentials **c);

/* A copy of the token, NULL when there is none. fresh: read the file now. */
struct secret *credentials_token(struct credentials *c, bool fresh);

/* A copy of what TLS needs; NULL what is not configured. Zero-initialise. */
struct tls_files {
	char *ca_pem, *cert_pem;
	struct secret *key_pem;
	uint64_t generation; /* another number when one of them changed */
};
void tls_files_release(struct tls_files *t);
void credentials_tls(struct credentials *c, struct tls_files *out);
uint64_t credentials_tls_generation(struct credentials *c);

#endif
