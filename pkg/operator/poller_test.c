#include "operator/poller.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/test.h"
#include "http/client.h"
#include "http/fake.h"
#include "http/server.h"
#include "operator/connectfake_test.h"
#include "operator/moved.h"
#include "operator/onepassworditem.h"
#include "operator/quoted_test.h"
#include "operator/secretmeta.h"
#include "operator/workload.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define INTERVAL_MS 5

/* A poller at a Connect that listens on loopback. */
struct rig {
	pthread_mutex_t mutex; /* guards connect and requests, which the server's threads use */
	struct connectfake connect;
	struct strv requests;
	const char *retry_after; /* NULL: none; else all is refused with it */
	int failures;            /* so many answers are 503 */
	struct http_server *server;
	struct op_endpoint *endpoint;
	struct shared shared;
	struct cancel *cancel;
	struct poller *poller;
	int64_t grace_ms;
	int64_t interval_ms; /* 0: INTERVAL_MS */
	bool listens, has_feed;
	bool restless; /* each answer about changes names another state */
	int states;
	int feed_failures; /* so many answers about changes are 503 */
};

/* One that does not wait. */
static void answer_changes(struct rig *r, struct http_response *out)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"cursor\":\"at-%d-%d\",\"vaults\":[]}", r->connect.content_version,
		 r->restless ? r->states++ : 0);
	if (!r->has_feed)
		http_fake_answer(out, 404, "404 page not found");
	else if (r->feed_failures > 0)
		http_fake_answer(out, 503, "{\"status\":503,\"message\":\"out\"}");
	else
		http_fake_answer(out, 200, text);
	r->feed_failures -= r->feed_failures > 0;
}

static void serve(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct rig *r = arg;
	const struct http_request request = {.method = req->method, .path = req->path};
	struct http_response answer CLEANUP(http_response_release) = {0};
	SYNC_SCOPE(&r->mutex);

	strv_add(&r->requests, req->path);
	r->connect.out = r->failures > 0;
	r->failures -= r->connect.out;
	if (str_has_prefix(req->path, "/connect-server/v1/changes"))
		answer_changes(r, &answer);
	else
		connectfake_answer(&r->connect, &request, &answer);
	http_reply_status(reply, r->retry_after ? 429 : answer.status);
	if (r->retry_after)
		http_reply_header(reply, "Retry-After", r->retry_after);
	http_reply_content_type(reply, "application/json");
	CHECK_OK(secret_add(http_reply_body(reply), secret_bytes(answer.body), secret_len(answer.body)));
}

static void put(struct kstore *store, struct kobj *o)
{
	struct kobj *old = NULL;

	CHECK(kstore_put(store, &o, &old));
	kobj_unref(old);
}

/* One resource, a workload that asks for a Secret, one that only uses one. */
static void add_objects(struct rig *r)
{
	struct jsonx *item CLEANUP(jsonx_freep) =
		quoted_json("{'metadata':{'name':'db','namespace':'team','uid':'1','resourceVersion':'1'}}");
	struct jsonx *asks CLEANUP(jsonx_freep) = quoted_json(
		"{'metadata':{'name':'web','namespace':'team','uid':'2','resourceVersion':'2','annotations':"
		"{'operator.1password.io/item-name':'tls'}}}");
	struct jsonx *uses CLEANUP(jsonx_freep) =
		quoted_json("{'metadata':{'name':'job','namespace':'team','uid':'3','resourceVersion':'3'},'"
			    "spec':{'template':"
			    "{'spec':{'volumes':[{'secret':{'secretName':'other'}}]}}}}");
	struct kobj *o = NULL;

	CHECK_OK(onepassworditem_decode(item, false, &o));
	put(r->shared.items, o);
	CHECK_OK(workload_decode(&kube_deployments, asks, NULL, &o));
	put(r->shared.workloads.stores[WORKLOAD_DEPLOYMENTS], o);
	CHECK_OK(workload_decode(&kube_deployments, uses, NULL, &o));
	put(r->shared.workloads.stores[WORKLOAD_DEPLOYMENTS], o);
}

static void drop_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	(void)len;
}

static void rig_start(struct rig *r)
{
	struct secret *token CLEANUP(secret_freep) = secret_from_str("t");
	const struct http_server_options options = {.name = "fake", .address = "127.0.0.1", .workers = 1};
	char host[64];

	*r = (struct rig){.cancel = cancel_new(NULL)};
	log_set_sink(drop_line, NULL);
	http_client_global_init();
	sync_mutex_init(&r->mutex);
	connectfake_init(&r->connect);
	CHECK_OK(http_server_start(&options, serve, r, &r->server));
	snprintf(host, sizeof(host), "http://127.0.0.1:%d", http_server_port(r->server));
	CHECK_OK(op_endpoint_new(host, token, &r->endpoint));
	r->shared.items = kstore_new_packed(&onepassworditem_form);
	r->shared.secrets = kstore_new_packed(&secretmeta_form);
	workloads_init(&r->shared.workloads);
	r->shared.catalog = catalog_new();
	r->shared.memos = memos_new();
	trouble_init(&r->shared.trouble);
	r->shared.queue = workqueue_new(&(struct workqueue_options){
		.name = "test", .backoff_ms = 1, .backoff_max_ms = 1, .max_keys = 100});
	add_objects(r);
}

static void poller_begin(struct rig *r)
{
	const struct poller_options options = {.shared = &r->shared,

					       .connect = r->endpoint,
					       .cancel = r->cancel,
					       .interval_ms =
						       r->interval_ms > 0 ? r->interval_ms : INTERVAL_MS,
					       .change_feed = r->listens,
					       .grace_ms = r->grace_ms};

	CHECK_OK(poller_start(&options, &r->poller));
}

static void rig_stop(struct rig *r)
{
	cancel_set(r->cancel);
	poller_join(r->poller);
	http_server_stop(r->server, 1000);
	op_endpoint_free(r->endpoint);
	workqueue_free(r->shared.queue);
	catalog_free(r->shared.catalog);
	memos_free(r->shared.memos);
	kstore_free(r->shared.items);
	kstore_free(r->shared.secrets);
	workloads_release(&r->shared.workloads);
	trouble_release(&r->shared.trouble);
	cancel_free(r->cancel);
	strv_release(&r->requests);
	sync_mutex_destroy(&r->mutex);
	http_client_global_release();
	log_set_sink(NULL, NULL);
	CHECK_INT(err_live(), 0);
}

/* Somebody's path has been resolved, so that its vault is looked at. */
static void resolve(struct rig *r)
{
	struct item_path path CLEANUP(item_path_release) = {0};
	struct op_client *client = NULL;
	struct resolution where;

	CHECK_OK(item_path_parse("vaults/Team/items/Database", &path));
	CHECK_OK(op_client_new(r->endpoint, NULL, &client));
	CHECK_OK(catalog_resolve(r->shared.catalog, client, &path, 0, r->cancel, &where));
	op_client_free(client);
}

/* A resource whose path leads to the item of that title, and a reconcile of it that was fine. */
static void add_fine(struct rig *r, const char *name, const char *title)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("{'metadata':{'name':'%s','namespace':'team','uid':'%s','resourceVersion':'9'},"
			   "'spec':{'itemPath':'vaults/Team/items/%s'}}",
			   name, name, title);
	char *key CLEANUP(mem_freep) = mem_printf("team/%s", name);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct item_path path CLEANUP(item_path_release) = {.vault = mem_strdup("Team"),
							    .item = mem_strdup(title)};
	struct memo memo = {0};
	struct resolution where;
	struct kobj *o = NULL;
	bool unknown;

	CHECK_OK(onepassworditem_decode(json, false, &o));
	put(r->shared.items, o);
	CHECK_OK(catalog_lookup(r->shared.catalog, &path, &where, &unknown));
	CHECK(!unknown);
	memo.fine_at = moved_mark(&where);
	memos_set(r->shared.memos, key, &memo);
}

/* Exactly the two Secrets that somebody asks for come, in any order. */
static void take_both(struct rig *r)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	bool db = false, tls = false;

	while (!db || !tls) {
		char *key CLEANUP(mem_freep) = workqueue_try_get(r->shared.queue);

		CHECK_MSG(clock_now_ns(NULL) < deadline_ns, "the keys do not come");
		if (!key) {
			cancel_sleep_ms(r->cancel, 1);
			continue;
		}
		workqueue_done(r->shared.queue, key);
		db |= streq(key, "team/db");
		tls |= streq(key, "team/tls");
		CHECK_MSG(streq(key, "team/db") || streq(key, "team/tls"), "%s", key);
	}
}

static size_t requests(struct rig *r)
{
	SYNC_SCOPE(&r->mutex);
	return r->requests.n;
}

static void wait_for_requests(struct rig *r, size_t n)
{
	const size_t want = requests(r) + n;
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;

	while (requests(r) < want) {
		CHECK_MSG(clock_now_ns(NULL) < deadline_ns, "the poller does not ask");
		cancel_sleep_ms(r->cancel, 1);
	}
}

static void set_failures(struct rig *r, int n)
{
	SYNC_SCOPE(&r->mutex);
	r->failures = n;
}

static void rotate(struct rig *r)
{
	SYNC_SCOPE(&r->mutex);
	connectfake_rotate(&r->connect, CONNECT_ITEM);
}

static bool is_in_trouble(struct rig *r)
{
	err_t e CLEANUP(err_freep) = trouble_get(&r->shared.trouble);

	return e;
}

TEST(poller, the_first_poll_is_done_when_it_has_started)
{
	struct rig r;

	rig_start(&r);
	poller_begin(&r);
	CHECK(requests(&r) >= 1);
	CHECK(workqueue_len(r.shared.queue) >= 1);
	CHECK(!is_in_trouble(&r));
	take_both(&r);
	rig_stop(&r);
}

TEST(poller, while_nothing_moves_it_asks_for_the_vaults_and_queues_nothing)
{
	struct rig r;
	struct metrics *metrics = metrics_new();
	struct metric *skipped = metrics_counter(metrics, "skipped_total", "", "");
	size_t before;

	rig_start(&r);
	resolve(&r);
	r.shared.polls_skipped = skipped;
	poller_begin(&r);
	take_both(&r);
	/* The versions that were read are new; once they are old, nothing is said about them any more. */
	wait_for_requests(&r, 10);
	while (workqueue_len(r.shared.queue) > 0)
		take_both(&r);
	before = requests(&r);
	wait_for_requests(&r, 5);
	CHECK_INT(workqueue_len(r.shared.queue), 0);
	cancel_set(r.cancel);
	poller_join(TAKE(r.poller));
	CHECK(metric_value(skipped, METRIC_NO_LABELS) >= 4);
	for (size_t i = before, lists = 0; i < r.requests.n; i++) {
		lists += !streq(r.requests.v[i], "/v1/vaults");
		CHECK_MSG(lists <= 1 + (r.requests.n - before) / 8, "%s",
			  r.requests.v[i]); /* the full polls */
	}
	rig_stop(&r);
	metrics_free(metrics);
}

TEST(poller, what_is_due_to_be_compared_comes_with_a_poll_by_the_interval)
{
	const struct memo due = {.compare_at_ns = 1};
	struct rig r;

	rig_start(&r);
	resolve(&r);
	poller_begin(&r);
	take_both(&r);
	memos_set(r.shared.memos, "team/db", &due);
	memos_set(r.shared.memos, "team/tls", &due);
	wait_for_requests(&r, 10); /* the versions are no longer new */
	take_both(&r);
	take_both(&r); /* it stays due until it is done */
	rig_stop(&r);
}

TEST(poller, what_moved_brings_every_key_that_nobody_has_looked_at)
{
	struct rig r;

	rig_start(&r);
	resolve(&r);
	poller_begin(&r);
	take_both(&r);
	rotate(&r);
	take_both(&r);
	rig_stop(&r);
}

static void wait_for_request(struct rig *r, const char *prefix, size_t n)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;

	for (;;) {
		size_t have = 0;

		CHECK_MSG(clock_now_ns(NULL) < deadline_ns, "nobody asks for %s", prefix);
		cancel_sleep_ms(r->cancel, 1);
		SYNC_SCOPE(&r->mutex);
		for (size_t i = 0; i < r->requests.n; i++)
			have += str_has_prefix(r->requests.v[i], prefix);
		if (have >= n)
			return;
	}
}

TEST(poller, what_moved_is_heard_of_long_before_the_interval_is_over)
{
	struct rig r;

	rig_start(&r);
	r.interval_ms = 3600000;
	r.listens = r.has_feed = true;
	r.feed_failures = 1;
	resolve(&r);
	poller_begin(&r);
	take_both(&r);
	wait_for_request(&r, "/connect-server/v1/changes", 3);
	while (workqueue_len(r.shared.queue) > 0)
		take_both(&r);
	rotate(&r);
	take_both(&r);
	CHECK(!is_in_trouble(&r));
	rig_stop(&r);
}

TEST(poller, what_moved_does_not_bring_the_keys_that_it_does_not_concern)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	struct rig r;
	bool rotated = false;

	rig_start(&r);
	r.interval_ms = 3600000; /* full polls bring all */
	r.listens = r.has_feed = true;
	resolve(&r);
	add_fine(&r, "rotated", "Database");
	add_fine(&r, "other", "Other");
	poller_begin(&r);
	wait_for_request(&r, "/connect-server/v1/changes", 2);
	rotate(&r);
	while (!rotated) {
		char *key CLEANUP(mem_freep) = workqueue_try_get(r.shared.queue);

		CHECK(clock_now_ns(NULL) < deadline_ns);
		if (!key)
			continue;
		CHECK_MSG(!streq(key, "team/other"), "%s", key);
		workqueue_done(r.shared.queue, key);
		rotated = streq(key, "team/rotated");
	}
	rig_stop(&r);
}

/* The server's word that nothing has moved in a vault is not trusted for ever, however busy the others are.
 */
TEST(poller, lists_are_read_every_so_often_also_while_there_are_news_all_the_time)
{
	struct rig r;
	size_t lists = 0;

	rig_start(&r);
	r.interval_ms = 200;
	r.listens = r.has_feed = r.restless = true;
	resolve(&r);
	poller_begin(&r);
	wait_for_request(&r, "/connect-server/v1/changes", 4);
	wait_for_request(&r, "/v1/vaults", 25);
	cancel_set(r.cancel);
	poller_join(TAKE(r.poller));
	for (size_t i = 0; i < r.requests.n; i++)
		lists += strstr(r.requests.v[i], "/items") != NULL;
	CHECK(lists >= 2); /* the first look, and the tenth poll */
	rig_stop(&r);
}

TEST(poller, a_server_without_a_feed_is_asked_once_and_polled)
{
	struct rig r;
	size_t asked = 0;

	rig_start(&r);
	r.listens = true;
	resolve(&r);
	poller_begin(&r);
	wait_for_request(&r, "/connect-server/v1/changes", 1);
	wait_for_requests(&r, 20);
	cancel_set(r.cancel);
	poller_join(TAKE(r.poller));
	for (size_t i = 0; i < r.requests.n; i++)
		asked += str_has_prefix(r.requests.v[i], "/connect-server/");
	CHECK_INT(asked, 1);
	CHECK(!is_in_trouble(&r));
	rig_stop(&r);
}

TEST(poller, one_failed_poll_is_no_outage)
{
	struct rig r;

	rig_start(&r);
	resolve(&r);
	poller_begin(&r);
	wait_for_requests(&r, 12);
	while (workqueue_len(r.shared.queue) > 0)
		take_both(&r);
	set_failures(&r, 1);
	wait_for_requests(&r, 4);
	CHECK_INT(workqueue_len(r.shared.queue), 0);
	CHECK(!is_in_trouble(&r));
	rig_stop(&r);
}

TEST(poller, an_outage_is_told_once_and_its_end_brings_every_key)
{
	struct rig r;

	rig_start(&r);
	resolve(&r);
	poller_begin(&r);
	wait_for_requests(&r, 12);
	while (workqueue_len(r.shared.queue) > 0)
		take_both(&r);
	set_failures(&r, INT_MAX);
	take_both(&r);
	CHECK(is_in_trouble(&r));
	wait_for_requests(&r, 4);
	CHECK_INT(workqueue_len(r.shared.queue), 0);
	set_failures(&r, 0);
	take_both(&r);
	CHECK(!is_in_trouble(&r));
	rig_stop(&r);
}

TEST(poller, a_server_that_starts_anew_is_no_outage)
{
	struct rig r;
	int64_t begin_ns;

	rig_start(&r);
	r.grace_ms = 1000;
	resolve(&r);
	poller_begin(&r);
	wait_for_requests(&r, 12);
	while (workqueue_len(r.shared.queue) > 0)
		take_both(&r);
	begin_ns = clock_now_ns(NULL);
	set_failures(&r, INT_MAX);
	wait_for_requests(&r, 4);
	CHECK(!is_in_trouble(&r) || clock_now_ns(NULL) - begin_ns >= NS_PER_S);
	take_both(&r);
	CHECK(is_in_trouble(&r));
	CHECK(clock_now_ns(NULL) - begin_ns >= NS_PER_S);
	rig_stop(&r);
}

TEST(poller, an_outage_at_the_start_is_told_at_once)
{
	struct rig r;

	rig_start(&r);
	set_failures(&r, INT_MAX);
	poller_begin(&r);
	CHECK(is_in_trouble(&r));
	take_both(&r);
	set_failures(&r, 0);
	take_both(&r);
	rig_stop(&r);
}

TEST(poller, waits_as_long_as_connect_asks)
{
	struct rig r;
	int64_t begin_ns;
	err_t e;

	rig_start(&r);
	r.retry_after = "1";
	begin_ns = clock_now_ns(NULL);
	poller_begin(&r);
	e = trouble_get(&r.shared.trouble);
	CHECK(err_is(e, ERR_THROTTLED));
	CHECK(err_retry_after_ms(e) > 0);
	err_free(e);
	CHECK_INT(requests(&r), 1);
	wait_for_requests(&r, 1);
	CHECK(clock_now_ns(NULL) - begin_ns >= NS_PER_S);
	rig_stop(&r);
}

TEST(poller, looks_at_once_when_a_reconcile_could_not_reach_connect)
{
	struct rig r;
	err_t away = err_new(ERR_UNAVAILABLE, "refused");
	size_t before;

	rig_start(&r);
	r.interval_ms = 3600000;
	poller_begin(&r);
	before = requests(&r);
	trouble_suspect(&r.shared.trouble, away);
	err_free(away);
	wait_for_requests(&r, 1);
	CHECK(requests(&r) > before);
	rig_stop(&r);
}
