#include "operator/reconcile.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "operator/finalizer.h"
#include "operator/names.h"
#include "operator/owners.h"
#include "operator/report.h"
#include "operator/restarts.h"
#include "operator/sync.h"

static const struct logger log_sync = {.name = "sync"};

/* 0: not at all. */
static int64_t sooner_of(int64_t a_ms, int64_t b_ms)
{
	if (a_ms == 0 || b_ms == 0)
		return a_ms + b_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

static err_t take_off_finalizer(struct shared *s, struct clients *c, const char *key,
				const struct kube_resource *resource, const struct kube_meta *meta,
				struct cancel *cancel, int64_t *again_after_ms)
{
	const struct event_about about = {resource, meta->namespace, meta->name, meta->uid};
	const int64_t wait_ms = contests_wait_ms(s->contests, key, CONTEST_FINALIZER, clock_now_ns(NULL));
	char *other CLEANUP(mem_freep) = NULL;

	/* One that is to be deleted waits for nothing. */
	if (wait_ms > 0 && !meta->deleting) {
		report_contest(s, key, CONTEST_FINALIZER, &about);
		*again_after_ms = sooner_of(*again_after_ms, wait_ms);
		return NULL;
	}
	TRY_(finalizer_remove(c->kube, resource, meta, cancel, &other));
	if (other)
		shared_note_contest(s, key, CONTEST_FINALIZER, other);
	return NULL;
}

/* The original's finalizers go, and bad names are told of: of the resource and of the workloads that have the
 * name of the key. */
static err_t mend_named(struct shared *s, struct clients *c, const char *key, const struct sources *sources,
			struct cancel *cancel, int64_t *again_after_ms)
{
	struct kobj_list named CLEANUP(kobj_list_release) = {0};

	TRY_(shared_check_leading(s));

	if (sources->item && sources->item->has_finalizer)
		TRY_(take_off_finalizer(s, c, key, &onepassworditem_resource, &sources->item->o.meta, cancel,
					again_after_ms));
	workloads_named(&s->workloads, key, &named);
	if (!sources->item && !sources->made && sources->workloads.n == 0 && named.n == 0)
		contests_forget(s->contests, key);
	for (size_t i = 0; i < named.n; i++) {
		const struct workload *w = (const struct workload *)named.v[i];

		if (w->has_finalizer)
			TRY_(take_off_finalizer(s, c, key, w->resource, &w->o.meta, cancel, again_after_ms));
		if (w->bad_name && !w->o.meta.deleting)
			report_bad_name(s, w);
	}
	return NULL;
}

/* Somebody else was faster, or we stop: there will be another reconcile, and nothing to tell a person. */
static bool is_passing(const struct err *e)
{
	return err_is(e, ERR_CONFLICT) || err_is(e, ERR_CANCELED);
}

static char *joined(const struct strv *names)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	if (names->n == 0)
		return NULL;
	strbuf_init(&text, 2048);
	for (size_t i = 0; i < names->n && !text.overflow; i++)
		strbuf_addf(&text, "%s%s", i ? "," : "", names->v[i]);
	return strbuf_take(&text);
}

/* With the names of its keys. */
static void log_write(const struct sync *s, const struct sync_outcome *outcome)
{
	const struct secretdata_changes *changes = &outcome->write.changes;
	char *added CLEANUP(mem_freep) = joined(&changes->added);
	char *changed CLEANUP(mem_freep) = joined(&changes->changed);
	char *removed CLEANUP(mem_freep) = joined(&changes->removed);

	log_info(&log_sync, "wrote Secret", F_STR("namespace", s->namespace), F_STR("name", s->name),
		 F_STR("item", outcome->path), F_INT("version", outcome->version), F_STR("added", added),
		 F_STR("changed", changed), F_STR("removed", removed));
}

static void count(const struct shared *s, const struct sync *sync, const struct sync_outcome *outcome,
		  const struct err *failure)
{
	if (failure && !is_passing(failure))
		metric_add(s->sync_errors, METRIC_LABELS(status_reason(outcome->stage, failure)), 1);
	if (!failure)
		metric_set(s->last_sync, METRIC_NO_LABELS, (double)clock_wall_ms() / 1000);
	if (!outcome->write.wrote)
		return;
	metric_add(s->sync_total, METRIC_NO_LABELS, 1);
	log_write(sync, outcome);
}

/* What somebody mends outside of Kubernetes is looked at again with every poll. */
static int64_t retry_ms(const struct shared *s)
{
	return rand_jitter(s->poll_ms, 10);
}

/* One of two errors, the earlier one. */
static err_t first_of(err_t e, err_t later)
{
	if (!e)
		return later;
	err_free(later);
	return e;
}

/* For the next movement of the catalog. */
static void note_fine(const struct sync *s, uint64_t fine_at)
{
	struct memo memo = {0};

	memos_get(s->shared->memos, s->key, &memo);
	if (memo.fine_at == fine_at)
		return;
	memo.fine_at = fine_at;
	memos_set(s->shared->memos, s->key, &memo);
}

/* Of base everything but want is set. *out_wait_ms: another program keeps writing the same, so the next look
 * is then; 0: whenever it is due. */
static err_t sync_and_report(const struct sync *base, const struct sources *sources, bool *out_wanted,
			     bool *out_known, int64_t *out_wait_ms)
{
	struct desired want CLEANUP(desired_release) = {0};
	struct sync s = *base;
	struct sync_outcome outcome CLEANUP(sync_outcome_release) = {.stage = STATUS_STAGE_SPEC};
	err_t failure, unreported;
	struct report told = {0};

	failure = desired_from(sources, base->name, &want, out_wanted);
	if (!failure && !*out_wanted)
		return NULL;
	s.want = &want;
	if (!failure)
		failure = sync_secret(&s, &outcome);
	if (outcome.stage == STATUS_STAGE_CONNECT)
		trouble_suspect(&s.shared->trouble, failure);
	count(s.shared, &s, &outcome, failure);
	note_fine(&s, failure ? 0 : outcome.fine_at);
	if (is_passing(failure))
		return failure;
	unreported = outcome.stage == STATUS_STAGE_CONTEST ? NULL : owners_keep(&s);
	unreported = first_of(unreported, report(&s, sources, &outcome, failure, &told));
	*out_wait_ms = sooner_of(outcome.wait_ms, told.wait_ms);
	if (!failure)
		return unreported;
	err_free(unreported); /* the failure behind it is what counts, and it brings the key again */
	if (told.told && worker_next_after(failure) == WORKER_GIVE_UP) {
		*out_known = true; /* the status says it already, and no retry mends it */
		err_free(TAKE(failure));
	}
	return failure;
}

/* The poller has told of it and brings every key again when it is over. */
static bool is_known_trouble(struct shared *s, const struct err *failure)
{
	err_t trouble CLEANUP(err_freep) = trouble_get(&s->trouble);

	return trouble && failure && streq(err_text(trouble), err_text(failure));
}

/* Where several operators share a cluster, the workloads of a Secret are restarted by the one that writes it.
 */
static bool is_anothers(const struct shared *s, const struct sources *sources)
{
	return s->item_selector && !sources->item && sources->workloads.n == 0;
}

/* What does not depend on how the sync went. Such a failure is in no status, so it is tried again with every
 * poll even where the worker gives up. */
static err_t finish(struct shared *s, struct clients *c, const char *key, const struct sources *sources,
		    struct cancel *cancel, int64_t *again_after_ms)
{
	err_t e = mend_named(s, c, key, sources, cancel, again_after_ms);

	if (is_anothers(s, sources))
		restarts_leave(s, key);
	else
		e = first_of(e, restarts_run(s, c, key, cancel, again_after_ms));
	if (!e)
		return NULL;
	*again_after_ms = sooner_of(*again_after_ms, retry_ms(s));
	return e;
}

/* The log names the Secret, and so the resource; one without names who asks for it. */
static err_t asked_by(err_t failure, const struct sources *sources)
{
	const struct workload *w;

	if (sources->item || sources->workloads.n == 0)
		return failure;
	w = (const struct workload *)sources->workloads.v[0];
	if (sources->workloads.n == 1)
		return err_wrap(failure, "for %s %s", w->resource->kind, w->o.meta.name);
	return err_wrap(failure, "for %s %s and %zu more", w->resource->kind, w->o.meta.name,
			sources->workloads.n - 1);
}

/* Then what was told of that is still remembered. */
static bool is_badly_named(const struct shared *s, const char *key)
{
	struct kobj_list named CLEANUP(kobj_list_release) = {0};
	bool found = false;

	workloads_named(&s->workloads, key, &named);
	for (size_t i = 0; i < named.n; i++)
		found |= ((const struct workload *)named.v[i])->bad_name != NULL;
	return found;
}

/* Nobody asks for it. */
static void forget(struct shared *s, const char *key, const struct kobj *have)
{
	if (have)
		memos_rest(s->memos, key);
	else if (!is_badly_named(s, key))
		memos_del(s->memos, key);
}

err_t reconcile_secret(void *arg, void *state, const char *key, struct cancel *cancel,
		       struct reconcile_result *out)
{
	struct shared *s = arg;
	struct clients *c = state;
	struct sources sources CLEANUP(sources_release) = {0};
	struct kobj *have = NULL;
	char namespace[254], name[254];
	struct sync sync = {.shared = s,
			    .clients = c,
			    .cancel = cancel,
			    .key = key,
			    .namespace = namespace,
			    .name = name};
	err_t failure, e;
	bool wanted = false, known = false;
	int64_t wait_ms = 0;

	if (!kube_key_parse(key, namespace, name))
		return err_new(ERR_INTERNAL, "the key is no namespace and name");
	if (!shared_serves_namespace(s, namespace)) {
		restarts_leave(s, key);
		return NULL;
	}
	have = kstore_get(s->secrets, key);
	sync_gather(s, key, &sources);
	sync.have = (const struct secretmeta *)have;
	sync.item = sources.item;

	failure = sync_and_report(&sync, &sources, &wanted, &known, &wait_ms);
	if (!wanted)
		forget(s, key, have);
	else
		out->again_after_ms = sooner_of(wait_ms, failure || known ? retry_ms(s) : 0);
	kobj_unref(have);

	e = is_passing(failure) ? NULL : finish(s, c, key, &sources, cancel, &out->again_after_ms);
	if (!failure || is_known_trouble(s, failure)) {
		err_free(failure);
		return e;
	}
	err_free(e);
	return asked_by(failure, &sources);
}
