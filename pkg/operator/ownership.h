#ifndef OPERATOR_OWNERSHIP_H
#define OPERATOR_OWNERSHIP_H

#include "json/json.h"

/* Who last wrote which part of a Secret, read from managedFields (Kubernetes documentation, "Server-Side
 * Apply"). It is how a change by somebody else is seen without looking at a value: it moves the ownership of
 * that key away from us. */
struct ownership {
	struct strv keys; /* data keys of our Apply entry */
	size_t labels;    /* how many labels, annotations and owner references that entry owns */
	size_t annotations, owners;
	size_t kept_owners;            /* owner references of the entry of owners.h */
	bool changed_at, item_version; /* the annotations of these names are among them */
	int64_t applied_ms;            /* time of that entry; 0: we have none */
	int64_t string_data_ms; /* when somebody else last wrote stringData, not before us; 0: nobody did */
	struct strv original_keys; /* data keys of 1Password's operator's entry (manager, Update) */
};

/* The field manager of the newest write to the object, or to that subresource, when it is not `ours` and not
 * before the last one of that; else NULL. Borrowed from the object. */
const char *ownership_other(const struct jsonx *object, const char *ours, const char *subresource);

void ownership_parse(const struct jsonx *object, struct ownership *out);
void ownership_release(struct ownership *o);

#endif
