#ifndef OPERATOR_DESIRED_H
#define OPERATOR_DESIRED_H

#include "operator/onepassworditem.h"
#include "operator/workload.h"

/* Who asks for a Secret: the OnePasswordItem of its name, and workloads whose annotations name it.
 * References. */
struct sources {
	struct onepassworditem *item; /* or NULL */
	struct kobj_list workloads;   /* struct workload */
};
void sources_release(struct sources *s);

/* What a Secret shall be, but for the values. */
struct desired {
	const char *item_path;     /* as written by the user; borrowed from the sources */
	const char *type;          /* "Opaque" where none is asked for */
	struct kvlist labels;      /* with ours */
	struct kvlist annotations; /* without those that come from the item and the write itself */
	struct kube_owner *owners; /* live objects only: a wrong owner gets the Secret collected */
	size_t n_owners;
};

/* The OnePasswordItem decides; without one the oldest workload does (ties by uid). false: nobody that is not
 * being deleted asks for it. ERR_INVALID where a source asks for what can't be. */
err_t desired_from(const struct sources *s, const char *secret_name, struct desired *out, bool *out_wanted)
	NODISCARD;
void desired_release(struct desired *d);

#endif
