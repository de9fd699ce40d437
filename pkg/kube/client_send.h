#ifndef KUBE_CLIENT_SEND_H
#define KUBE_CLIENT_SEND_H

#include "kube/client.h"
#include "kube/status.h"

/* One request of a client, with all that is the same for every verb: token, retries, errors of statuses. */
struct kube_call {
	const char *method;
	const char *path; /* with query */
	const char *accept;
	const char *content_type;
	const char *body; /* NULL: none */
	size_t len;
	bool read; /* may be sent again after a wait */
	enum status_quote quote;
};

/* Any answer that is no success is an error; so is a body over KUBE_REQUEST_MAX. */
err_t client_send(struct kube_client *c, const struct kube_call *call, struct cancel *cancel,
		  struct http_response *out) NODISCARD;

bool client_is_dry_run(const struct kube_client *c);

/* The body as JSON of that kind (NULL: any); all else is ERR_PROTOCOL. */
err_t client_parse(const struct kube_call *call, const struct http_response *r, const char *kind,
		   struct jsonx **out) NODISCARD;

#endif
