#include "connect/waiting.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/sync.h"
#include "vault/id.h"

#include <stdatomic.h>

struct waiting {
	pthread_mutex_t mutex;
	char (*tokens)[OBJECT_ID_SIZE]; /* of each that waits */
	size_t n, max;
	atomic_bool stop;
};

struct waiting *waiting_new(size_t max)
{
	struct waiting *w = MEM_NEW(struct waiting);

	sync_mutex_init(&w->mutex);
	w->tokens = mem_calloc(max + 1, sizeof(*w->tokens));
	w->max = max;
	return w;
}

void waiting_free(struct waiting *w)
{
	if (!w)
		return;
	sync_mutex_destroy(&w->mutex);
	mem_free(w->tokens);
	mem_free(w);
}

bool waiting_enter(struct waiting *w, const char *token_id)
{
	SYNC_SCOPE(&w->mutex);
	const size_t share = w->max < 8 ? 1 : w->max / 4;
	size_t own = 0;

	for (size_t i = 0; i < w->n; i++)
		own += streq(w->tokens[i], token_id);
	if (w->n >= w->max || own >= share)
		return false;
	object_id_set(w->tokens[w->n++], token_id);
	return true;
}

void waiting_leave(struct waiting *w, const char *token_id)
{
	SYNC_SCOPE(&w->mutex);
	for (size_t i = 0; i < w->n; i++) {
		if (!streq(w->tokens[i], token_id))
			continue;
		object_id_set(w->tokens[i], w->tokens[w->n - 1]);
		w->n--;
		return;
	}
}

size_t waiting_count(struct waiting *w)
{
	SYNC_SCOPE(&w->mutex);
	return w->n;
}

void waiting_stop(struct waiting *w)
{
	atomic_store(&w->stop, true);
}

bool waiting_is_stopped(struct waiting *w)
{
	return atomic_load(&w->stop);
}
