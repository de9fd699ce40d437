#include "kube/lease.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "kube/lease_record.h"
#include <stdatomic.h>

#define BODY_MAX (512u << 10)
/* In percent of retry_ms: the pauses of those who wait for the lease spread, and are at least retry_ms. */
#define WAIT_JITTER 120
#define RELEASE_TRIES 3
#define RELEASE_TIMEOUT_MS 2000

static const struct logger lg = {.name = "lease"};

struct lease {
	struct lease_options options; /* its texts are the next three */
	char *namespace, *name, *identity;
	struct kube_target target;

	struct lease_record seen; /* the newest record that we know; no metadata: none */
	int64_t seen_at_ns;       /* when we first saw its spec */

	/* For other threads. */
	atomic_bool leads;
	atomic_llong renewed_ns; /* when the last successful write was begun */

	bool started;
	pthread_t thread;
	struct kube_client *client;
	struct cancel *cancel;
	struct lease_calls calls;
	int64_t failing_since_ns; /* 0: the last attempt did not fail */
	bool trouble_told;
};

struct lease *lease_new(const struct lease_options *options)
{
	struct lease *l = MEM_NEW(struct lease);

	l->options = *options;
	l->options.namespace = l->namespace = mem_strdup(options->namespace);
	l->options.name = l->name = mem_strdup(options->name);
	l->options.identity = l->identity = mem_strdup(options->identity);
	l->target =
		(struct kube_target){.resource = &kube_leases, .namespace = l->namespace, .name = l->name};
	l->cancel = cancel_new(NULL);
	return l;
}

void lease_free(struct lease *l)
{
	if (!l)
		return;
	kube_client_free(l->client);
	cancel_free(l->cancel);
	lease_record_release(&l->seen);
	mem_free(l->namespace);
	mem_free(l->name);
	mem_free(l->identity);
	mem_free(l);
}

static int64_t now_ns(const struct lease *l)
{
	return clock_now_ns(l->options.clock);
}

static int64_t deadline_ns(const struct lease *l)
{
	return (int64_t)atomic_load(&l->renewed_ns) + l->options.renew_ms * NS_PER_MS;
}

bool lease_is_held(const struct lease *l)
{
	return atomic_load(&l->leads) && now_ns(l) < deadline_ns(l);
}

/* So that a renewal that hangs is over before the deadline, or leaves time for one more. */
static void limit_request(const struct lease *l, struct kube_client *client)
{
	const int64_t left_ms = (deadline_ns(l) - now_ns(l)) / NS_PER_MS, half_ms = l->options.renew_ms / 2;

	kube_client_set_timeout(client, !lease_is_held(l) || left_ms > half_ms ? half_ms : left_ms + 1);
}

static bool is_ours(const struct lease *l)
{
	return streq(l->seen.holder, l->identity);
}

/* Takes r. A record that reads as before keeps the time since which we know it. */
static void observe(struct lease *l, struct lease_record *r, int64_t at_ns)
{
	if (!streq(l->seen.spec, r->spec))
		l->seen_at_ns = at_ns;
	lease_record_release(&l->seen);
	l->seen = *r;
	*r = (struct lease_record){0};
}

static NODISCARD err_t take_answer(struct lease *l, const struct kube_object *o, int64_t at_ns)
{
	struct lease_record r = {0};

	TRY_(lease_record_parse(o->json, &r));
	observe(l, &r, at_ns);
	return NULL;
}

static NODISCARD err_t new_metadata(const struct lease *l, struct strbuf *out)
{
	struct jsonw w;

	strbuf_init(out, 2048);
	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "namespace", l->namespace);
	jsonw_kstr(&w, "name", l->name);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

/* Writes the record with that holder over the one we know, or creates it. */
static NODISCARD err_t write_record(struct lease *l, struct kube_client *client, const char *holder,
				    struct cancel *cancel)
{
	CLEANUP(strbuf_release) struct strbuf body = {0}, metadata = {0};
	CLEANUP(kube_object_release) struct kube_object o = {0};
	const bool exists = l->seen.metadata, keeps = exists && streq(l->seen.holder, holder);
	const int64_t at_ns = now_ns(l), duration_s = l->options.duration_ms / 1000;
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_wall_ms(), 6, now);
	TRY_(new_metadata(l, &metadata));
	const struct lease_claim claim = {
		.metadata = exists ? l->seen.metadata : metadata.p,
		.holder = holder,
		.acquired = keeps && l->seen.acquired ? l->seen.acquired : now,
		.renewed = now,
		.duration_s = *holder && duration_s > 0 ? duration_s : 1,
		.transitions = l->seen.transitions + (exists && !keeps && *holder ? 1 : 0),
	};
	strbuf_init(&body, BODY_MAX);
	TRY_(lease_claim_format(&claim, &body));
	TRY_(exists ? kube_replace(client, &l->target, NULL, body.p, body.len, cancel, &o)
		    : kube_create(client, &l->target, NULL, body.p, body.len, cancel, &o));
	return take_answer(l, &o, at_ns);
}

static NODISCARD err_t read_record(struct lease *l, struct kube_client *client, struct cancel *cancel)
{
	CLEANUP(kube_object_release) struct kube_object o = {0};
	err_t e = kube_get(client, &l->target, KUBE_FULL, cancel, &o);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		lease_record_release(&l->seen);
		return NULL;
	}
	TRY_(e);
	return take_answer(l, &o, now_ns(l));
}

static NODISCARD err_t claim(struct lease *l, struct kube_client *client, struct cancel *cancel)
{
	const int64_t at_ns = now_ns(l);

	limit_request(l, client);
	TRY_(write_record(l, client, l->identity, cancel));
	atomic_store(&l->renewed_ns, at_ns);
	atomic_store(&l->leads, true);
	return NULL;
}

/* A record that is not found any more was deleted; a new one that finds no place has no namespace. */
static bool was_beaten(const struct lease *l, const struct err *e)
{
	return err_is(e, ERR_CONFLICT) || err_is(e, ERR_EXISTS) ||
	       (err_is(e, ERR_NOT_FOUND) && l->seen.metadata);
}

static bool is_held_by_another(const struct lease *l)
{
	const int64_t duration_ms = l->seen.duration_ms > 0 ? l->seen.duration_ms : l->options.duration_ms;

	return l->seen.metadata && *l->seen.holder && !is_ours(l) &&
	       now_ns(l) < l->seen_at_ns + duration_ms * NS_PER_MS;
}

err_t lease_try(struct lease *l, struct kube_client *client, struct cancel *cancel, bool *out_leader)
{
	if (lease_is_held(l)) {
		err_t e = claim(l, client, cancel);

		if (!was_beaten(l, e)) {
			*out_leader = !e;
			return e;
		}
		err_free(e);
		metric_add(l->options.slow, METRIC_LABELS(l->name), 1);
	}
	limit_request(l, client);
	TRY_(read_record(l, client, cancel));
	if (is_held_by_another(l)) {
		atomic_store(&l->leads, false);
		*out_leader = false;
		return NULL;
	}
	err_t e = claim(l, client, cancel);
	if (was_beaten(l, e) && !is_ours(l)) {
		err_free(e);
		atomic_store(&l->leads, false);
		*out_leader = false;
		return NULL;
	}
	TRY_(e);
	*out_leader = true;
	return NULL;
}

err_t lease_release(struct lease *l, struct kube_client *client)
{
	err_t e = NULL;

	if (!atomic_exchange(&l->leads, false))
		return NULL;
	kube_client_set_timeout(client, RELEASE_TIMEOUT_MS);
	for (int i = 0; i < RELEASE_TRIES; i++) {
		err_free(e);
		e = is_ours(l) ? write_record(l, client, "", NULL) : NULL;
		if (!err_is(e, ERR_CONFLICT))
			return e;
		err_free(e);
		e = read_record(l, client, NULL);
		if (e || !l->seen.metadata)
			return e;
	}
	return e;
}

static void lose(struct lease *l)
{
	atomic_store(&l->leads, false);
	l->calls.on_loss(l->calls.arg);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void log_failure(const struct err *e)
{
	if (e)
		log_debug(&lg, "attempt failed", F_ERR(e));
}

static void tell(const struct lease *l, const struct err *e)
{
	if (l->calls.on_trouble)
		l->calls.on_trouble(l->calls.arg, e);
}

static void note_success(struct lease *l)
{
	if (l->trouble_told)
		tell(l, NULL);
	l->failing_since_ns = 0;
	l->trouble_told = false;
}

static void note_failure(struct lease *l, const struct err *e)
{
	const bool lasts = err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_DENIED) || err_is(e, ERR_INVALID);

	log_failure(e);
	if (!l->failing_since_ns)
		l->failing_since_ns = now_ns(l);
	if (l->trouble_told || err_is(e, ERR_CANCELED))
		return;
	if (!lasts && now_ns(l) - l->failing_since_ns < LEASE_TROUBLE_MS * NS_PER_MS)
		return;
	l->trouble_told = true;
	tell(l, e);
}

static void note_attempt(struct lease *l, const struct err *e)
{
	if (e)
		note_failure(l, e);
	else
		note_success(l);
}

/* Until it is lost, or we are told to stop. */
static void keep(struct lease *l)
{
	for (;;) {
		const int64_t next_ns = now_ns(l) + l->options.retry_ms * NS_PER_MS;
		bool leader = true;

		if (cancel_wait_until(l->cancel, earlier(next_ns, deadline_ns(l))))
			return;
		if (!lease_is_held(l)) {
			lose(l);
			return;
		}
		CLEANUP(err_freep) err_t e = lease_try(l, l->client, l->cancel, &leader);
		note_attempt(l, e);
		if (!e && !leader) {
			lose(l);
			return;
		}
	}
}

static void *thread_main(void *arg)
{
	struct lease *l = arg;
	const int64_t jitter_ms = l->options.retry_ms * WAIT_JITTER / 100;

	while (!cancel_is_set(l->cancel)) {
		bool leader = false;
		CLEANUP(err_freep) err_t e = lease_try(l, l->client, l->cancel, &leader);

		note_attempt(l, e);
		if (!e && leader) {
			l->calls.on_gain(l->calls.arg);
			keep(l);
			return NULL;
		}
		(void)cancel_sleep_ms(l->cancel,
				      l->options.retry_ms + (int64_t)rand_below((uint64_t)jitter_ms + 1));
	}
	return NULL;
}

void lease_start_on(struct lease *l, struct kube_client *client, const struct lease_calls *calls)
{
	l->client = client;
	l->calls = *calls;
	l->started = true;
	sync_thread_start(&l->thread, "lease", thread_main, l);
}

err_t lease_start(struct lease *l, struct kube_config *config, const struct kube_observer *observer,
		  const struct lease_calls *calls)
{
	const struct lease_options *o = &l->options;
	struct kube_client *client = NULL;

	if (o->duration_ms <= o->renew_ms || 10 * o->renew_ms <= 12 * o->retry_ms || o->retry_ms <= 0)
		return err_new(ERR_INVALID,
			       "lease: duration must be longer than the renew deadline, and that "
			       "longer than 1.2 times the retry period");
	TRY_(kube_client_new(config, NULL, observer, &client));
	lease_start_on(l, client, calls);
	return NULL;
}

void lease_stop(struct lease *l)
{
	if (!l->started)
		return;
	cancel_set(l->cancel);
	sync_thread_join(l->thread);
	l->started = false;
	CLEANUP(err_freep) err_t e = lease_release(l, l->client);
	log_failure(e);
}
