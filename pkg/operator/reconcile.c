#include "operator/reconcile.h"

#include "base/log.h"
#include "base/rand.h"
#include "operator/finalizer.h"
#include "operator/names.h"
#include "operator/restarts.h"
#include "operator/sync.h"

static const struct logger log_sync = {.name = "sync"};

static void gather(struct shared *s, const char *key, struct sources *out)
{
	char index[WORKLOAD_INDEX_SIZE];

	workload_index_makes(key, index);
	out->item = (struct onepassworditem *)kstore_get(s->items, key);
	kstore_indexed(s->workloads, index, &out->workloads);
}

static err_t remove_finalizers(const struct shared *s, struct clients *c, const struct sources *sources,
			       struct cancel *cancel)
{
	if (sources->item && sources->item->has_finalizer) {
		TRY_(shared_check_leading(s));
		TRY_(finalizer_remove(c->kube, &onepassworditem_resource, &sources->item->o.meta, cancel));
	}
	for (size_t i = 0; i < sources->workloads.n; i++) {
		const struct workload *w = (const struct workload *)sources->workloads.v[i];

		if (!w->has_finalizer)
			continue;
		TRY_(shared_check_leading(s));
		TRY_(finalizer_remove(c->kube, w->resource, &w->o.meta, cancel));
	}
	return NULL;
}

static err_t note_item(struct shared *s, const struct jsonx *json, const struct status_want *want)
{
	struct kobj *now = NULL, *old = NULL;

	TRY_(onepassworditem_decode(json, s->copy_annotations, &now));
	if (!status_is_current((const struct onepassworditem *)now, want, true))
		atomic_store(&s->crd_is_old, true);
	kstore_put(s->items, &now, &old);
	kobj_unref(now);
	kobj_unref(old);
	return NULL;
}

static err_t write_status(struct shared *s, struct clients *c, const struct onepassworditem *item,
			  const struct status_want *want, struct cancel *cancel)
{
	const struct kube_target target = {.resource = &onepassworditem_resource,
					   .namespace = item->o.meta.namespace,
					   .name = item->o.meta.name,
					   .subresource = "status"};
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	struct strbuf body CLEANUP(strbuf_release);

	strbuf_init(&body, 16384);
	if (status_is_current(item, want, !atomic_load(&s->crd_is_old)))
		return NULL;
	TRY_(shared_check_leading(s));
	TRY_(status_write(item, want, clock_wall_ms(), &body));
	TRY(kube_apply(c->kube, &target, NAME_MANAGER_STATUS, body.p, body.len, cancel, &answer),
	    "cannot update status");
	return note_item(s, answer.json, want);
}

/* Somebody else was faster, or we stop: there will be another reconcile, and nothing to tell a person. */
static bool is_passing(const struct err *e)
{
	return err_is(e, ERR_CONFLICT) || err_is(e, ERR_CANCELED);
}

static err_t report(struct shared *s, struct clients *c, const struct sources *sources,
		    const struct sync_outcome *outcome, const struct err *failure, struct cancel *cancel)
{
	struct strbuf message CLEANUP(strbuf_release);
	struct status_want want = {
		.ready = !failure, .reason = status_reason(outcome->stage, failure), .message = ""};

	strbuf_init(&message, 2 * ERR_TEXT_MAX);
	if (failure) {
		status_message(outcome->stage, failure, &message);
		want.message = message.p;
	} else {
		want.item_path = outcome->path;
		want.item_version = outcome->version;
	}
	for (size_t i = 0; failure && !sources->item && i < sources->workloads.n; i++) {
		const struct workload *w = (const struct workload *)sources->workloads.v[i];
		const struct event_about about = {w->resource, w->o.meta.namespace, w->o.meta.name,
						  w->o.meta.uid};

		event_record(s->events, &about, "Warning",
			     err_is(failure, ERR_THROTTLED) ? "RateLimited" : "ReconcileError", want.message);
	}
	if (!sources->item || sources->item->o.meta.deleting)
		return NULL;
	return write_status(s, c, sources->item, &want, cancel);
}

static err_t sync_wanted(const struct sync *s, struct sync_outcome *out)
{
	out->stage = STATUS_STAGE_CONNECT;
	TRY_(trouble_get(&s->shared->trouble));
	return sync_secret(s, out);
}

static void count(const struct shared *s, const struct sync *sync, const struct sync_outcome *outcome,
		  const struct err *failure)
{
	if (failure && !is_passing(failure))
		metric_add(s->sync_errors, METRIC_LABELS(status_reason(outcome->stage, failure)), 1);
	if (!outcome->wrote)
		return;
	metric_add(s->sync_total, METRIC_NO_LABELS, 1);
	log_info(&log_sync, "wrote Secret", F_STR("namespace", sync->namespace), F_STR("name", sync->name),
		 F_STR("item", outcome->path), F_INT("version", outcome->version));
}

/* What somebody mends outside of Kubernetes is looked at again with every poll; a Secret that is fine is
 * compared with its item once in a while. */
static int64_t look_again_ms(const struct shared *s, const char *key, const struct err *failure)
{
	struct memo memo;
	int64_t left_ms;

	if (failure)
		return rand_jitter(s->poll_ms, 10);
	if (!memos_get(s->memos, key, &memo) || !memo.compare_at_ns)
		return 0;
	left_ms = (memo.compare_at_ns - clock_now_ns(NULL)) / NS_PER_MS;
	return left_ms > 1000 ? left_ms : 1000;
}

static err_t sync_and_report(struct sync *s, const struct sources *sources, bool *out_wanted)
{
	struct desired want CLEANUP(desired_release) = {0};
	struct sync_outcome outcome = {.stage = STATUS_STAGE_SPEC};
	err_t failure, unreported;

	failure = desired_from(sources, &want, out_wanted);
	if (!failure && !*out_wanted)
		return NULL;
	s->want = &want;
	if (!failure)
		failure = sync_wanted(s, &outcome);
	count(s->shared, s, &outcome, failure);
	if (is_passing(failure))
		return failure;
	unreported = report(s->shared, s->clients, sources, &outcome, failure, s->cancel);
	if (!failure)
		return unreported;
	err_free(unreported); /* the failure behind it is what counts, and it brings the key again */
	return failure;
}

/* The poller has told of it and brings every key again when it is over. */
static bool is_known_trouble(struct shared *s, const struct err *failure)
{
	err_t trouble CLEANUP(err_freep) = trouble_get(&s->trouble);

	return trouble && failure && streq(err_text(trouble), err_text(failure));
}

err_t reconcile_secret(void *arg, void *state, const char *key, struct cancel *cancel,
		       struct reconcile_result *out)
{
	struct shared *s = arg;
	struct clients *c = state;
	struct sources sources CLEANUP(sources_release) = {0};
	struct kobj *have = kstore_get(s->secrets, key);
	char namespace[254], name[254];
	struct sync sync = {.shared = s,
			    .clients = c,
			    .cancel = cancel,
			    .key = key,
			    .namespace = namespace,
			    .name = name,
			    .have = (const struct secretmeta *)have};
	err_t failure, e;
	bool wanted = false;

	kube_key_parse(key, namespace, name);
	gather(s, key, &sources);
	sync.item = sources.item;

	failure = remove_finalizers(s, c, &sources, cancel);
	if (!failure)
		failure = sync_and_report(&sync, &sources, &wanted);
	kobj_unref(have);
	if (!wanted)
		memos_del(s->memos, key);
	else
		out->again_after_ms = look_again_ms(s, key, failure);

	e = is_passing(failure) ? NULL : restarts_run(s, c, key, cancel, &out->again_after_ms);
	if (!failure || is_known_trouble(s, failure)) {
		err_free(failure);
		return e;
	}
	err_free(e);
	return failure;
}
