#ifndef CONNECT_SERVER_CERTIFICATE_H
#define CONNECT_SERVER_CERTIFICATE_H

#include "base/secret.h"
#include "vault/store.h"

#include <sys/stat.h>

/* The certificate that is served: from two files, which may change meanwhile, or the server's own. */
struct certificate {
	const char *cert_file, *key_file; /* borrowed; "" for the server's own */
	char *cert_pem;                   /* NULL: cleartext */
	struct secret *key_pem;
	struct stat cert_stat, key_stat; /* of what was read */
};
void certificate_release(struct certificate *c); /* for CLEANUP */

/* Reads both files. */
err_t certificate_read(const char *cert_file, const char *key_file, struct certificate *out) NODISCARD;

/* The store's own, for these addresses besides the usual names of this machine; tells its fingerprint. */
err_t certificate_of_store(struct vault_store *s, const char *const addresses[2], struct certificate *out)
	NODISCARD;

/* Reads the files again where one of them changed; *out_changed tells. */
err_t certificate_refresh(struct certificate *c, bool *out_changed) NODISCARD;

#endif
