#include "operator/report.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "operator/changes.h"
#include "operator/names.h"

#include <stdio.h>

static const struct logger log_report = {.name = "report"};

/* The server's answer tells what it kept of the status: an old CRD drops what it does not know. When that has
 * ended, every status may have to be written whole. */
static err_t note_answer(struct shared *s, const struct status_want *want, const struct jsonx *json)
{
	struct kobj *now = NULL;
	const struct onepassworditem_status *kept;
	bool is_old;

	TRY_(onepassworditem_decode(json, s->copy_annotations, &now));
	kept = &((const struct onepassworditem *)now)->status;
	is_old = !kept->reason || (want->force_sync && !kept->force_sync);
	changes_note_item(s, &now);
	if (atomic_exchange(&s->crd, is_old ? CRD_OLD : CRD_NEW) != CRD_NEW && !is_old)
		shared_queue_all(s);
	return NULL;
}

static err_t write_status(const struct sync *s, const struct status_want *want)
{
	const struct kube_target target = {.resource = &onepassworditem_resource,
					   .namespace = s->namespace,
					   .name = s->name,
					   .subresource = "status"};
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	struct strbuf body CLEANUP(strbuf_release) = {0};

	strbuf_init(&body, 128u << 10);
	TRY_(shared_check_leading(s->shared));
	TRY_(status_write(s->item, want, clock_wall_ms(), &body));
	/* No apply: of that, a server refuses all when its CRD is an older one that lacks a field. */
	TRY(kube_patch(s->clients->kube, &target, KUBE_PATCH_MERGE, NAME_MANAGER_STATUS, body.p, body.len,
		       s->cancel, &answer),
	    "cannot update status");
	return note_answer(s->shared, want, answer.json);
}

/* With the reasons, and the beginnings of the text, that the original's Events have. */
static void warn_workloads(const struct sync *s, const struct kobj_list *workloads, const struct err *failure,
			   const char *message)
{
	const bool limited = err_is(failure, ERR_THROTTLED);
	char *note CLEANUP(mem_freep) = mem_printf(
		"%s%s",
		limited ? "1Password rate limit hit. " : "Failed to sync secret from 1Password: ", message);

	for (size_t i = 0; i < workloads->n; i++) {
		const struct workload *w = (const struct workload *)workloads->v[i];
		const struct event_about about = {w->resource, w->o.meta.namespace, w->o.meta.name,
						  w->o.meta.uid};

		event_record(s->shared->events, &about, "Warning", limited ? "RateLimited" : "ReconcileError",
			     note);
	}
}

/* What all resources have in common, because Connect is away or busy, is in their statuses and no flood of
 * Events.
 */
static bool concerns_the_resource(const struct err *failure)
{
	return err_is(failure, ERR_INVALID) || err_is(failure, ERR_TOO_LARGE) ||
	       err_is(failure, ERR_NOT_FOUND) || err_is(failure, ERR_EXISTS);
}

static struct event_about about_item(const struct onepassworditem *item)
{
	const struct kube_meta *meta = &item->o.meta;

	return (struct event_about){&onepassworditem_resource, meta->namespace, meta->name, meta->uid};
}

static void warn_resource(const struct sync *s, const struct status_want *want)
{
	const struct event_about about = about_item(s->item);

	event_record(s->shared->events, &about, "Warning", want->reason, want->message);
}

/* Events have no state to compare with, so what was told last, and whom, is remembered. */
enum about { ABOUT_SYNC, ABOUT_NAME };

static bool is_told(const struct shared *s, const char *key, enum about about, uint64_t mark)
{
	struct memo memo = {0};
	uint64_t *told = about == ABOUT_NAME ? &memo.told_name : &memo.told;

	memos_get(s->memos, key, &memo);
	if (*told == mark)
		return true;
	*told = mark;
	memos_set(s->memos, key, &memo);
	return false;
}

static uint64_t mark_of(const struct kobj_list *workloads, const char *message)
{
	uint64_t mark = memo_mark(message);

	for (size_t i = 0; i < workloads->n; i++)
		mark ^= memo_mark(workloads->v[i]->meta.uid);
	return mark;
}

void report_bad_name(const struct shared *s, const struct workload *w)
{
	const struct event_about about = {w->resource, w->o.meta.namespace, w->o.meta.name, w->o.meta.uid};
	struct strbuf note CLEANUP(strbuf_release) = {0};
	char key[KUBE_KEY_SIZE];

	strbuf_init(&note, ERR_TEXT_MAX);
	strbuf_adds(&note, "Failed to sync secret from 1Password: " NAME_ITEM_NAME " \"");
	str_add_printable(&note, w->bad_name, 100);
	strbuf_adds(&note, "\" gives no name that a Secret could have: lower-case letters, digits, - and ., "
			   "at most 253, "
			   "each part between dots begins and ends with a letter or digit");
	kube_key_format(w->o.meta.namespace, w->o.meta.name, key);
	if (!is_told(s, key, ABOUT_NAME, memo_mark(note.p)))
		event_record(s->events, &about, "Warning", "ReconcileError", note.p);
}

void report_contest(struct shared *s, const char *key, enum contest_over over,
		    const struct event_about *about)
{
	char *text CLEANUP(mem_freep) = NULL;

	if (!contests_is_news(s->contests, key, over))
		return;
	text = contests_text(s->contests, key, over);
	log_warn(&log_report, "contested", F_STR("kind", about->resource->kind),
		 F_STR("namespace", about->namespace), F_STR("name", about->name), F_STR("why", text));
	event_record(s->events, about, "Warning", "Contested", text);
}

/* The same was said last, and nothing has happened since that is worth another time: somebody has changed it.
 */
static bool is_said_again(const struct sync *s, const struct status_want *want)
{
	const uint64_t mark = status_mark(s->item, want);
	struct memo memo = {0};
	bool again;

	memos_get(s->shared->memos, s->key, &memo);
	again = memo.said == mark && !want->wrote;
	memo.said = mark;
	memos_set(s->shared->memos, s->key, &memo);
	return again;
}

static err_t say(const struct sync *s, const struct status_want *want, struct report *out)
{
	const bool again = is_said_again(s, want);
	char *other CLEANUP(mem_freep) = NULL;
	const struct event_about about = about_item(s->item);

	if (again)
		out->wait_ms =
			contests_wait_ms(s->shared->contests, s->key, CONTEST_STATUS, clock_now_ns(NULL));
	if (out->wait_ms > 0) {
		out->told = true;
		report_contest(s->shared, s->key, CONTEST_STATUS, &about);
		return NULL;
	}
	other = mem_strdup(s->item->status.other);
	TRY_(write_status(s, want));
	if (again)
		shared_note_contest(s->shared, s->key, CONTEST_STATUS, other);
	return NULL;
}

err_t report(const struct sync *s, const struct sources *sources, const struct sync_outcome *outcome,
	     const struct err *failure, struct report *out)
{
	struct strbuf message CLEANUP(strbuf_release) = {0};
	struct status_want want = {.ready = !failure, .reason = status_reason(outcome->stage, failure)};

	strbuf_init(&message, 2 * ERR_TEXT_MAX);
	want.token_ends_s = atomic_load(&s->shared->token_ends_s);
	if (failure) {
		status_message(outcome->stage, failure, &message);
	} else {
		want.item_path = *outcome->path ? outcome->path : NULL;
		want.item_version = outcome->version;
		want.force_sync = s->item ? s->item->force_sync : NULL;
		want.keys = outcome->keys.n ? &outcome->keys : NULL;
		want.wrote = outcome->write.wrote;
	}
	want.message = message.p;
	if (!s->item) {
		const struct kobj_list *told = sources->workloads.n ? &sources->workloads : &sources->users;

		out->told = is_told(s->shared, s->key, ABOUT_SYNC, mark_of(told, want.message));
		if (failure && !out->told)
			warn_workloads(s, told, failure, want.message);
		return NULL;
	}
	if (s->item->o.meta.deleting)
		return NULL;
	out->told = status_is_current(s->item, &want, atomic_load(&s->shared->crd) != CRD_OLD);
	if (out->told)
		return NULL;
	if (failure && concerns_the_resource(failure))
		warn_resource(s, &want);
	return say(s, &want, out);
}

static void take_first(void *arg, const char *key, const struct kobj *o)
{
	char *first = arg;

	(void)o;
	if (!*first)
		snprintf(first, KUBE_KEY_SIZE, "%s", key);
}

void report_try_whole(struct shared *s)
{
	enum crd old = CRD_OLD;
	char key[KUBE_KEY_SIZE] = "";

	if (!atomic_compare_exchange_strong(&s->crd, &old, CRD_TRIED))
		return;
	kstore_each(s->items, take_first, key);
	if (*key)
		workqueue_add(s->queue, key, WORKQUEUE_ROUTINE);
}
