#include "operator/memo.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/sync.h"

#include <string.h>

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

uint64_t memo_mark(const char *text)
{
	uint8_t hash[CRYPTO_SHA256_LEN];
	uint64_t mark;

	crypto_sha256(text, strlen(text), hash);
	memcpy(&mark, hash, sizeof(mark));
	return mark;
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

/* Another Secret of that name: what was seen of the old one does not count, but who waits for a restart still
 * waits. */
static void begin_anew(struct memo *memo, const char *uid)
{
	*memo = (struct memo){.asked = memo->asked,
			      .pending_since_ns = memo->pending_since_ns,
			      .pending_for_ms = memo->pending_for_ms};
	memo->uid = memo_mark(uid);
}

struct memo memos_current(struct memos *m, const char *key, const char *uid, int64_t compare_ms)
{
	struct memo memo = {0};

	memos_get(m, key, &memo);
	if (uid && memo.uid != memo_mark(uid))
		begin_anew(&memo, uid);
	if (!memo.compare_at_ns)
		memo.compare_at_ns =
			clock_now_ns(NULL) + (int64_t)rand_below((uint64_t)compare_ms) * NS_PER_MS;
	return memo;
}

void memos_note_compared(struct memos *m, const char *key, const struct memo_seen *seen, int64_t compare_ms)
{
	struct memo memo = {0};

	memos_get(m, key, &memo);
	memo.uid = memo_mark(seen->uid);
	memo.type = memo_mark(seen->type);
	memo.applied_ms = seen->applied_ms;
	memo.string_data_ms = seen->string_data_ms;
	memo.compare_at_ns = clock_now_ns(NULL) + rand_jitter(compare_ms, 20) * NS_PER_MS;
	memos_set(m, key, &memo);
}

void memos_del(struct memos *m, const char *key)
{
	SYNC_SCOPE(&m->mutex);
	map_del(m->map, key);
}
