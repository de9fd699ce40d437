#ifndef CONTROLLER_CERT_WATCH_H
#define CONTROLLER_CERT_WATCH_H

#include "base/secret.h"

/* A certificate and its key from files, as a Secret that is mounted into a pod gives them, and a thread that
 * looks for new ones: who renews them does not restart us. */
struct cert_pair {
	char *cert_pem;
	struct secret *key_pem;
};

/* At most 64 KiB each. */
err_t cert_pair_read(const char *cert_path, const char *key_path, struct cert_pair *out) NODISCARD;
void cert_pair_release(struct cert_pair *p);

struct cert_watch_options {
	const char *cert_path, *key_path;
	int64_t interval_ms;

	/* Takes a pair into use. Refused ones (of a renewal that is half done) come again at the next look.
	 */
	err_t (*apply)(void *arg, const struct cert_pair *pair);
	void *arg;
};

struct cert_watch;

/* Copies the paths. Takes what is in use. */
struct cert_watch *cert_watch_start(const struct cert_watch_options *options, struct cert_pair *in_use);
void cert_watch_stop(struct cert_watch *w); /* NULL is fine */

#endif
