#ifndef OPERATOR_PODSECRETS_H
#define OPERATOR_PODSECRETS_H

#include "json/json.h"

/* Names of the Secrets that a pod spec brings into its containers and init containers: env, envFrom, volumes,
 * projected volumes. Sorted, each once. */
void podsecrets_find(const struct jsonx *pod_spec, struct strv *out);

#endif
