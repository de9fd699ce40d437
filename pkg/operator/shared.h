#ifndef OPERATOR_SHARED_H
#define OPERATOR_SHARED_H

#include "kube/client.h"
#include "kube/event.h"
#include "kube/lease.h"
#include "kube/selector.h"
#include "onepassword/catalog.h"
#include "onepassword/itemfetch.h"
#include "operator/contest.h"
#include "operator/late.h"
#include "operator/memo.h"
#include "operator/pace.h"
#include "operator/trouble.h"
#include "operator/workloads.h"
#include "workqueue/workqueue.h"

#include <stdatomic.h>

/* An old CRD, 1Password's, keeps of a status only what their operator writes. It may be replaced at any time:
 * after each poll one resource tries a whole status. */
enum crd { CRD_NEW, CRD_OLD, CRD_TRIED };

/* What every reconcile has: stores that reflectors keep, the catalog that the poller keeps, and a few
 * settings. All of it is thread-safe or constant. */
struct shared {
	struct kstore *items;   /* struct onepassworditem */
	struct kstore *secrets; /* struct secretmeta; those with our label */
	struct workloads workloads;
	struct kstore *namespaces;           /* those that are served; NULL: all that are watched */
	struct kube_selector *item_selector; /* of workloads whose annotations are served; NULL: all */
	struct catalog *catalog;
	struct itemfetch *itemfetch;
	struct memos *memos;
	struct contests *contests;
	struct workqueue *queue; /* what is to be reconciled */
	struct trouble trouble;
	struct late *late;             /* NULL: watches are never behind */
	struct pace *pace;             /* NULL: workloads roll all at once */
	struct event_recorder *events; /* may be NULL */
	struct lease *_Atomic lease;   /* NULL: we run unelected; set once, before any worker */
	_Atomic int64_t token_ends_s;  /* when the access token ends, if that is soon; 0: it is not */
	_Atomic enum crd crd;

	const struct watches
		*_Atomic watches; /* set once, before any worker; NULL: the stores are complete */

	bool auto_restart;
	bool copy_annotations;
	bool allow_empty_values;
	int64_t poll_ms;
	int64_t restart_window_ms; /* Secrets that change together give one restart */
	int64_t compare_ms; /* every Secret's values are compared about so often, whatever metadata says */

	struct metric *sync_total, *sync_errors, *last_sync, *restarts_total, *restart_failures, *drift_total,
		*polls_skipped, *token_expiry, *contested_total;
};

/* What a worker has of its own. */
struct clients {
	struct kube_client *kube;
	struct op_client *connect;
};

/* Before each write: ERR_CANCELED when somebody else may be leading by now. */
err_t shared_check_leading(const struct shared *s) NODISCARD;

/* While workloads can't be watched there may be some that nobody knows of: none may be counted as done. When
 * they can be, each of them brings the keys of its Secrets. */
bool shared_knows_workloads(const struct shared *s);

/* Something of that key was put right that another program had changed, field manager by; see
 * contests_note. */
void shared_note_contest(struct shared *s, const char *key, enum contest_over over, const char *by);

/* The keys of all Secrets that somebody asks for or may have inherited, sorted, each once. */
void shared_wanted_keys(const struct shared *s, struct strv *out);

void shared_queue_all(struct shared *s); /* brings these keys, as routine */

bool shared_serves_namespace(const struct shared *s, const char *namespace);

/* Puts the server's newest answer about a Secret into the store, so that the next look does not wait for the
 * watch. */
err_t shared_note_secret(struct shared *s, const struct jsonx *secret) NODISCARD;

#endif
