#ifndef KUBE_SELECTOR_H
#define KUBE_SELECTOR_H

#include "json/json.h"

/* A label selector as kubectl's --selector takes it: requirements with commas between them, all of which must
 * hold. "a=b", "a==b", "a!=b", "a in (b,c)", "a notin (b,c)", "a", "!a". A label that is absent satisfies !=,
 * notin and !. Kubernetes, "Labels and Selectors". The orders of numbers (a>1) are not known here. */
struct kube_selector;

/* ERR_INVALID: what is wrong, and where. "" gives a selector that everything matches. */
err_t kube_selector_parse(const char *text, struct kube_selector **out) NODISCARD;
void kube_selector_free(struct kube_selector *s);

/* labels: the member of an object's metadata; NULL: it has none. */
bool kube_selector_matches(const struct kube_selector *s, const struct jsonx *labels);

#endif
