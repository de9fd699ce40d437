#include "vault/durable.h"

void durable_init(struct durable *d)
{
	*d = (struct durable){0};
	sync_mutex_init(&d->mutex);
	sync_cond_init(&d->changed);
}

void durable_release(struct durable *d)
{
	db_freep(&d->db);
	sync_cond_destroy(&d->changed);
	sync_mutex_destroy(&d->mutex);
}

void durable_note(struct durable *d, int64_t sequence)
{
	int64_t written = atomic_load(&d->written);

	while (written < sequence && !atomic_compare_exchange_weak(&d->written, &written, sequence))
		continue;
}

/* With the mutex held, which it gives up while the disk works. */
static NODISCARD err_t sync_all(struct durable *d)
{
	const int64_t reach = atomic_load(&d->written);

	d->syncing = true;
	sync_mutex_unlock(&d->mutex);
	err_t e = db_sync(d->db);
	sync_mutex_lock(&d->mutex);
	d->syncing = false;
	d->failed = e != NULL;
	if (!e)
		atomic_store(&d->synced, reach);
	pthread_cond_broadcast(&d->changed);
	return e;
}

err_t durable_reach(struct durable *d, int64_t sequence)
{
	if (atomic_load(&d->synced) >= sequence)
		return NULL;
	SYNC_SCOPE(&d->mutex);
	while (atomic_load(&d->synced) < sequence) {
		if (d->failed)
			return err_new(ERR_UNAVAILABLE, "the disk failed to take what was written before");
		if (d->syncing)
			sync_cond_wait(&d->changed, &d->mutex);
		else
			TRY_(sync_all(d));
	}
	return NULL;
}
