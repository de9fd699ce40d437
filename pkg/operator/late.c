#include "operator/late.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"

#define LATE_MAX 10000

struct late {
	pthread_mutex_t mutex;
	struct map *uids; /* the values say nothing */
};

struct late *late_new(void)
{
	struct late *l = MEM_NEW(struct late);

	sync_mutex_init(&l->mutex);
	l->uids = map_new(NULL);
	return l;
}

void late_free(struct late *l)
{
	if (!l)
		return;
	map_free(l->uids);
	sync_mutex_destroy(&l->mutex);
	mem_free(l);
}

static bool has_missed_a_change(struct memos *memos, const struct workload *w)
{
	for (size_t i = 0; i < w->secrets.n; i++) {
		char key[KUBE_KEY_SIZE];
		struct memo memo;

		kube_key_format(w->o.meta.namespace, w->secrets.v[i], key);
		if (memos_get(memos, key, &memo) && w->o.meta.created_ms <= memo.all_for_ms)
			return true;
	}
	return false;
}

void late_note(struct late *l, struct memos *memos, const struct workload *w)
{
	if (!l || w->o.meta.generation != 1 || !has_missed_a_change(memos, w))
		return;
	SYNC_SCOPE(&l->mutex);
	if (map_len(l->uids) < LATE_MAX)
		map_set(l->uids, w->o.meta.uid, l);
}

bool late_is(struct late *l, const struct workload *w, int64_t changed_at_ms)
{
	if (!l || w->o.meta.created_ms > changed_at_ms)
		return false;
	SYNC_SCOPE(&l->mutex);
	return map_has(l->uids, w->o.meta.uid);
}

bool late_any(struct late *l)
{
	if (!l)
		return false;
	SYNC_SCOPE(&l->mutex);
	return map_len(l->uids) > 0;
}

void late_done(struct late *l, const struct workload *w)
{
	if (!l)
		return;
	SYNC_SCOPE(&l->mutex);
	map_del(l->uids, w->o.meta.uid);
}
