#ifndef OPERATOR_OWNERSHIP_H
#define OPERATOR_OWNERSHIP_H

#include "json/json.h"

/* Who last wrote which part of a Secret, read from managedFields (Kubernetes documentation, "Server-Side
 * Apply"). It is how a change by somebody else is seen without looking at a value: it moves the ownership of
 * that key away from us. */
struct ownership {
	struct strv keys;          /* data keys of our Apply entry */
	bool auto_restart;         /* the annotation NAME_AUTO_RESTART is that entry's, too */
	bool marks;                /* that entry owns the annotations that say what the Secret holds */
	int64_t applied_ms;        /* time of that entry; 0: we have none */
	bool string_data_after;    /* somebody else wrote stringData since */
	struct strv original_keys; /* data keys of 1Password's operator's entry (manager, Update) */
};

void ownership_parse(const struct jsonx *object, struct ownership *out);
void ownership_release(struct ownership *o);

#endif
