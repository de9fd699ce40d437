#ifndef OPERATOR_PODSECRETS_H
#define OPERATOR_PODSECRETS_H

#include "json/json.h"

/* Names of the Secrets that a pod spec brings into its containers and init containers: env, envFrom, volumes,
 * projected volumes. Sorted, each once. Of more than PODSECRETS_MAX references the rest is left out.
 * Names that no Secret can have are left out. */
#define PODSECRETS_MAX 20000

void podsecrets_find(const struct jsonx *pod_spec, struct strv *out);

#endif
