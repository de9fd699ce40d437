#include "operator/restarts.h"

#include "base/log.h"
#include "base/mem.h"
#include "metrics/metrics.h"
#include "operator/changes.h"
#include "operator/names.h"
#include "operator/restart.h"
#include "operator/secretbody.h"
#include "operator/secretmeta.h"
#include "operator/waiting.h"
#include "operator/workload.h"

/* Until all workloads are known. */
#define WORKLOADS_RETRY_MS 10000

/* One Secret's pass over its workloads. */
struct round {
	struct shared *shared;
	struct clients *clients;
	struct cancel *cancel;
	const char *key;
	const struct secretmeta *secret;
	struct restarted done;
	bool progress;  /* done says more than the Secret does */
	size_t waiting; /* workloads that should have rolled and have not */
	size_t held;    /* of these because it is not their turn yet */
	bool namespace_read;
	err_t namespace_failure; /* as long as the round: the next one asks again */
	char *namespace_auto_restart;
};

static const struct logger log_restart = {.name = "restart"};

static void round_release(struct round *r)
{
	err_free(r->namespace_failure);
	mem_free(r->namespace_auto_restart);
	restarted_release(&r->done);
}

static bool can_roll(const struct workload *w)
{
	return !w->o.meta.deleting && !w->never_restarted;
}

static bool is_pending(const struct round *r, const struct workload *w)
{
	const int64_t changed_at_ms = r->secret->changed_at_ms;

	if (!can_roll(w))
		return false;
	return restart_is_pending(changed_at_ms, &r->done, w->o.meta.uid, w->o.meta.created_ms) ||
	       late_is(r->shared->late, w, changed_at_ms);
}

/* Asked only where neither Secret nor workload decides. A namespace that we may not read does not decide
 * either; one that can't be read just now may, so nothing is decided without it. */
static err_t read_namespace(struct round *r)
{
	const struct kube_target target = {.resource = &kube_namespaces, .name = r->secret->o.meta.namespace};
	struct kube_object object CLEANUP(kube_object_release) = {0};
	err_t e;

	if (r->namespace_read)
		return err_dup(r->namespace_failure);
	r->namespace_read = true;
	e = kube_get(r->clients->kube, &target, KUBE_METADATA_ONLY, r->cancel, &object);
	if (e && !err_is(e, ERR_DENIED) && !err_is(e, ERR_NOT_FOUND)) {
		r->namespace_failure =
			err_wrap(e, "read the auto-restart annotation of namespace %s", target.name);
		return err_dup(r->namespace_failure);
	}
	if (e)
		log_warn(&log_restart, "cannot read the auto-restart annotation of a namespace",
			 F_STR("namespace", target.name), F_ERR(e));
	else
		r->namespace_auto_restart =
			mem_strdup(jsonx_get_str(kube_annotations(object.json), NAME_AUTO_RESTART));
	err_free(e);
	return NULL;
}

static err_t is_wanted(struct round *r, const struct workload *w, bool *out)
{
	const char *secret = kvlist_get(&r->secret->annotations, NAME_AUTO_RESTART);

	if (str_empty(secret) && str_empty(w->auto_restart))
		TRY_(read_namespace(r));
	*out = restart_is_wanted(secret, w->auto_restart, r->namespace_auto_restart, r->shared->auto_restart);
	return NULL;
}

static void stamp_of(const struct round *r, const struct workload *w, char out[STAMP_SIZE])
{
	struct stamp_part *parts CLEANUP(mem_freep) = mem_calloc(w->secrets.n, sizeof(*parts));

	for (size_t i = 0; i < w->secrets.n; i++) {
		char key[KUBE_KEY_SIZE];
		struct kobj *o;

		kube_key_format(w->o.meta.namespace, w->secrets.v[i], key);
		o = kstore_get(r->shared->secrets, key);
		parts[i].name = w->secrets.v[i];
		parts[i].changed_at_ms = o ? ((const struct secretmeta *)o)->changed_at_ms : 0;
		kobj_unref(o);
	}
	restart_stamp(parts, w->secrets.n, out);
}

static err_t stamp_body(const struct workload *w, const char *stamp, struct strbuf *out)
{
	struct jsonw j;

	jsonw_init_str(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "apiVersion", w->api_version);
	jsonw_kstr(&j, "kind", w->resource->kind);
	jsonw_kobject(&j, "metadata");
	jsonw_kstr(&j, "name", w->o.meta.name);
	jsonw_kstr(&j, "namespace", w->o.meta.namespace);
	jsonw_kstr(&j, "uid", w->o.meta.uid);
	jsonw_end_object(&j);
	jsonw_kobject(&j, "spec");
	jsonw_kobject(&j, "template");
	jsonw_kobject(&j, "metadata");
	jsonw_kobject(&j, "annotations");
	jsonw_kstr(&j, NAME_LAST_RESTARTED, stamp);
	for (int i = 0; i < 5; i++)
		jsonw_end_object(&j);
	return jsonw_done(&j);
}

static err_t note_workload(struct round *r, const struct workload *w, const struct jsonx *json)
{
	struct kobj *now = NULL;

	TRY_(workload_decode(w->resource, json, r->shared->item_selector, &now));
	if (now)
		changes_note_workload(r->shared, &now);
	return NULL;
}

/* The server's answer says that nothing was rolled. */
static bool is_refusal(const struct err *e)
{
	return err_is(e, ERR_DENIED) || err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_CONFLICT) ||
	       err_is(e, ERR_INVALID) || err_is(e, ERR_EXISTS) || err_is(e, ERR_GONE) ||
	       err_is(e, ERR_TOO_LARGE) || err_is(e, ERR_THROTTLED);
}

/* *out_done: its pods have, or get, the new values; else it is not its turn yet. */
static err_t roll(struct round *r, const struct workload *w, bool *out_done)
{
	const struct kube_target target = {
		.resource = w->resource, .namespace = w->o.meta.namespace, .name = w->o.meta.name};
	const struct event_about about = {w->resource, w->o.meta.namespace, w->o.meta.name, w->o.meta.uid};
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	struct strbuf body CLEANUP(strbuf_release) = {0};
	char stamp[STAMP_SIZE];
	err_t e;

	strbuf_init(&body, 8192);
	stamp_of(r, w, stamp);
	*out_done = streq(w->stamp, stamp); /* before a crash that kept us from recording it */
	if (*out_done)
		return NULL;
	TRY_(shared_check_leading(r->shared));
	TRY_(stamp_body(w, stamp, &body));
	*out_done = pace_begin(r->shared->pace, w);
	if (!*out_done)
		return NULL;
	e = kube_apply(r->clients->kube, &target, NAME_MANAGER_WORKLOAD, body.p, body.len, r->cancel,
		       &answer);
	if (is_refusal(e))
		pace_refused(r->shared->pace, w);
	if (e)
		metric_add(r->shared->restart_failures, METRIC_LABELS(w->resource->kind), 1);
	TRY(e, "restart %s %s", w->resource->kind, w->o.meta.name);
	metric_add(r->shared->restarts_total, METRIC_LABELS(w->resource->kind), 1);
	log_info(&log_restart, "restarted", F_STR("kind", w->resource->kind),
		 F_STR("namespace", w->o.meta.namespace), F_STR("name", w->o.meta.name),
		 F_STR("secret", r->secret->o.meta.name));
	event_record(r->shared->events, &about, "Normal", "Restarted",
		     "rolled because the values of a Secret that it uses have changed");
	return note_workload(r, w, answer.json);
}

static err_t record(struct round *r)
{
	const struct kube_meta *meta = &r->secret->o.meta;
	const struct kube_target target = {
		.resource = &kube_secrets, .namespace = meta->namespace, .name = meta->name};
	const struct secretbody_object object = {meta->namespace, meta->name, meta->uid,
						 meta->resource_version};
	struct strbuf annotation CLEANUP(strbuf_release) = {0}, body CLEANUP(strbuf_release) = {0};
	struct kube_object answer CLEANUP(kube_object_release) = {0};

	strbuf_init(&annotation, 200u << 10);
	strbuf_init(&body, 512u << 10);
	TRY_(restarted_format(&r->done, &annotation));
	TRY_(secretbody_restarted(&object, annotation.p, &body));
	TRY_(shared_check_leading(r->shared));
	TRY(kube_apply(r->clients->kube, &target, NAME_MANAGER_RESTARTED, body.p, body.len, r->cancel,
		       &answer),
	    "record restarts");
	return shared_note_secret(r->shared, answer.json);
}

static err_t roll_if_wanted(struct round *r, const struct workload *w, bool *out_done)
{
	bool wanted = false;

	TRY_(is_wanted(r, w, &wanted));
	*out_done = !wanted;
	return wanted ? roll(r, w, out_done) : NULL;
}

struct turn {
	const struct workload *workload;
	int64_t has_ms; /* the change that its pods have */
};

static int by_age_of_values(const void *a, const void *b)
{
	const int64_t x = ((const struct turn *)a)->has_ms, y = ((const struct turn *)b)->has_ms;

	return (x > y) - (x < y);
}

/* Those that wait; who has the oldest values comes first. While values change faster than all can roll, the
 * last ones would never. */
static size_t line_up(const struct round *r, const struct kobj_list *users, struct turn *out)
{
	size_t n = 0;

	for (size_t i = 0; i < users->n; i++) {
		const struct workload *w = (const struct workload *)users->v[i];

		if (is_pending(r, w))
			out[n++] = (struct turn){w, restarted_at(&r->done, w->o.meta.uid)};
	}
	qsort(out, n, sizeof(*out), by_age_of_values);
	return n;
}

/* Rolls each workload that waits; one that fails does not hold up the others. Returns the first failure. */
static err_t roll_all(struct round *r, const struct kobj_list *users)
{
	struct turn *line CLEANUP(mem_freep) = mem_calloc(users->n, sizeof(*line));
	const size_t n = line_up(r, users, line);
	err_t first = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct workload *w = line[i].workload;
		bool done = false;
		err_t e = roll_if_wanted(r, w, &done);

		if (!e && done) {
			restarted_set(&r->done, w->o.meta.uid, r->secret->changed_at_ms);
			r->progress = true;
			late_done(r->shared->late, w);
			continue;
		}
		r->waiting++;
		if (!e)
			r->held++;
		if (!first)
			first = e;
		else
			err_free(e);
	}
	return first;
}

/* How long Secrets that change together with this one are still waited for. */
static int64_t window_left_ms(struct shared *s, const char *key, int64_t changed_at_ms)
{
	const int64_t now_ns = clock_now_ns(NULL);
	struct memo memo = {0};

	memos_get(s->memos, key, &memo);
	if (!memo.pending_since_ns)
		memo.pending_since_ns = now_ns;
	memo.pending_for_ms = changed_at_ms;
	memos_set(s->memos, key, &memo);
	return s->restart_window_ms - (now_ns - memo.pending_since_ns) / NS_PER_MS;
}

static void close_window(struct shared *s, const char *key)
{
	struct memo memo;

	if (!memos_get(s->memos, key, &memo) || !memo.pending_since_ns)
		return;
	memo.pending_since_ns = 0;
	memo.pending_for_ms = 0;
	memos_set(s->memos, key, &memo);
}

/* Whoever comes into the store after this has come late; see late.h. */
static void note_look(struct shared *s, const char *key, int64_t changed_at_ms)
{
	struct memo memo = {0};

	memos_get(s->memos, key, &memo);
	memo.all_for_ms = changed_at_ms;
	memos_set(s->memos, key, &memo);
}

static void find_users(const struct round *r, struct kobj_list *out)
{
	char index[WORKLOAD_INDEX_SIZE];

	workload_index_uses(r->key, index);
	workloads_indexed(&r->shared->workloads, index, out);
}

static err_t roll_users(struct round *r)
{
	struct kobj_list users CLEANUP(kobj_list_release) = {0};
	err_t failed;

	find_users(r, &users);
	failed = roll_all(r, &users);
	if (failed && r->held > 0) {
		/* A retry's growing pauses are not for those that only wait for their turn. */
		log_warn(&log_restart, "cannot restart a workload; trying again", F_ERR(failed));
		err_free(TAKE(failed));
	}
	return failed;
}

static err_t run(struct round *r, int64_t *again_after_ms)
{
	const int64_t changed_at_ms = r->secret->changed_at_ms;
	int64_t left_ms;
	bool is_complete;
	err_t failed, e;

	if (!changed_at_ms)
		return NULL;
	if (r->done.all_ms >= changed_at_ms) {
		close_window(r->shared, r->key); /* the answer to the record may have been lost */
		return late_any(r->shared->late) ? roll_users(r) : NULL;
	}
	left_ms = window_left_ms(r->shared, r->key, changed_at_ms);
	if (left_ms > 0) {
		*again_after_ms = left_ms;
		return NULL;
	}
	note_look(r->shared, r->key, changed_at_ms);
	failed = roll_users(r);
	is_complete = !failed && !r->waiting && shared_knows_workloads(r->shared);
	if (is_complete)
		restarted_set_all(&r->done, changed_at_ms);
	e = is_complete || r->progress ? record(r) : NULL;
	if (failed) {
		err_free(e);
		return failed;
	}
	TRY_(e);
	if (is_complete)
		close_window(r->shared, r->key);
	else if (!r->waiting)
		*again_after_ms = WORKLOADS_RETRY_MS;
	return NULL;
}

void restarts_leave(struct shared *s, const char *secret_key)
{
	(void)pace_waits(s->pace, secret_key, 0, 0);
}

err_t restarts_run(struct shared *s, struct clients *clients, const char *secret_key, struct cancel *cancel,
		   int64_t *again_after_ms)
{
	struct kobj *secret = kstore_get(s->secrets, secret_key);
	struct round r = {.shared = s, .clients = clients, .cancel = cancel, .key = secret_key};
	int64_t look_again_ms;
	err_t e;

	if (!secret) {
		restarts_leave(s, secret_key);
		return waiting_tell(s, clients, secret_key, 0, cancel);
	}
	r.secret = (const struct secretmeta *)secret;
	restarted_parse(kvlist_get(&r.secret->annotations, NAME_RESTARTED), &r.done);
	e = run(&r, again_after_ms);
	look_again_ms = pace_waits(s->pace, secret_key, r.waiting, r.held);
	if (!e && r.waiting > 0)
		*again_after_ms = look_again_ms;
	if (e)
		err_free(waiting_tell(s, clients, secret_key, r.waiting, cancel));
	else
		e = waiting_tell(s, clients, secret_key, r.waiting, cancel);
	round_release(&r);
	kobj_unref(secret);
	return e;
}

static err_t foresee(struct round *r, struct kobj_list *out)
{
	struct kobj_list users CLEANUP(kobj_list_release) = {0};

	find_users(r, &users);
	for (size_t i = 0; i < users.n; i++) {
		const struct workload *w = (const struct workload *)users.v[i];
		bool wanted = false;

		if (!can_roll(w))
			continue;
		TRY_(is_wanted(r, w, &wanted));
		if (!wanted)
			continue;
		out->v = mem_grow(out->v, out->n + 1, sizeof(struct kobj *));
		out->v[out->n++] = kobj_ref(users.v[i]);
	}
	return NULL;
}

err_t restarts_foresee(struct shared *s, struct clients *clients, const char *secret_key,
		       struct cancel *cancel, struct kobj_list *out)
{
	struct kobj *secret = kstore_get(s->secrets, secret_key);
	struct round r = {.shared = s, .clients = clients, .cancel = cancel, .key = secret_key};
	err_t e = NULL;

	if (!secret)
		return NULL;
	r.secret = (const struct secretmeta *)secret;
	e = foresee(&r, out);
	round_release(&r);
	kobj_unref(secret);
	return e;
}
