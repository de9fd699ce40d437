#include "operator/memo.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/sync.h"

#include <string.h>

/* What few Secrets have. */
struct rare {
	int64_t string_data_ms;
	uint64_t forced, told, told_name;
	int64_t pending_since_ns, all_for_ms, waiting_told_ns, pending_for_ms;
};

/* A memo as it is kept: there is one for each Secret. */
struct kept {
	uint64_t uid, type, asked, values, wrote, said, fine_at;
	int64_t applied_ms, compare_at_ns;
	struct rare *rare; /* NULL: all zero */
};

struct memos {
	pthread_mutex_t mutex;
	struct map *map; /* key → struct kept */
};

static void kept_free(void *p)
{
	struct kept *k = p;

	mem_free(k->rare);
	mem_free(k);
}

static struct rare rare_of(const struct memo *m)
{
	return (struct rare){
		.string_data_ms = m->string_data_ms,
		.forced = m->forced,
		.told = m->told,
		.told_name = m->told_name,
		.pending_since_ns = m->pending_since_ns,
		.all_for_ms = m->all_for_ms,
		.waiting_told_ns = m->waiting_told_ns,
		.pending_for_ms = m->pending_for_ms,
	};
}

static struct kept *keep(const struct memo *m)
{
	static const struct rare nothing;
	const struct rare rare = rare_of(m);
	struct kept *k = MEM_NEW(struct kept);

	*k = (struct kept){
		.uid = m->uid,
		.type = m->type,
		.asked = m->asked,
		.values = m->values,
		.wrote = m->wrote,
		.said = m->said,
		.fine_at = m->fine_at,
		.applied_ms = m->applied_ms,
		.compare_at_ns = m->compare_at_ns,
	};
	if (memcmp(&rare, &nothing, sizeof(rare)) != 0)
		k->rare = mem_dup(&rare, sizeof(rare));
	return k;
}

static struct memo memo_of(const struct kept *k)
{
	const struct rare rare = k->rare ? *k->rare : (struct rare){0};

	return (struct memo){
		.uid = k->uid,
		.type = k->type,
		.asked = k->asked,
		.values = k->values,
		.wrote = k->wrote,
		.said = k->said,
		.fine_at = k->fine_at,
		.applied_ms = k->applied_ms,
		.compare_at_ns = k->compare_at_ns,
		.string_data_ms = rare.string_data_ms,
		.forced = rare.forced,
		.told = rare.told,
		.told_name = rare.told_name,
		.pending_since_ns = rare.pending_since_ns,
		.all_for_ms = rare.all_for_ms,
		.waiting_told_ns = rare.waiting_told_ns,
		.pending_for_ms = rare.pending_for_ms,
	};
}

struct memos *memos_new(void)
{
	struct memos *m = MEM_NEW(struct memos);

	sync_mutex_init(&m->mutex);
	m->map = map_new(kept_free);
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
	const struct kept *kept = map_get(m->map, key);

	if (kept)
		*out = memo_of(kept);
	return kept;
}

void memos_set(struct memos *m, const char *key, const struct memo *memo)
{
	SYNC_SCOPE(&m->mutex);
	map_set(m->map, key, keep(memo));
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
	memo.values = seen->values;
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

void memos_rest(struct memos *m, const char *key)
{
	SYNC_SCOPE(&m->mutex);
	struct kept *kept = map_get(m->map, key);

	if (kept)
		kept->compare_at_ns = 0;
}

void memos_due(struct memos *m, int64_t now_ns, struct strv *out)
{
	const char *key;
	void *value;

	SYNC_SCOPE(&m->mutex);
	for (size_t i = 0; map_next(m->map, &i, &key, &value);) {
		const struct kept *kept = value;

		if (kept->compare_at_ns && kept->compare_at_ns <= now_ns)
			strv_add(out, key);
	}
}
