#ifndef OPERATOR_DESIRED_H
#define OPERATOR_DESIRED_H

#include "operator/onepassworditem.h"
#include "operator/secretmeta.h"
#include "operator/workload.h"

/* Who asks for a Secret: the OnePasswordItem of its name, and workloads whose annotations name it. One that
 * was made for workloads stays for those that only use it, and follows its item, when the last that asked has
 * gone: they inherit it. References. */
struct sources {
	struct onepassworditem *item; /* or NULL */
	struct kobj_list workloads;   /* struct workload */
	struct kobj_list users;       /* struct workload; empty where there is a resource */
	struct secretmeta *made;      /* the Secret that was made for workloads, with the path that they asked
					 for; NULL: there is none */
};
void sources_release(struct sources *s);
/* So many users, the oldest ones, hold a Secret. */
#define SOURCES_HEIRS_MAX 32

/* What a Secret shall be, but for the values. */
struct desired {
	const char *item_path;     /* as written by the user; borrowed from the sources */
	const char *type;          /* "Opaque" where none is asked for */
	struct kvlist labels;      /* with ours */
	struct kvlist annotations; /* without those that come from the item and the write itself */
	bool inherited;            /* nobody asks for it any more, only for its sake it goes on */
	struct kube_owner *owners; /* live objects only: a wrong owner gets the Secret collected */
	size_t n_owners;
};

/* The OnePasswordItem decides; without one the oldest workload does (ties by uid), without any the Secret
 * itself where it is inherited. false: nobody that is not being deleted wants it. ERR_INVALID where a source
 * asks for what can't be. */
err_t desired_from(const struct sources *s, const char *secret_name, struct desired *out, bool *out_wanted)
	NODISCARD;
void desired_release(struct desired *d);

#endif
