#include "kube/reflector.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "kube/backoff.h"
#include "kube/feed.h"
#include "kube/watch.h"
#include "kube/watch_policy.h"
#include <stdatomic.h>

#define WATCH_S 300
#define WATCH_JITTER_S 300
/* Failures in a row before one that may pass by itself is a person's business. */
#define TRANSIENT_FAILURES 3
#define RETRY_AFTER_MAX_MS 60000

struct reflector {
	struct reflector_options options;
	char *namespace, *label_selector; /* options points to them */
	struct kube_target target;

	/* Where the next round begins. */
	char *version; /* that the store is at; NULL: nothing was listed yet */
	bool must_list;
	bool consistent; /* the next list must not come from a cache */
	struct watch_policy policy;
	size_t events; /* of the current watch */

	/* What on_trouble was told. */
	int failures; /* in a row */
	int reported;
	bool watch_is_refused;

	/* For other threads. */
	atomic_bool synced;
	atomic_int trouble;

	pthread_t thread;
	struct kube_client *client;
	struct cancel *cancel;
};

struct reflector *reflector_new(const struct reflector_options *options)
{
	struct reflector *r = MEM_NEW(struct reflector);

	r->options = *options;
	r->namespace = mem_strdup(options->namespace);
	r->label_selector = mem_strdup(options->label_selector);
	r->options.namespace = r->namespace;
	r->options.label_selector = r->label_selector;
	r->target = (struct kube_target){.resource = options->resource, .namespace = r->namespace};
	r->must_list = true;
	return r;
}

void reflector_free(struct reflector *r)
{
	if (!r)
		return;
	kube_client_free(r->client);
	mem_free(r->version);
	mem_free(r->namespace);
	mem_free(r->label_selector);
	mem_free(r);
}

bool reflector_is_synced(const struct reflector *r)
{
	return atomic_load(&r->synced);
}

int reflector_trouble(const struct reflector *r)
{
	return atomic_load(&r->trouble);
}

static void count_skipped(const struct reflector *r, size_t n)
{
	metric_add(r->options.metrics.skipped, METRIC_LABELS(r->options.resource->plural), (double)n);
}

static void note_time(const struct reflector *r)
{
	metric_set(r->options.metrics.last_event, METRIC_LABELS(r->options.resource->plural),
		   (double)clock_wall_ms() / 1000);
}

static void tell(const struct reflector *r, const struct err *e)
{
	if (r->options.on_trouble)
		r->options.on_trouble(r->options.arg, r->options.resource, r->namespace, e);
}

static bool is_transient(int kind)
{
	return kind == ERR_UNAVAILABLE || kind == ERR_TIMEOUT || kind == ERR_THROTTLED || kind == ERR_GONE;
}

static void note_failure(struct reflector *r, const struct err *e, bool in_watch)
{
	const int kind = (int)err_kind(e);

	r->failures++;
	r->watch_is_refused = in_watch && !is_transient(kind);
	atomic_store(&r->trouble, kind);
	if ((is_transient(kind) && r->failures < TRANSIENT_FAILURES) || r->reported == kind)
		return;
	r->reported = kind;
	tell(r, e);
}

/* A list that works does not end the trouble of a watch that is refused, or the two would take turns. */
static void note_success(struct reflector *r, bool in_watch)
{
	if (r->watch_is_refused && !in_watch)
		return;
	r->watch_is_refused = false;
	r->failures = 0;
	atomic_store(&r->trouble, 0);
	if (r->reported == 0)
		return;
	r->reported = 0;
	tell(r, NULL);
}

static void set_version(struct reflector *r, const char *version)
{
	if (streq(r->version, version))
		return;
	mem_free(r->version);
	r->version = mem_strdup(version);
}

static bool is_older(const char *a, const char *b)
{
	int sign;

	return a && b && kube_version_compare(a, b, &sign) && sign < 0;
}

static err_t on_object(void *arg, const struct jsonx *object)
{
	return feed_list_add(arg, object);
}

static NODISCARD err_t list_once(struct reflector *r, struct kube_client *client, struct cancel *cancel)
{
	CLEANUP(feed_list_release) struct feed_list list;
	CLEANUP(mem_freep) char *version = NULL;
	/* Never version "0", which servers answer from their cache in one piece, whatever the limit. */
	const bool consistent = r->consistent || !r->version;

	feed_list_init(&list, &r->options);
	TRY_(kube_list(client, &r->target, r->options.view, r->label_selector, consistent ? "" : r->version,
		       cancel, on_object, &list, &version));
	count_skipped(r, list.skipped);
	/* Only a consistent read can tell an older server from an older history. */
	feed_list_apply(&list, version, consistent && is_older(version, r->version));
	set_version(r, version);
	r->must_list = r->consistent = false;
	r->policy = (struct watch_policy){0};
	atomic_store(&r->synced, true);
	metric_add(r->options.metrics.lists, METRIC_LABELS(r->options.resource->plural), 1);
	note_time(r);
	return NULL;
}

/* A server that does not know our version any more, or not yet, is asked for its newest. */
static bool turn_to_newest(struct reflector *r, const struct err *e)
{
	if (r->consistent || !r->version || !err_is(e, ERR_GONE))
		return false;
	r->consistent = true;
	return true;
}

static NODISCARD err_t list(struct reflector *r, struct kube_client *client, struct cancel *cancel)
{
	err_t e = list_once(r, client, cancel);

	if (!turn_to_newest(r, e))
		return e;
	err_free(e);
	return list_once(r, client, cancel);
}

static err_t on_line(void *arg, const char *line, size_t len)
{
	CLEANUP(watch_event_release) struct watch_event event = {0};
	struct reflector *r = arg;
	const char *kind = r->options.view == KUBE_FULL ? r->options.resource->kind : "PartialObjectMetadata";
	bool skipped = false;

	if (len == 0)
		return NULL;
	TRY_(watch_event_parse(line, len, kind, &event));
	TRY_(feed_event(&r->options, &event, &skipped));
	count_skipped(r, skipped);
	set_version(r, event.version);
	r->events++;
	note_time(r);
	note_success(r, true);
	return NULL;
}

static NODISCARD err_t watch(struct reflector *r, struct kube_client *client, struct cancel *cancel)
{
	const int timeout_s = WATCH_S + (int)rand_below(WATCH_JITTER_S + 1);
	const int64_t start_ns = clock_now_ns(NULL);
	CLEANUP(mem_freep) char *version = mem_strdup(r->version);

	r->events = 0;
	metric_add(r->options.metrics.watches, METRIC_LABELS(r->options.resource->plural), 1);
	err_t e = kube_watch(client, &r->target, r->options.view, r->label_selector, version, timeout_s,
			     cancel, on_line, r);
	const int64_t now_ns = clock_now_ns(NULL);
	struct watch_end end = {.lasted_ms = (now_ns - start_ns) / NS_PER_MS, .events = r->events};

	if (!e && watch_end_is_too_short(&end))
		e = err_new(ERR_UNAVAILABLE, "watch of %s: ended at once", r->options.resource->plural);
	end.kind = e ? (int)err_kind(e) : 0;
	r->must_list = watch_policy_end(&r->policy, &end, now_ns);
	return e;
}

err_t reflector_round(struct reflector *r, struct kube_client *client, struct cancel *cancel)
{
	if (r->must_list) {
		err_t e = list(r, client, cancel);

		if (e) {
			if (!err_is(e, ERR_CANCELED))
				note_failure(r, e, false);
			return e;
		}
		note_success(r, false);
	}
	err_t e = watch(r, client, cancel);
	if (!e)
		note_success(r, true);
	else if (!err_is(e, ERR_CANCELED))
		note_failure(r, e, true);
	return e;
}

static int64_t wait_ms(struct backoff *b, const struct err *e)
{
	const int64_t own_ms = backoff_next_ms(b, clock_now_ns(NULL));
	const int64_t asked_ms =
		err_retry_after_ms(e) < RETRY_AFTER_MAX_MS ? err_retry_after_ms(e) : RETRY_AFTER_MAX_MS;

	return asked_ms > own_ms ? asked_ms : own_ms;
}

static void *thread_main(void *arg)
{
	struct reflector *r = arg;
	struct backoff backoff = {0};
	bool was_gone = false;

	while (!cancel_is_set(r->cancel)) {
		CLEANUP(err_freep) err_t e = reflector_round(r, r->client, r->cancel);
		/* An expired version is no fault of anybody's: list at once, unless that is no cure. */
		const bool now_gone = err_is(e, ERR_GONE);

		if (e && !(now_gone && !was_gone))
			(void)cancel_sleep_ms(r->cancel, wait_ms(&backoff, e));
		was_gone = now_gone;
	}
	return NULL;
}

struct reflector *reflector_start_on(struct kube_client *client, const struct reflector_options *options,
				     struct cancel *cancel)
{
	struct reflector *r = reflector_new(options);

	r->client = client;
	r->cancel = cancel;
	sync_thread_start(&r->thread, options->thread_name, thread_main, r);
	return r;
}

err_t reflector_start(struct kube_config *config, const struct reflector_options *options,
		      const struct kube_observer *observer, struct cancel *cancel, struct reflector **out)
{
	struct kube_client *client = NULL;

	TRY_(kube_client_new(config, NULL, observer, &client));
	*out = reflector_start_on(client, options, cancel);
	return NULL;
}

void reflector_join(struct reflector *r)
{
	if (!r)
		return;
	sync_thread_join(r->thread);
	reflector_free(r);
}
