#include "operator/watches.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/client.h"
#include "http/server.h"
#include "operator/onepassworditem.h"
#include "operator/secretmeta.h"
#include "operator/workload.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define LIST(kind, items)                                                                                    \
	"{\"kind\":\"" kind "List\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[" items "]}"

/* Watches at an API server that lets nobody see Deployments, and has a resource that makes no sense. */
struct rig {
	pthread_mutex_t mutex; /* guards lines */
	pthread_cond_t changed;
	struct strv lines;     /* of the log, warnings and errors */
	atomic_int items_code; /* 0: the list of OnePasswordItems is fine */
	struct http_server *server;
	char kubeconfig[64];
	struct kube_config *kube;
	struct metrics *metrics;
	struct metric *skipped;
	struct shared shared;
	struct cancel *cancel;
	struct watches *watches;
};

static void keep_line(void *arg, const char *line, size_t len)
{
	struct rig *r = arg;
	char *text = mem_strndup(line, len);
	SYNC_SCOPE(&r->mutex);

	strv_add_take(&r->lines, &text);
	pthread_cond_broadcast(&r->changed);
}

static const char *list_of(const char *path)
{
	if (strstr(path, "/onepassworditems"))
		return LIST("OnePasswordItem",
			    "{\"kind\":\"OnePasswordItem\",\"metadata\":{\"name\":\"x\"}}");
	if (strstr(path, "/statefulsets"))
		return LIST("StatefulSet", "");
	if (strstr(path, "/daemonsets"))
		return LIST("DaemonSet", "");
	if (strstr(path, "/cronjobs"))
		return LIST("CronJob", "");
	return LIST("PartialObjectMetadata", "");
}

static void serve(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct rig *r = arg;
	const char *list = list_of(req->path);
	const bool refused = strstr(req->path, "/deployments") || strstr(req->query, "watch=1");
	const int items_code = strstr(req->path, "/onepassworditems") ? atomic_load(&r->items_code) : 0;
	const int code = items_code ? items_code : strstr(req->path, "/rollouts") ? 404 : refused ? 403 : 200;

	http_reply_status(reply, code);
	http_reply_content_type(reply, "application/json");
	if (code == 200)
		CHECK_OK(secret_add(http_reply_body(reply), list, strlen(list)));
}

static void write_kubeconfig(struct rig *r)
{
	FILE *f;
	int fd;

	snprintf(r->kubeconfig, sizeof(r->kubeconfig), "/tmp/watches_test-XXXXXX");
	fd = mkstemp(r->kubeconfig);
	CHECK(fd >= 0);
	f = fdopen(fd, "w");
	fprintf(f,
		"apiVersion: v1\nkind: Config\ncurrent-context: c\n"
		"contexts: [{name: c, context: {cluster: k, user: u}}]\n"
		"clusters: [{name: k, cluster: {server: \"http://127.0.0.1:%d\"}}]\n"
		"users: [{name: u, user: {token: t}}]\n",
		http_server_port(r->server));
	fclose(f);
}

static void rig_init(struct rig *r, int items_code)
{
	static const char *const environment[] = {NULL};
	const struct http_server_options options = {.name = "api", .address = "127.0.0.1"};

	*r = (struct rig){.cancel = cancel_new(NULL), .metrics = metrics_new(), .items_code = items_code};
	sync_mutex_init(&r->mutex);
	sync_cond_init(&r->changed);
	log_configure(LOG_WARN, LOG_JSON);
	log_set_sink(keep_line, r);
	http_client_global_init();
	CHECK_OK(http_server_start(&options, serve, r, &r->server));
	write_kubeconfig(r);
	CHECK_OK(kube_config_load(r->kubeconfig, environment, &r->kube));
	r->skipped = metrics_counter(r->metrics, "skipped_total", "", "resource");
	r->shared.items = kstore_new_packed(&onepassworditem_form);
	r->shared.secrets = kstore_new_packed(&secretmeta_form);
	workloads_init(&r->shared.workloads);
	r->shared.queue = workqueue_new(&(struct workqueue_options){
		.name = "test", .backoff_ms = 1, .backoff_max_ms = 1, .max_keys = 100});
}

static void rig_start_with(struct rig *r, int items_code)
{
	static const struct strv all;
	struct watches_options options = {.shared = &r->shared, .namespaces = &all};

	rig_init(r, items_code);
	options.kube = r->kube;
	options.metrics.skipped = r->skipped;
	options.cancel = r->cancel;
	CHECK_OK(watches_start(&options, &r->watches));
}

static void rig_start(struct rig *r)
{
	rig_start_with(r, 0);
}

static void rig_release(struct rig *r)
{
	cancel_set(r->cancel);
	watches_join(r->watches);
	kube_config_free(r->kube);
	http_server_stop(r->server, 1000);
	unlink(r->kubeconfig);
	workqueue_free(r->shared.queue);
	kstore_free(r->shared.items);
	kstore_free(r->shared.secrets);
	workloads_release(&r->shared.workloads);
	metrics_free(r->metrics);
	cancel_free(r->cancel);
	strv_release(&r->lines);
	sync_cond_destroy(&r->changed);
	sync_mutex_destroy(&r->mutex);
	http_client_global_release();
	log_set_sink(NULL, NULL);
	CHECK_INT(err_live(), 0);
}

static const char *find_line(const struct rig *r, const char *part)
{
	for (size_t i = 0; i < r->lines.n; i++)
		if (strstr(r->lines.v[i], part))
			return r->lines.v[i];
	return NULL;
}

/* The caller holds the mutex. */
static const char *wait_for_line(struct rig *r, const char *part)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	const char *line;

	while (!(line = find_line(r, part)))
		CHECK_MSG(sync_cond_wait_until(&r->changed, &r->mutex, deadline_ns), "no line has %s", part);
	return line;
}

TEST(watches, what_may_not_be_listed_is_told_in_one_readable_line)
{
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	const char *line;
	struct rig r;

	rig_start(&r);
	sync_mutex_lock(&r.mutex);
	line = wait_for_line(&r, "deployments");
	/* The parser refuses a member that comes twice. */
	CHECK_OK(jsonx_parse(line, strlen(line), &json));
	CHECK_STR(jsonx_get_str(json, "resource"), "deployments");
	CHECK_STR(jsonx_get_str(json, "kind"), "denied");
	sync_mutex_unlock(&r.mutex);
	rig_release(&r);
}

/* Until readiness says that, or nothing for want NULL. */
static void wait_for_why(struct rig *r, const char *want)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;

	for (;;) {
		struct strbuf why CLEANUP(strbuf_release) = {0};

		strbuf_init(&why, 1024);
		if (watches_are_synced(r->watches, &why) ? !want : want && streq(why.p, want))
			return;
		CHECK_MSG(clock_now_ns(NULL) < deadline_ns, "%s", why.p);
		cancel_sleep_ms(r->cancel, 1);
	}
}

TEST(watches, kinds_that_may_not_be_listed_or_are_not_there_are_left_out)
{
	struct rig r;

	rig_start(&r);
	wait_for_why(&r, NULL);
	/* That Argo Rollouts is not installed is nothing to tell. */
	sync_mutex_lock(&r.mutex);
	CHECK(!find_line(&r, "rollouts"));
	sync_mutex_unlock(&r.mutex);
	rig_release(&r);
}

TEST(watches, a_kind_is_known_that_is_listed_is_not_there_or_stays_forbidden)
{
	CHECK(watches_kind_is_known(true, 0, 0));
	CHECK(!watches_kind_is_known(true, ERR_UNAVAILABLE, WATCHES_LEFT_OUT_MS));
	CHECK(!watches_kind_is_known(true, ERR_DENIED, WATCHES_LEFT_OUT_MS)); /* workloads that were known */
	CHECK(!watches_kind_is_known(false, 0, WATCHES_LEFT_OUT_MS));
	CHECK(watches_kind_is_known(false, ERR_NOT_FOUND, 0));
	CHECK(!watches_kind_is_known(false, ERR_DENIED, WATCHES_LEFT_OUT_MS - 1));
	CHECK(watches_kind_is_known(false, ERR_DENIED, WATCHES_LEFT_OUT_MS));
}

TEST(watches, without_the_crd_readiness_and_log_say_so_until_it_comes)
{
	struct rig r;

	rig_start_with(&r, 404);
	wait_for_why(&r, "the CRD onepassworditems.onepassword.com is not installed: apply "
			 "deploy/crds/onepassworditems.onepassword.com.yaml, and all goes on within half a "
			 "minute\n");
	sync_mutex_lock(&r.mutex);
	wait_for_line(&r, "the CRD onepassworditems.onepassword.com is not installed");
	sync_mutex_unlock(&r.mutex);
	atomic_store(&r.items_code, 0);
	wait_for_why(&r, NULL);
	rig_release(&r);
}

TEST(watches, without_the_right_to_list_resources_readiness_says_so)
{
	struct rig r;

	rig_start_with(&r, 403);
	wait_for_why(&r, "onepassworditems of namespace (all) can't be listed: the right to list and watch "
			 "them is missing\n");
	rig_release(&r);
}

TEST(watches, objects_that_cannot_be_read_are_counted)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	struct rig r;

	rig_start(&r);
	while (metric_value(r.skipped, METRIC_LABELS("onepassworditems")) < 1) {
		CHECK(clock_now_ns(NULL) < deadline_ns);
		cancel_sleep_ms(r.cancel, 1);
	}
	rig_release(&r);
}
