#ifndef OPERATOR_ONEPASSWORDITEM_H
#define OPERATOR_ONEPASSWORDITEM_H

#include "kube/store.h"
#include "operator/kvlist.h"

/* The custom resource OnePasswordItem (onepassword.com/v1): one 1Password item as the Secret of the same
 * name. */
extern const struct kube_resource onepassworditem_resource;

/* What its status says, as far as we write it. An old CRD keeps only ready, message and transition. Its
 * texts, and those of the resource, are of base/intern.h: most resources say the same. */
struct onepassworditem_status {
	const char *ready; /* "True", "False", "Unknown"; NULL: no condition */
	const char *reason, *message;
	const char *transition;       /* lastTransitionTime */
	int64_t condition_generation; /* observedGeneration of the condition; 0 if absent */
	int64_t observed_generation;
	const char *item_path; /* vaults/<id>/items/<id> that the Secret holds */
	int64_t item_version;
	const char *force_sync;   /* the request that was served last */
	const char *other;        /* field manager of another program that wrote it last; NULL: we did */
	int64_t restarts_pending; /* 0 if absent */
	const char *token_message,
		*token_transition; /* of the condition TokenExpiring; NULL: there is none */
	bool stalled;              /* there is the condition Stalled */
	const char *stalled_transition;
};

struct onepassworditem {
	struct kobj o;
	const char *item_path;    /* "" if absent */
	const char *type;         /* of the Secret; "" if absent */
	const char *auto_restart; /* the annotation; NULL if absent */
	const char *force_sync;   /* the annotation, cut to what counts; NULL if absent */
	struct kvlist labels;
	struct kvlist annotations; /* only where they are to be copied */
	bool has_finalizer;        /* 1Password's operator's */
	struct onepassworditem_status status;
};

extern const struct kobj_form onepassworditem_form;

/* Nothing that users or other programs say differs; status and version may. */
bool onepassworditem_asks_the_same(const struct onepassworditem *a, const struct onepassworditem *b);

err_t onepassworditem_decode(const struct jsonx *object, bool with_annotations, struct kobj **out) NODISCARD;
void onepassworditem_status_release(struct onepassworditem_status *s);

#endif
