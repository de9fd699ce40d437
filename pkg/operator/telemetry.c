#include "operator/telemetry.h"

#include "base/mem.h"
#include "kube/store.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <stdio.h>

struct telemetry {
	struct metrics *metrics;
	const char *kube_host;
	struct metric *leading, *kube_requests, *connect_requests, *connect_seconds, *lease_slow,
		*events_dropped, *conditions, *not_ready;
	struct reflector_metrics informers;
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

	metric_add(t->connect_requests, METRIC_LABELS("GET", route, code_text(code, text)),
		   1); /* nothing is written there */
	metric_observe(t->connect_seconds, METRIC_LABELS(route), (double)duration_ns / (double)NS_PER_S);
}

static struct reflector_metrics make_informers(struct metrics *m)
{
	return (struct reflector_metrics){
		.skipped =
			metrics_counter(m, "onepassword_objects_skipped_total",
					"Objects that could not be read, each time they came.", "resource"),
		.lists = metrics_counter(m, "onepassword_informer_relists_total",
					 "Complete lists from the API server, the first one included.",
					 "resource"),
		.watches = metrics_counter(m, "onepassword_informer_watch_reconnects_total",
					   "Watches that were opened, the first one included.", "resource"),
		.last_event = metrics_gauge(m, "onepassword_informer_last_event_timestamp_seconds",
					    "When a list or a watch last brought something, in Unix time.",
					    "resource"),
	};
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
					      "Requests to 1Password Connect.", "method route code");
	t->connect_seconds = metrics_histogram(m, "onepassword_connect_request_duration_seconds",
					       "How long requests to 1Password Connect took.", "route",
					       seconds_buckets, ARRAY_LEN(seconds_buckets));
	t->informers = make_informers(m);
	t->lease_slow =
		metrics_counter(m, "leader_election_slowpath_total",
				"Total number of slow path exercised in renewing leader leases.", "name");
	metric_add(t->lease_slow, METRIC_LABELS(NAME_LEASE), 0);
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

struct reflector_metrics telemetry_informers(const struct telemetry *t)
{
	return t->informers;
}

struct metric *telemetry_lease_slow(const struct telemetry *t)
{
	return t->lease_slow;
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

static const char *const ready_statuses[] = {"True", "False", "Unknown"};

static void count_ready(void *arg, const char *key, const struct kobj *o)
{
	const char *ready = ((const struct onepassworditem *)o)->status.ready;
	size_t *n = arg;

	(void)key;
	n[streq(ready, "True") ? 0 : streq(ready, "False") ? 1 : 2]++;
}

/* By status, not by resource: there may be more resources than series. */
static void count_conditions(void *arg)
{
	const struct telemetry *t = arg;
	size_t n[ARRAY_LEN(ready_statuses)] = {0};

	kstore_each(t->shared->items, count_ready, n);
	for (size_t i = 0; i < ARRAY_LEN(ready_statuses); i++)
		metric_set(t->conditions, METRIC_LABELS("Ready", ready_statuses[i]), (double)n[i]);
	metric_set(t->not_ready, METRIC_NO_LABELS, (double)(n[1] + n[2]));
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
	s->restart_failures =
		metrics_counter(m, "onepassword_restart_failures_total",
				"Restarts of workloads that the API server did not take.", "kind");
	s->last_sync = metrics_gauge(m, "onepassword_item_last_sync_timestamp_seconds",
				     "When a Secret was last seen or brought in line, in Unix time.", "");
	s->polls_skipped = metrics_counter(m, "onepassword_connect_poll_skipped_total",
					   "Polls of Connect that found nothing changed.", "");
	s->token_expiry = metrics_gauge(
		m, "onepassword_token_expiry_timestamp_seconds",
		"When the access token for Connect ends, in Unix time; 0: it does not say.", "");
	s->drift_total = metrics_counter(m, "onepassword_drift_corrected_total",
					 "Secrets whose values somebody else had changed.", "");
	s->contested_total = metrics_counter(
		m, "onepassword_contested_total",
		"What was put right again because another field manager had changed it.", "object manager");
	t->leading = metrics_gauge(m, "leader_election_master_status",
				   "Whether this instance leads (1) or stands by (0).", "name");
	telemetry_set_leading(t, false);
	metrics_callback(m, "onepassword_items", "OnePasswordItem resources that are watched.", "gauge",
			 items, t);
	t->not_ready = metrics_gauge(m, "onepassword_items_not_ready",
				     "OnePasswordItem resources whose condition Ready is not True.", "");
	t->conditions =
		metrics_gauge(m, "onepassword_item_status_condition",
			      "OnePasswordItem resources by the status of their condition.", "type status");
	metrics_before_render(m, count_conditions, t);
	metrics_callback(m, "onepassword_restart_pending",
			 "Workloads that wait for their restart, once for each Secret that they wait on.",
			 "gauge", restarts_waiting, t);
	metrics_callback(m, "onepassword_restarts_in_progress",
			 "Restarted workloads whose pods are still being replaced.", "gauge",
			 restarts_in_progress, t);
}
