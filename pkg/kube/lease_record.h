#ifndef KUBE_LEASE_RECORD_H
#define KUBE_LEASE_RECORD_H

#include "json/json.h"

/* A Lease object as the elector needs it. */
struct lease_record {
	char *metadata; /* JSON; sent back as it came, so that labels stay and its resourceVersion guards the
			   write */
	char *spec;     /* JSON; to see whether the holder has written since */
	char *holder;   /* "" when there is none */
	char *acquired; /* as its text; NULL if none */
	int64_t duration_ms;
	int64_t transitions;
};
void lease_record_release(struct lease_record *r);

err_t lease_record_parse(const struct jsonx *object, struct lease_record *out) NODISCARD;

/* What a write says. */
struct lease_claim {
	const char *metadata; /* JSON */
	const char *holder;
	const char *acquired, *renewed; /* MicroTime */
	int64_t duration_s;
	int64_t transitions;
};
err_t lease_claim_format(const struct lease_claim *c, struct strbuf *out) NODISCARD;

#endif
