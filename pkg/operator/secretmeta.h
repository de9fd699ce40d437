#ifndef OPERATOR_SECRETMETA_H
#define OPERATOR_SECRETMETA_H

#include "kube/store.h"
#include "operator/kvlist.h"

/* What we know of a Secret without any value of it: metadata and who owns which key. */
struct secretmeta {
	struct kobj o;
	struct kvlist labels, annotations; /* annotations: ours, and the others where they are copied */
	int64_t item_version;              /* -1: none or not a number */
	int64_t keys_applied;              /* what NAME_KEYS says; -1: none or not a number */
	int64_t changed_at_ms;             /* 0: none of ours */
	size_t keys_owned;                 /* by our entry in managedFields, and so on */
	size_t labels_owned, annotations_owned, owners_owned;
	size_t kept_owners;     /* references that owners.h wrote */
	int64_t applied_ms;     /* time of that entry; 0: there is none */
	int64_t string_data_ms; /* when somebody else last wrote stringData, not before us; 0: nobody did */
};

extern const struct kobj_form secretmeta_form;

err_t secretmeta_decode(const struct jsonx *object, bool with_annotations, struct kobj **out) NODISCARD;

const char *secretmeta_item_path(const struct secretmeta *s); /* NULL if absent */

/* Our label is on it, and an apply of ours is behind it. */
bool secretmeta_is_ours(const struct secretmeta *s);
/* It is ours, and was made for workloads that asked for it, not for a resource. */
bool secretmeta_is_of_workloads(const struct secretmeta *s);
/* 1Password's operator made it: its two annotations are there, our label is not. */
bool secretmeta_is_original(const struct secretmeta *s);

#endif
