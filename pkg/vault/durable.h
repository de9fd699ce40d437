#ifndef VAULT_DURABLE_H
#define VAULT_DURABLE_H

#include "base/sync.h"
#include "vault/db.h"
#include <stdatomic.h>

/* Internal to pkg/vault. Commits that share syncs: each is written to the log without a sync, and who must
 * know that it is on the disk waits here. One of those who wait syncs for all that were written before; who
 * comes meanwhile shares the next sync. After a sync that failed nothing is durable any more, as what the
 * system failed to write it may have forgotten: until the store is opened again. Thread-safe. */
struct durable {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct db *db; /* a connection for syncs only */
	bool syncing, failed;
	_Atomic int64_t written; /* newest commit of this process, or that it saw */
	_Atomic int64_t synced;
};

void durable_init(struct durable *d);
void durable_release(struct durable *d);

/* A commit with this sequence is in the log. */
void durable_note(struct durable *d, int64_t sequence);

/* Returns when the commit, which was noted, is on the disk. */
err_t durable_reach(struct durable *d, int64_t sequence) NODISCARD;

#endif
