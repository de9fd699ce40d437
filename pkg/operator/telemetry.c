#include "operator/telemetry.h"

#include "base/mem.h"
#include "kube/store.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <stdio.h>

struct telemetry {
	struct metrics *metrics;
	const char *kube_host;
	struct metric *leading, *kube_requests, *connect_requests, *connect_seconds, *skipped,
		*events_dropped;
	struct kube_observer kube;
	struct op_observer connect;
	struct shared *shared;
};

static const double seconds_buckets[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
					 0.25,  0.5,    1,     2.5,  5,     10,   30};

static const char *code_text(int code, char text[16])
{
	if (code == 0)
		return "<error>";
	snprintf(text, 16, "%d", code);
	return text;
}

static void on_kube_request(void *arg, const char *method, int code)
{
	const struct telemetry *t = arg;
	char text[16];

	metric_add(t->kube_requests, METRIC_LABELS(code_text(code, text), method, t->kube_host), 1);
}

static void on_connect_request(void *arg, const char *route, int code, int64_t duration_ns)
{
	const struct telemetry *t = arg;
	char text[16];

	metric_add(t->connect_requests, METRIC_LABELS(route, code_text(code, text)), 1);
	metric_observe(t->connect_seconds, METRIC_LABELS(route), (double)duration_ns / (double)NS_PER_S);
}

struct telemetry *telemetry_new(const char *kube_server)
{
	struct telemetry *t = MEM_NEW(struct telemetry);
	struct metrics *m = metrics_new();

	t->metrics = m;
	t->kube_host =
		str_has_prefix(kube_server, "https://") ? kube_server + strlen("https://") : kube_server;
	metrics_add_process(m, "onepassword_operator_build_info", VERSION);
	t->kube_requests = metrics_counter(
		m, "rest_client_requests_total",
		"Number of HTTP requests, partitioned by status code, method, and host.", "code method host");
	t->connect_requests = metrics_counter(m, "onepassword_connect_requests_total",
					      "Requests to 1Password Connect.", "route code");
	t->connect_seconds = metrics_histogram(m, "onepassword_connect_request_duration_seconds",
					       "How long requests to 1Password Connect took.", "route",
					       seconds_buckets, ARRAY_LEN(seconds_buckets));
	t->skipped = metrics_counter(m, "onepassword_objects_skipped_total",
				     "Objects that could not be read, each time they came.", "resource");
	t->events_dropped = metrics_counter(m, "onepassword_events_dropped_total",
					    "Kubernetes Events that were not written.", "");
	t->kube = (struct kube_observer){.done = on_kube_request, .arg = t};
	t->connect = (struct op_observer){.done = on_connect_request, .arg = t};
	return t;
}

void telemetry_free(struct telemetry *t)
{
	if (!t)
		return;
	metrics_free(t->metrics);
	mem_free(t);
}

struct metrics *telemetry_metrics(struct telemetry *t)
{
	return t->metrics;
}

const struct kube_observer *telemetry_kube(const struct telemetry *t)
{
	return &t->kube;
}

const struct op_observer *telemetry_connect(const struct telemetry *t)
{
	return &t->connect;
}

struct metric *telemetry_skipped(const struct telemetry *t)
{
	return t->skipped;
}

struct metric *telemetry_events_dropped(const struct telemetry *t)
{
	return t->events_dropped;
}

void telemetry_set_leading(struct telemetry *t, bool leading)
{
	metric_set(t->leading, METRIC_LABELS(NAME_LEASE), leading ? 1 : 0);
}

static double items(void *arg)
{
	const struct telemetry *t = arg;

	return (double)kstore_len(t->shared->items);
}

static double items_not_ready(void *arg)
{
	const struct telemetry *t = arg;
	struct kobj_list all CLEANUP(kobj_list_release) = {0};
	size_t n = 0;

	kstore_all(t->shared->items, &all);
	for (size_t i = 0; i < all.n; i++)
		n += !streq(((const struct onepassworditem *)all.v[i])->status.ready, "True");
	return (double)n;
}

static double restarts_waiting(void *arg)
{
	const struct telemetry *t = arg;

	return (double)pace_waiting(t->shared->pace);
}

static double restarts_in_progress(void *arg)
{
	const struct telemetry *t = arg;

	return (double)pace_in_progress(t->shared->pace);
}

void telemetry_bind(struct telemetry *t, struct shared *s)
{
	struct metrics *m = t->metrics;

	t->shared = s;
	s->sync_total = metrics_counter(m, "onepassword_item_sync_total", "Secrets written.", "");
	s->sync_errors = metrics_counter(m, "onepassword_item_sync_errors_total",
					 "Reconciles that could not bring a Secret in line.", "reason");
	s->restarts_total = metrics_counter(m, "onepassword_restart_total", "Workloads rolled.", "kind");
	s->token_expiry = metrics_gauge(
		m, "onepassword_token_expiry_timestamp_seconds",
		"When the access token for Connect ends, in Unix time; 0: it does not say.", "");
	s->drift_total = metrics_counter(m, "onepassword_drift_corrected_total",
					 "Secrets whose values somebody else had changed.", "");
	t->leading = metrics_gauge(m, "leader_election_master_status",
				   "Whether this instance leads (1) or stands by (0).", "name");
	telemetry_set_leading(t, false);
	metrics_callback(m, "onepassword_items", "OnePasswordItem resources that are watched.", "gauge",
			 items, t);
	metrics_callback(m, "onepassword_items_not_ready",
			 "OnePasswordItem resources whose condition Ready is not True.", "gauge",
			 items_not_ready, t);
	metrics_callback(m, "onepassword_restarts_waiting",
			 "Workloads that wait for their restart, once for each Secret that they wait on.",
			 "gauge", restarts_waiting, t);
	metrics_callback(m, "onepassword_restarts_in_progress",
			 "Restarted workloads whose pods are still being replaced.", "gauge",
			 restarts_in_progress, t);
}
