#ifndef OPERATOR_WATCHES_H
#define OPERATOR_WATCHES_H

#include "kube/reflector.h"
#include "operator/shared.h"

/* Keeps the stores of struct shared by watching the API server, and turns what happens there into keys. */
struct watches;

struct watches_options {
	struct shared *shared; /* its stores are filled, its queue gets the keys */
	struct kube_config *kube;
	const struct kube_observer *observer;
	struct reflector_metrics metrics;
	struct cancel *cancel;
	const struct strv *namespaces;                  /* empty: all */
	const char *item_selector, *namespace_selector; /* NULL or "": all */
};

err_t watches_start(const struct watches_options *options, struct watches **out) NODISCARD;
void watches_join(struct watches *w); /* cancel their token first */

/* Without the right to namespaces, a selector of them can't be obeyed: an error, which does not pass. */
err_t watches_check(const struct watches *w) NODISCARD;

/* Every store is complete. A kind that we have no right to list and can do without counts as complete.
 * Otherwise out_why names what is missing. */
bool watches_are_synced(const struct watches *w, struct strbuf *out_why);

/* All workloads are listed, and nothing hinders their watches; kinds that are left out have none. */
bool watches_know_workloads(const struct watches *w);

/* The same of one kind, running_ms after the start; trouble: of its reflector. A right that is missing may
 * come in a moment, with its binding or when an API server that has just started has read it: only after a
 * while it means that workloads of that kind are none of ours. */
#define WATCHES_LEFT_OUT_MS 10000
bool watches_kind_is_known(bool is_synced, int trouble, int64_t running_ms);

#endif
