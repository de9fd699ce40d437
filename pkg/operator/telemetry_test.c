#include "operator/telemetry.h"

#include "base/test.h"
#include "operator/cluster_test.h"

#include <string.h>

static void check_rendered(struct telemetry *t, const char *const *lines, size_t n)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 1u << 20);
	metrics_render(telemetry_metrics(t), &text);
	for (size_t i = 0; i < n; i++)
		CHECK_MSG(strstr(text.p, lines[i]), "%s is not in:\n%s", lines[i], text.p);
}

TEST(telemetry, counts_requests_by_the_labels_that_dashboards_know)
{
	static const char *const lines[] = {
		"rest_client_requests_total{code=\"200\",method=\"GET\",host=\"10.0.0.1:443\"} 2\n",
		"rest_client_requests_total{code=\"<error>\",method=\"PATCH\",host=\"10.0.0.1:443\"} 1\n",
		"onepassword_connect_requests_total{method=\"GET\",route=\"vaults\",code=\"200\"} 1\n",
		"onepassword_connect_requests_total{method=\"GET\",route=\"item\",code=\"<error>\"} 1\n",
		"onepassword_connect_request_duration_seconds_count{route=\"vaults\"} 1\n",
		"onepassword_operator_build_info",
	};
	struct telemetry *t = telemetry_new("https://10.0.0.1:443");
	const struct kube_observer *kube = telemetry_kube(t);
	const struct op_observer *connect = telemetry_connect(t);

	kube->done(kube->arg, "GET", 200);
	kube->done(kube->arg, "GET", 200);
	kube->done(kube->arg, "PATCH", 0);
	connect->done(connect->arg, "vaults", 200, NS_PER_MS);
	connect->done(connect->arg, "item", 0, NS_PER_S);
	check_rendered(t, lines, ARRAY_LEN(lines));
	telemetry_free(t);
	telemetry_free(NULL);
}

TEST(telemetry, counts_what_is_lost)
{
	static const char *const lines[] = {
		"onepassword_objects_skipped_total{resource=\"secrets\"} 1\n",
		"onepassword_events_dropped_total 3\n",
	};
	struct telemetry *t = telemetry_new("http://api");

	metric_add(telemetry_informers(t).skipped, METRIC_LABELS("secrets"), 1);
	metric_add(telemetry_events_dropped(t), METRIC_NO_LABELS, 3);
	check_rendered(t, lines, ARRAY_LEN(lines));
	telemetry_free(t);
}

TEST(telemetry, tells_who_leads)
{
	static const char *const standby[] = {
		"leader_election_master_status{name=\"c26807fd.onepassword.com\"} 0\n"};
	static const char *const leader[] = {
		"leader_election_master_status{name=\"c26807fd.onepassword.com\"} 1\n"};
	struct telemetry *t = telemetry_new("https://api");
	struct shared shared = {.items = kstore_new_packed(&onepassworditem_form)};

	telemetry_bind(t, &shared);
	check_rendered(t, standby, 1);
	telemetry_set_leading(t, true);
	check_rendered(t, leader, 1);
	telemetry_free(t);
	kstore_free(shared.items);
}

static void fail_once(struct cluster *c)
{
	bool moved, failed = false;

	CHECK_OK(catalog_poll(c->shared.catalog, c->clients.connect, false, c->cancel, &moved));
	for (int i = 0; i < 10 && !failed; i++) {
		int64_t again_ms = 0;
		err_t e CLEANUP(err_freep) = cluster_reconcile(c, CLUSTER_KEY, &again_ms);

		failed = e;
		cancel_sleep_ms(c->cancel, c->shared.restart_window_ms);
	}
	CHECK(failed);
}

TEST(telemetry, reconciles_count_what_they_did)
{
	static const char *const lines[] = {
		"onepassword_items 1\n",
		"onepassword_items_not_ready 1\n", /* its item is gone */
		"onepassword_item_status_condition{type=\"Ready\",status=\"True\"} 0\n",
		"onepassword_item_status_condition{type=\"Ready\",status=\"False\"} 1\n",
		"onepassword_item_status_condition{type=\"Ready\",status=\"Unknown\"} 0\n",
		"onepassword_item_last_sync_timestamp_seconds 1", /* a time of this century */
		"onepassword_restart_pending 0\n",
		"onepassword_restart_failures_total{kind=\"Deployment\"} 1\n",
		"onepassword_item_sync_total 3\n", /* made, rotated, put right */
		"onepassword_drift_corrected_total 1\n",
		"onepassword_contested_total{object=\"secret\",manager=\"kubectl-edit\"} 1\n",
		"onepassword_restart_total{kind=\"Deployment\"} 2\n",
		"onepassword_item_sync_errors_total{reason=\"ItemNotFound\"}",
	};
	struct telemetry *t = telemetry_new("https://api");
	struct cluster c;

	cluster_start(&c);
	telemetry_bind(t, &c.shared);
	cluster_add_item(&c, "},'spec':{'itemPath':'vaults/Team/items/Database'}");
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	c.api.refused = "Deployment";
	c.api.refused_code = 403;
	fail_once(&c);
	c.api.refused = NULL;
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit", "data\npassword\n", "\"aGFuZA==\"");
	cluster_settle(&c);
	c.connect.items[0].gone = true;
	c.connect.content_version++;
	cluster_settle(&c);
	check_rendered(t, lines, ARRAY_LEN(lines));
	telemetry_free(t);
	cluster_stop(&c);
}
