#ifndef OPERATOR_LATE_H
#define OPERATOR_LATE_H

#include "operator/memo.h"
#include "operator/workload.h"

/* Workloads that a watch has shown too late: their Secret had changed, and all that were known had rolled,
 * before anybody knew of them. A watch that is silently behind looks like one where nothing happens, so this
 * can be told only afterwards. Thread-safe. Functions take NULL for "none". */
struct late;

struct late *late_new(void);
void late_free(struct late *l);

/* A workload that was not known comes into the store. It is late when it is older than a change of one of its
 * Secrets after which this process has recorded that all have rolled, and when its pod template is the first
 * one: then it has used the Secret all the time. */
void late_note(struct late *l, struct memos *memos, const struct workload *w);

/* It has to roll for that change. */
bool late_is(struct late *l, const struct workload *w, int64_t changed_at_ms);
bool late_any(struct late *l);
void late_done(struct late *l, const struct workload *w);

#endif
