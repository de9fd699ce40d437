#ifndef OPERATOR_ROLLOUT_H
#define OPERATOR_ROLLOUT_H

#include "kube/meta.h"

/* The pods of a workload, an object of that kind, are being replaced: its controller has not seen the newest
 * pod template yet, or not all pods run by it and are fine. False where no pod is going to be replaced by
 * itself (paused, no replicas, OnDelete) and where the controller has given up. Pure. */
bool rollout_is_going_on(const struct kube_resource *kind, const struct jsonx *object);

#endif
