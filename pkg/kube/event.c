#include "kube/event.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "kube/event_series.h"
#include "json/jsonw.h"
#include <string.h>

#define QUEUE_MAX 1000
#define MESSAGE_MAX 1024
#define BODY_MAX (16u << 10)
#define TRIES 12
#define RETRY_MS 10000
#define RETRY_JITTER_PERCENT 25
#define STOP_MS 2000

struct event {
	const struct kube_resource *resource;
	char *namespace, *name, *uid;
	char *type, *reason, *message;
	int64_t wall_ms;
};

struct event_recorder {
	struct kube_client *client;
	char *component, *instance;
	struct event_history *history;
	struct cancel *cancel;
	pthread_t thread;
	struct metric *dropped;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	struct event *queue[QUEUE_MAX]; /* a ring */
	size_t first, n;
	bool stopping, stopped;
};

static void event_free(struct event *e)
{
	mem_free(e->namespace);
	mem_free(e->name);
	mem_free(e->uid);
	mem_free(e->type);
	mem_free(e->reason);
	mem_free(e->message);
	mem_free(e);
}

static void add_involved(struct jsonw *w, const struct event *e)
{
	const struct kube_resource *r = e->resource;
	CLEANUP(mem_freep)
	char *api_version = *r->group ? mem_printf("%s/%s", r->group, r->version) : mem_strdup(r->version);

	jsonw_kobject(w, "involvedObject");
	jsonw_kstr(w, "apiVersion", api_version);
	jsonw_kstr(w, "kind", r->kind);
	if (!str_empty(e->namespace))
		jsonw_kstr(w, "namespace", e->namespace);
	jsonw_kstr(w, "name", e->name);
	if (!str_empty(e->uid))
		jsonw_kstr(w, "uid", e->uid);
	jsonw_end_object(w);
}

static void add_time(struct jsonw *w, const char *key, int64_t wall_ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(wall_ms, 0, text);
	jsonw_kstr(w, key, text);
}

/* Events of objects without a namespace belong into this one. */
static const char *namespace_of(const struct event *e)
{
	return str_empty(e->namespace) ? "default" : e->namespace;
}

static NODISCARD err_t format_new(const struct event_recorder *r, const struct event *e,
				  const struct event_series *s, const char *name, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", "v1");
	jsonw_kstr(&w, "kind", "Event");
	jsonw_kobject(&w, "metadata");
	jsonw_kstr(&w, "namespace", namespace_of(e));
	jsonw_kstr(&w, "name", name);
	jsonw_end_object(&w);
	add_involved(&w, e);
	jsonw_kstr(&w, "type", e->type);
	jsonw_kstr(&w, "reason", e->reason);
	jsonw_kstr(&w, "message", e->message);
	jsonw_kint(&w, "count", s->count);
	add_time(&w, "firstTimestamp", s->first_wall_ms);
	add_time(&w, "lastTimestamp", e->wall_ms);
	jsonw_kobject(&w, "source");
	jsonw_kstr(&w, "component", r->component);
	jsonw_end_object(&w);
	jsonw_kstr(&w, "reportingComponent", r->component);
	jsonw_kstr(&w, "reportingInstance", r->instance);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t format_count(const struct event *e, const struct event_series *s, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kint(&w, "count", s->count);
	add_time(&w, "lastTimestamp", e->wall_ms);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static NODISCARD err_t write_new(struct event_recorder *r, const struct event *e, struct event_series *s,
				 const char *name)
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(kube_object_release) struct kube_object o = {0};
	const struct kube_target t = {.resource = &kube_events, .namespace = namespace_of(e), .name = name};

	strbuf_init(&body, BODY_MAX);
	TRY_(format_new(r, e, s, name, &body));
	err_t error = kube_create(r->client, &t, NULL, body.p, body.len, r->cancel, &o);
	/* An answer that was lost: the name is ours alone. */
	if (error && !err_is(error, ERR_EXISTS))
		return error;
	err_free(error);
	memcpy(s->name, name, strlen(name) + 1);
	return NULL;
}

static NODISCARD err_t write_count(struct event_recorder *r, const struct event *e,
				   const struct event_series *s)
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(kube_object_release) struct kube_object o = {0};
	const struct kube_target t = {
		.resource = &kube_events, .namespace = namespace_of(e), .name = s->name};

	strbuf_init(&body, BODY_MAX);
	TRY_(format_count(e, s, &body));
	return kube_patch(r->client, &t, KUBE_PATCH_MERGE, NULL, body.p, body.len, r->cancel, &o);
}

static NODISCARD err_t write_event(struct event_recorder *r, const struct event *e, struct event_series *s,
				   const char *name)
{
	if (s->name[0]) {
		err_t error = write_count(r, e, s);

		/* Events live for an hour. */
		if (!err_is(error, ERR_NOT_FOUND))
			return error;
		err_free(error);
	}
	return write_new(r, e, s, name);
}

/* False when it is time to stop. */
static bool wait_for_retry(struct event_recorder *r)
{
	const int64_t ms = rand_jitter(RETRY_MS, RETRY_JITTER_PERCENT);
	const int64_t deadline_ns = clock_now_ns(NULL) + ms * NS_PER_MS;

	SYNC_SCOPE(&r->mutex);
	while (!r->stopping && sync_cond_wait_until(&r->changed, &r->mutex, deadline_ns))
		;
	return !r->stopping;
}

static bool may_pass(const struct err *e)
{
	return err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_TIMEOUT) || err_is(e, ERR_THROTTLED);
}

static bool deliver(struct event_recorder *r, const struct event *e)
{
	CLEANUP(mem_freep)
	char *object = mem_printf("%s/%s/%s/%s", e->resource->plural, e->namespace, e->name, e->uid);
	CLEANUP(mem_freep) char *text = mem_printf("%s\n%s\n%s", e->type, e->reason, e->message);
	struct event_series *s =
		event_history_count(r->history, object, text, clock_now_ns(NULL), e->wall_ms);
	char name[EVENT_NAME_SIZE];
	uint64_t number;

	if (!s)
		return false;
	rand_bytes(&number, sizeof(number));
	event_name_format(e->name, number, name);
	for (int i = 0; i < TRIES; i++) {
		CLEANUP(err_freep) err_t error = write_event(r, e, s, name);

		if (!error)
			return true;
		if (!may_pass(error) || !wait_for_retry(r))
			return false;
	}
	return false;
}

/* NULL: the end. */
static struct event *next(struct event_recorder *r)
{
	SYNC_SCOPE(&r->mutex);
	while (r->n == 0 && !r->stopping)
		sync_cond_wait(&r->changed, &r->mutex);
	if (r->n == 0)
		return NULL;
	struct event *e = r->queue[r->first];
	r->first = (r->first + 1) % QUEUE_MAX;
	r->n--;
	return e;
}

static void *thread_main(void *arg)
{
	struct event_recorder *r = arg;
	struct event *e;

	while ((e = next(r))) {
		if (cancel_is_set(r->cancel) || !deliver(r, e))
			metric_add(r->dropped, METRIC_NO_LABELS, 1);
		event_free(e);
	}
	SYNC_SCOPE(&r->mutex);
	r->stopped = true;
	pthread_cond_broadcast(&r->changed);
	return NULL;
}

struct event_recorder *event_recorder_start_on(struct kube_client *client,
					       const struct event_recorder_options *options)
{
	struct event_recorder *r = MEM_NEW(struct event_recorder);

	r->client = client;
	r->component = mem_strdup(options->component);
	r->instance = mem_strdup(options->instance);
	r->dropped = options->dropped;
	r->history = event_history_new();
	r->cancel = cancel_new(NULL);
	sync_mutex_init(&r->mutex);
	sync_cond_init(&r->changed);
	sync_thread_start(&r->thread, "events", thread_main, r);
	return r;
}

err_t event_recorder_start(struct kube_config *config, const struct event_recorder_options *options,
			   const struct kube_observer *observer, struct event_recorder **out)
{
	struct kube_client *client = NULL;

	TRY_(kube_client_new(config, NULL, observer, &client));
	*out = event_recorder_start_on(client, options);
	return NULL;
}

static char *printable_dup(const char *s)
{
	struct strbuf text;

	strbuf_init(&text, MESSAGE_MAX);
	str_add_printable(&text, s, MESSAGE_MAX);
	return strbuf_take(&text);
}

void event_record(struct event_recorder *r, const struct event_about *about, const char *type,
		  const char *reason, const char *message)
{
	if (!r)
		return;
	struct event *e = MEM_NEW(struct event);
	*e = (struct event){
		.resource = about->resource,
		.namespace = mem_strdup(about->namespace ? about->namespace : ""),
		.name = mem_strdup(about->name),
		.uid = mem_strdup(about->uid ? about->uid : ""),
		.type = mem_strdup(type),
		.reason = mem_strdup(reason),
		.message = printable_dup(message),
		.wall_ms = clock_wall_ms(),
	};
	sync_mutex_lock(&r->mutex);
	const bool fits = r->n < QUEUE_MAX && !r->stopping;
	if (fits) {
		r->queue[(r->first + r->n++) % QUEUE_MAX] = e;
		pthread_cond_broadcast(&r->changed);
	}
	sync_mutex_unlock(&r->mutex);
	if (!fits) {
		metric_add(r->dropped, METRIC_NO_LABELS, 1);
		event_free(e);
	}
}

static void drain(struct event_recorder *r)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + STOP_MS * NS_PER_MS;

	SYNC_SCOPE(&r->mutex);
	r->stopping = true;
	pthread_cond_broadcast(&r->changed);
	while (!r->stopped && sync_cond_wait_until(&r->changed, &r->mutex, deadline_ns))
		;
}

void event_recorder_stop(struct event_recorder *r)
{
	if (!r)
		return;
	drain(r);
	cancel_set(r->cancel);
	sync_thread_join(r->thread);
	event_history_free(r->history);
	kube_client_free(r->client);
	cancel_free(r->cancel);
	sync_cond_destroy(&r->changed);
	sync_mutex_destroy(&r->mutex);
	mem_free(r->component);
	mem_free(r->instance);
	mem_free(r);
}
