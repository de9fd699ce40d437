#ifndef CONTROLLER_OPS_H
#define CONTROLLER_OPS_H

#include "kube/config.h"
#include "metrics/metrics.h"

/* What kubelet and Prometheus ask: /healthz and /readyz in cleartext, /metrics on a listener of its own,
 * which by default speaks TLS and asks the API server who may read it (TokenReview, SubjectAccessReview on
 * the path), as programs made with controller-runtime do. */
struct ops_options {
	const char *health_address;  /* "host:port" or ":port"; "0": not served */
	const char *metrics_address; /* likewise */
	bool metrics_secure;
	const char *metrics_cert_path; /* file; read again every 10 s. NULL: self-signed, made at start */
	const char *metrics_key_path;
	struct metrics *metrics;
	struct kube_config *kube;

	/* false with a reason in out. Called from several threads. */
	bool (*is_alive)(void *arg, struct strbuf *out_why);
	bool (*is_ready)(void *arg, struct strbuf *out_why);
	void *arg;
};

struct ops;

err_t ops_start(const struct ops_options *options, struct ops **out) NODISCARD;
void ops_stop(struct ops *o);

#endif
