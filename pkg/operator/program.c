#include "operator/program.h"

#include "base/mem.h"
#include "base/rand.h"
#include "controller/ops.h"
#include "operator/accesstoken.h"
#include "operator/dryrun.h"
#include "operator/manageconnect.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"
#include "operator/poller.h"
#include "operator/reconcile.h"
#include "operator/secretmeta.h"
#include "operator/telemetry.h"
#include "operator/watches.h"
#include "operator/workload.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USER_AGENT "onepassword-operator/" VERSION
#define CONTROLLER "onepassworditem"
/* Events are about workloads; by this name 1Password's operator reports them. */
#define EVENT_COMPONENT "onepassword-operator-deployment"
#define BACKOFF_MS 500
#define BACKOFF_MAX_MS 300000
#define LEASE_TRIES 4
#define LEASE_TRY_MS 1000
#define KEYS_MAX 500000
#define COMPARE_MS (6 * INT64_C(3600000))
#define DRAIN_MS 20000
#define CONNECT_GRACE_MS 10000
#define HOST_SIZE 256
#define STORES_LOOK_MS 20
#define DRY_RUN_STORES_MS 60000

static const struct logger log_main = {.name = "setup"};

struct program {
	const struct settings *settings;
	struct kube_config *kube;
	struct op_endpoint *connect;
	struct telemetry *telemetry;
	struct shared shared;
	struct cancel *cancel;                      /* the root of every token here */
	struct cancel *watching, *asking, *working; /* asking: the start and the poller */

	struct ops *ops;
	struct watches *_Atomic watches; /* readiness looks at it while it starts */
	struct poller *poller;
	struct worker_pool *workers;
	struct lease *lease;
	bool lease_started;
	pthread_t starter;
	bool starter_started;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	bool leading, stopping, working_now;
	err_t failure;
};

static void change(struct program *p, bool *flag)
{
	SYNC_SCOPE(&p->mutex);
	*flag = true;
	pthread_cond_broadcast(&p->changed);
}

static void fail(struct program *p, err_t e)
{
	SYNC_SCOPE(&p->mutex);
	if (p->failure)
		err_free(e);
	else
		p->failure = e;
	pthread_cond_broadcast(&p->changed);
}

static void on_gain(void *arg)
{
	struct program *p = arg;

	log_info(&log_main, "leading");
	telemetry_set_leading(p->telemetry, true);
	change(p, &p->leading);
}

static void on_loss(void *arg)
{
	struct program *p = arg;

	telemetry_set_leading(p->telemetry, false);
	fail(p, err_new(ERR_CONFLICT, "leadership lost"));
}

static const char *own_namespace(const struct program *p)
{
	const char *namespace = kube_config_namespace(p->kube);

	if (!str_empty(p->settings->pod_namespace))
		return p->settings->pod_namespace;
	return namespace ? namespace : "default";
}

static void on_election_trouble(void *arg, const struct err *e)
{
	const struct program *p = arg;

	if (e)
		log_warn(&log_main, "cannot take part in the election; trying again",
			 F_STR("namespace", own_namespace(p)), F_STR("lease", p->settings->lease_name),
			 F_ERR(e));
	else
		log_info(&log_main, "taking part in the election again", F_STR("namespace", own_namespace(p)),
			 F_STR("lease", p->settings->lease_name));
}

static bool is_alive(void *arg, struct strbuf *out_why)
{
	struct program *p = arg;
	SYNC_SCOPE(&p->mutex);

	if (!p->failure)
		return true;
	strbuf_adds(out_why, err_text(p->failure));
	return false;
}

/* A standby is ready: its stores are warm. */
static bool is_ready(void *arg, struct strbuf *out_why)
{
	struct program *p = arg;
	const struct watches *watches = atomic_load(&p->watches);
	bool stopping, working, leading;

	sync_mutex_lock(&p->mutex);
	stopping = p->stopping;
	leading = p->leading;
	working = p->working_now;
	sync_mutex_unlock(&p->mutex);
	if (stopping)
		strbuf_adds(out_why, "stopping\n");
	else if (!watches)
		strbuf_adds(out_why, "starting\n");
	else if (watches_are_synced(watches, out_why) && leading && !working)
		strbuf_adds(out_why, "the workers have not started yet\n");
	return out_why->len == 0;
}

static void shared_init(struct program *p)
{
	struct shared *s = &p->shared;

	s->items = kstore_new_packed(&onepassworditem_form);
	s->secrets = kstore_new_packed(&secretmeta_form);
	workloads_init(&s->workloads);
	s->catalog = catalog_new();
	s->itemfetch = itemfetch_new();
	s->memos = memos_new();
	s->contests = contests_new();
	trouble_init(&s->trouble);
	s->late = late_new();
	if (!str_empty(p->settings->namespace_selector))
		s->namespaces = kstore_new(NULL);
	s->pace = pace_new(&(struct pace_options){
		.per_second = p->settings->restarts_per_second,
		.in_progress = p->settings->restarts_in_progress,
		.workloads = &s->workloads,
	});
	s->auto_restart = p->settings->auto_restart;
	s->copy_annotations = p->settings->copy_annotations;
	s->allow_empty_values = p->settings->allow_empty_values;
	s->poll_ms = p->settings->poll_ns / NS_PER_MS;
	s->restart_window_ms = p->settings->restart_window_ns / NS_PER_MS;
	s->compare_ms = COMPARE_MS;
	telemetry_bind(p->telemetry, s);
}

static void shared_release(struct shared *s)
{
	kstore_free(s->items);
	kstore_free(s->secrets);
	kstore_free(s->namespaces);
	kube_selector_free(s->item_selector);
	pace_free(s->pace);
	late_free(s->late);
	workloads_release(&s->workloads);
	catalog_free(s->catalog);
	itemfetch_free(s->itemfetch);
	memos_free(s->memos);
	contests_free(s->contests);
	trouble_release(&s->trouble);
}

static err_t start_ops(struct program *p)
{
	const struct settings *s = p->settings;
	char *cert_path CLEANUP(mem_freep) = mem_printf("%s/%s", s->metrics_cert_path, s->metrics_cert_name);
	char *key_path CLEANUP(mem_freep) = mem_printf("%s/%s", s->metrics_cert_path, s->metrics_cert_key);
	const bool has_certificate = !str_empty(s->metrics_cert_path);
	const struct ops_options options = {
		.health_address = s->health_address,
		.metrics_address = s->metrics_address,
		.metrics_secure = s->metrics_secure,
		.metrics_cert_path = has_certificate ? cert_path : NULL,
		.metrics_key_path = has_certificate ? key_path : NULL,
		.metrics = telemetry_metrics(p->telemetry),
		.kube = p->kube,
		.is_alive = is_alive,
		.is_ready = is_ready,
		.arg = p,
	};

	return ops_start(&options, &p->ops);
}

static err_t start_watches(struct program *p)
{
	const struct watches_options options = {
		.shared = &p->shared,
		.kube = p->kube,
		.observer = telemetry_kube(p->telemetry),
		.metrics = telemetry_informers(p->telemetry),
		.cancel = p->watching,
		.namespaces = &p->settings->watch_namespaces,
		.item_selector = p->settings->item_selector,
		.namespace_selector = p->settings->namespace_selector,
	};

	struct watches *watches = NULL;

	if (!str_empty(p->settings->item_selector))
		TRY_(kube_selector_parse(p->settings->item_selector, &p->shared.item_selector));
	TRY_(watches_start(&options, &watches));
	atomic_store(&p->watches, watches);
	atomic_store(&p->shared.watches, watches);
	return NULL;
}

/* ERR_CANCELED: we stop. timeout_ms 0: as long as it takes. */
static err_t wait_for_stores(struct program *p, int64_t timeout_ms)
{
	for (int64_t waited_ms = 0;; waited_ms += STORES_LOOK_MS) {
		struct strbuf why CLEANUP(strbuf_release) = {0};

		strbuf_init(&why, 65536);
		TRY_(watches_check(p->watches));
		if (watches_are_synced(p->watches, &why))
			return NULL;
		if (timeout_ms > 0 && waited_ms >= timeout_ms)
			return err_new(ERR_TIMEOUT, "%s", why.p);
		if (cancel_sleep_ms(p->asking, STORES_LOOK_MS))
			return err_new(ERR_CANCELED, "stopped while the stores were filled");
	}
}

/* In a pod its name. */
static const char *host_name(char out[HOST_SIZE])
{
	memset(out, 0, HOST_SIZE);
	gethostname(out, HOST_SIZE - 1);
	return out;
}

static struct lease *make_lease(const struct program *p)
{
	char host[HOST_SIZE], uuid[RAND_UUID_SIZE];
	char *identity CLEANUP(mem_freep) = NULL;

	rand_uuid(uuid);
	identity = mem_printf("%s_%s", host_name(host), uuid);
	return lease_new(&(struct lease_options){
		.namespace = own_namespace(p),
		.name = p->settings->lease_name,
		.identity = identity,
		.duration_ms = 15000,
		.renew_ms = 10000,
		.retry_ms = 2000,
		.slow = telemetry_lease_slow(p->telemetry),
	});
}

/* Without the right to Leases, which the ClusterRole of the original's chart does not give, and without being
 * asked for an election, the operator works unelected. An API server that has just started knows no rights
 * yet, so one refusal is not enough. */
static bool may_not_elect(struct program *p)
{
	struct kube_client *client CLEANUP(kube_client_freep) = NULL;
	bool leader = false;
	err_t e CLEANUP(err_freep) =
		kube_client_new(p->kube, USER_AGENT, telemetry_kube(p->telemetry), &client);

	if (e || p->settings->leader_elect == CONFIG_AUTO_ON)
		return false;
	for (int tries = 0; tries < LEASE_TRIES; tries++) {
		err_free(TAKE(e));
		if (cancel_sleep_ms(p->asking, tries > 0 ? LEASE_TRY_MS : 0))
			return false;
		e = lease_try(p->lease, client, p->asking, &leader);
		if (!err_is(e, ERR_DENIED))
			return false;
	}
	log_warn(&log_main,
		 "no right to Leases: running without leader election; run one replica only, or grant get, "
		 "create and update on leases",
		 F_STR("namespace", own_namespace(p)), F_ERR(e));
	return true;
}

static err_t elect(struct program *p)
{
	const struct lease_calls calls = {
		.on_gain = on_gain, .on_loss = on_loss, .on_trouble = on_election_trouble, .arg = p};

	if (p->settings->leader_elect == CONFIG_AUTO_OFF) {
		change(p, &p->leading);
		return NULL;
	}
	p->lease = make_lease(p);
	if (may_not_elect(p)) {
		lease_free(TAKE(p->lease));
		change(p, &p->leading);
		return NULL;
	}
	atomic_store(&p->shared.lease, p->lease);
	log_info(&log_main, "waiting for the leadership", F_STR("namespace", own_namespace(p)),
		 F_STR("lease", p->settings->lease_name));
	TRY_(lease_start(p->lease, p->kube, telemetry_kube(p->telemetry), &calls));
	p->lease_started = true;
	return NULL;
}

static bool wait_to_lead(struct program *p)
{
	SYNC_SCOPE(&p->mutex);
	while (!p->leading && !p->stopping && !p->failure)
		sync_cond_wait(&p->changed, &p->mutex);
	return p->leading && !p->stopping && !p->failure;
}

static void clients_free(void *state)
{
	struct clients *c = state;

	kube_client_free(c->kube);
	op_client_free(c->connect);
	mem_free(c);
}

static err_t clients_new(void *arg, void **out)
{
	struct program *p = arg;
	struct clients *c = MEM_NEW(struct clients);
	err_t e = kube_client_new(p->kube, USER_AGENT, telemetry_kube(p->telemetry), &c->kube);

	if (!e)
		e = op_client_new(p->connect, telemetry_connect(p->telemetry), &c->connect);
	if (e)
		clients_free(c);
	else
		*out = c;
	return e;
}

static err_t start_events(struct program *p)
{
	char host[HOST_SIZE];
	const struct event_recorder_options options = {
		.component = EVENT_COMPONENT,
		.instance = host_name(host),
		.dropped = telemetry_events_dropped(p->telemetry),
	};

	return event_recorder_start(p->kube, &options, telemetry_kube(p->telemetry), &p->shared.events);
}

static err_t deploy_connect(struct program *p)
{
	struct kube_client *client CLEANUP(kube_client_freep) = NULL;

	if (!p->settings->manage_connect)
		return NULL;
	TRY_(kube_client_new(p->kube, USER_AGENT, telemetry_kube(p->telemetry), &client));
	return manageconnect(client, p->settings->connect_manifests, own_namespace(p), p->asking);
}

static err_t start_work(struct program *p)
{
	const struct poller_options poller = {
		.shared = &p->shared,
		.connect = p->connect,
		.token_file = p->settings->connect_token_file,
		.pod_namespace = own_namespace(p),
		.pod_name = p->settings->pod_name,
		.observer = telemetry_connect(p->telemetry),
		.cancel = p->asking,
		.interval_ms = p->shared.poll_ms,
		.change_feed = p->settings->change_feed,
		.grace_ms = CONNECT_GRACE_MS,
	};
	const struct worker_pool_options workers = {
		.controller = CONTROLLER,
		.queue = p->shared.queue,
		.metrics = telemetry_metrics(p->telemetry),
		.cancel = p->working,
		.workers = (int)p->settings->workers,
		.state_new = clients_new,
		.state_free = clients_free,
		.state_arg = p,
		.reconcile = reconcile_secret,
		.arg = &p->shared,
	};

	TRY_(deploy_connect(p));
	TRY_(start_events(p));
	TRY_(poller_start(&poller, &p->poller));
	shared_queue_all(&p->shared);
	TRY_(worker_pool_start(&workers, &p->workers));
	change(p, &p->working_now);
	log_info(&log_main, "working", F_STR("version", VERSION), F_INT("items", kstore_len(p->shared.items)),
		 F_INT("workers", p->settings->workers));
	return NULL;
}

/* A thread of its own, because each step may take as long as the cluster lets it. */
static void *starter_main(void *arg)
{
	struct program *p = arg;
	err_t e = wait_for_stores(p, 0);

	if (err_is(e, ERR_CANCELED)) {
		err_free(e);
		return NULL;
	}
	if (!e)
		e = elect(p);
	if (!e && wait_to_lead(p))
		e = start_work(p);
	if (e)
		fail(p, e);
	return NULL;
}

static err_t start_connect(struct program *p)
{
	struct secret *token CLEANUP(secret_freep) = NULL;

	if (!str_empty(p->settings->connect_token_file))
		TRY_(accesstoken_read(p->settings->connect_token_file, &token));
	TRY(op_endpoint_new(p->settings->connect_host, token ? token : p->settings->connect_token,
			    &p->connect),
	    "OP_CONNECT_HOST");
	return NULL;
}

static err_t start(struct program *p)
{
	TRY_(start_connect(p));
	TRY_(start_ops(p));
	TRY_(start_watches(p));
	sync_thread_start(&p->starter, "starter", starter_main, p);
	p->starter_started = true;
	return NULL;
}

static struct program *program_new(const struct settings *settings, struct kube_config *kube)
{
	struct program *p = MEM_NEW(struct program);

	p->settings = settings;
	p->kube = kube;
	sync_mutex_init(&p->mutex);
	sync_cond_init(&p->changed);
	p->cancel = cancel_new(NULL);
	p->watching = cancel_new(p->cancel);
	p->asking = cancel_new(p->cancel);
	p->working = cancel_new(p->cancel);
	p->telemetry = telemetry_new(kube_config_server(kube));
	shared_init(p);
	p->shared.queue = workqueue_new(&(struct workqueue_options){
		.name = CONTROLLER,
		.metrics = telemetry_metrics(p->telemetry),
		.backoff_ms = BACKOFF_MS,
		.backoff_max_ms = BACKOFF_MAX_MS,
		.max_keys = KEYS_MAX,
	});
	return p;
}

err_t program_start(const struct settings *settings, struct kube_config *kube, struct program **out)
{
	struct program *p = program_new(settings, kube);
	err_t e = start(p);

	if (e)
		program_free(p);
	else
		*out = p;
	return e;
}

static err_t look_dry(struct program *p, struct clients *clients, struct strbuf *out, size_t *out_failed)
{
	bool moved = false;

	kube_client_set_dry_run(clients->kube);
	TRY_(wait_for_stores(p, DRY_RUN_STORES_MS));
	TRY_(catalog_poll(p->shared.catalog, clients->connect, true, p->asking, &moved));
	return dryrun(&p->shared, clients, p->asking, out, out_failed);
}

err_t program_dry_run(const struct settings *settings, struct kube_config *kube, struct strbuf *out,
		      size_t *out_failed)
{
	struct program *p = program_new(settings, kube);
	void *clients = NULL;
	err_t e = start_connect(p);

	if (!e)
		e = start_watches(p);
	if (!e)
		e = clients_new(p, &clients);
	if (!e)
		e = look_dry(p, clients, out, out_failed);
	if (clients)
		clients_free(clients);
	program_free(p);
	return e;
}

err_t program_wait(struct program *p)
{
	SYNC_SCOPE(&p->mutex);
	while (!p->stopping && !p->failure)
		sync_cond_wait(&p->changed, &p->mutex);
	return TAKE(p->failure);
}

void program_stop(struct program *p)
{
	change(p, &p->stopping);
}

void program_free(struct program *p)
{
	cancel_set(p->asking);
	change(p, &p->stopping);
	if (p->starter_started)
		sync_thread_join(p->starter);
	worker_pool_stop(p->workers, DRAIN_MS);
	poller_join(p->poller);
	event_recorder_stop(p->shared.events);
	if (p->lease_started)
		lease_stop(p->lease);
	cancel_set(p->cancel);
	watches_join(p->watches);
	ops_stop(p->ops);
	lease_free(p->lease);
	workqueue_free(p->shared.queue);
	shared_release(&p->shared);
	telemetry_free(p->telemetry);
	op_endpoint_free(p->connect);
	cancel_free(p->working);
	cancel_free(p->asking);
	cancel_free(p->watching);
	cancel_free(p->cancel);
	err_free(p->failure);
	sync_cond_destroy(&p->changed);
	sync_mutex_destroy(&p->mutex);
	mem_free(p);
}
