#ifndef OPERATOR_SECRETBODY_H
#define OPERATOR_SECRETBODY_H

#include "operator/desired.h"
#include "operator/secretdata.h"

/* Bodies of the requests that write Secrets. The one with values goes straight into a struct secret. */

/* Which object an apply means: a uid and a resourceVersion that no longer hold make the server answer 409. A
 * create carries the resourceVersion "1", which an existing object never has: it must not overwrite one. */
struct secretbody_object {
	const char *namespace, *name;
	const char *uid; /* NULL: create */
	const char *resource_version;
};

/* What the item and the write itself put into the annotations. */
struct secretbody_item {
	const char *path; /* vaults/<id>/items/<id> */
	int64_t version;
	int64_t changed_at_ms; /* 0: none */
};

err_t secretbody_apply(const struct secretbody_object *object, const struct desired *want,
		       const struct secretbody_item *item, const struct secretdata *data, struct secret *out)
	NODISCARD;

/* The owner references alone; want NULL: none of them any more. */
err_t secretbody_owners(const struct secretbody_object *object, const struct desired *want,
			struct strbuf *out) NODISCARD;

/* The annotation NAME_RESTARTED alone. */
err_t secretbody_restarted(const struct secretbody_object *object, const char *restarted, struct strbuf *out)
	NODISCARD;

#endif
