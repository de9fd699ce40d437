#ifndef OPERATOR_TELEMETRY_H
#define OPERATOR_TELEMETRY_H

#include "kube/reflector.h"
#include "metrics/metrics.h"
#include "operator/shared.h"

/* The operator's metrics: names of controller-runtime where it has them, onepassword_* for the rest. */
struct telemetry;

struct telemetry *telemetry_new(const char *kube_server); /* its URL, borrowed */
void telemetry_free(struct telemetry *t);

struct metrics *telemetry_metrics(struct telemetry *t);
const struct kube_observer *telemetry_kube(const struct telemetry *t);
const struct op_observer *telemetry_connect(const struct telemetry *t);

struct reflector_metrics telemetry_informers(const struct telemetry *t);
struct metric *telemetry_lease_slow(const struct telemetry *t); /* see lease.h */
/* What is lost without an error for anybody; see event.h. */
struct metric *telemetry_events_dropped(const struct telemetry *t);

void telemetry_set_leading(struct telemetry *t, bool leading);

/* Sets the metrics that reconciles count in. */
void telemetry_bind(struct telemetry *t, struct shared *s);

#endif
