#include "operator/memo.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"

struct memos {
	pthread_mutex_t mutex;
	struct map *map;
};

struct memos *memos_new(void)
{
	struct memos *m = MEM_NEW(struct memos);

	sync_mutex_init(&m->mutex);
	m->map = map_new(mem_free);
	return m;
}

void memos_free(struct memos *m)
{
	if (!m)
		return;
	map_free(m->map);
	sync_mutex_destroy(&m->mutex);
	mem_free(m);
}

bool memos_get(struct memos *m, const char *key, struct memo *out)
{
	SYNC_SCOPE(&m->mutex);
	const struct memo *memo = map_get(m->map, key);

	if (memo)
		*out = *memo;
	return memo;
}

void memos_set(struct memos *m, const char *key, const struct memo *memo)
{
	SYNC_SCOPE(&m->mutex);
	map_set(m->map, key, mem_dup(memo, sizeof(*memo)));
}

void memos_del(struct memos *m, const char *key)
{
	SYNC_SCOPE(&m->mutex);
	map_del(m->map, key);
}
