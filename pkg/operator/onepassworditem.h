#ifndef OPERATOR_ONEPASSWORDITEM_H
#define OPERATOR_ONEPASSWORDITEM_H

#include "kube/store.h"
#include "operator/kvlist.h"

/* The custom resource OnePasswordItem (onepassword.com/v1): one 1Password item as the Secret of the same
 * name. */
extern const struct kube_resource onepassworditem_resource;

/* What its status says, as far as we write it. An old CRD keeps only ready, message and transition. */
struct onepassworditem_status {
	char *ready; /* "True", "False", "Unknown"; NULL: no condition */
	char *reason, *message;
	char *transition;             /* lastTransitionTime */
	int64_t condition_generation; /* observedGeneration of the condition; 0 if absent */
	int64_t observed_generation;
	char *item_path; /* vaults/<id>/items/<id> that the Secret holds */
	int64_t item_version;
	char *force_sync;                       /* the request that was served last */
	int64_t restarts_pending;               /* 0 if absent */
	char *token_message, *token_transition; /* of the condition TokenExpiring; NULL: there is none */
};

struct onepassworditem {
	struct kobj o;
	char *item_path;    /* "" if absent */
	char *type;         /* of the Secret; "" if absent */
	char *auto_restart; /* the annotation; NULL if absent */
	char *force_sync;   /* the annotation, cut to what counts; NULL if absent */
	struct kvlist labels;
	struct kvlist annotations; /* only where they are to be copied */
	bool has_finalizer;        /* 1Password's operator's */
	struct onepassworditem_status status;
};

err_t onepassworditem_decode(const struct jsonx *object, bool with_annotations, struct kobj **out) NODISCARD;
void onepassworditem_status_release(struct onepassworditem_status *s);

#endif
