#include "connect/rates.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"

#define BURST_S 2

/* By the time at which the bucket will be full: the later it is, the emptier it is now. */
struct bucket {
	int64_t full_at_ns;
};

struct rates {
	int64_t per_second;
	const struct clock *clock;
	pthread_mutex_t mutex;
	struct map *buckets;
};

static void bucket_free(void *b)
{
	mem_free(b);
}

struct rates *rates_new(int64_t per_second, const struct clock *clock)
{
	struct rates *r = MEM_NEW(struct rates);

	r->per_second = per_second;
	r->clock = clock;
	sync_mutex_init(&r->mutex);
	r->buckets = map_new(bucket_free);
	return r;
}

void rates_free(struct rates *r)
{
	if (!r)
		return;
	map_free(r->buckets);
	sync_mutex_destroy(&r->mutex);
	mem_free(r);
}

static void forget_full(struct rates *r, int64_t now_ns)
{
	const char *key = NULL;
	void *bucket = NULL;

	for (size_t i = 0; map_next(r->buckets, &i, &key, &bucket);)
		if (((const struct bucket *)bucket)->full_at_ns <= now_ns)
			map_del(r->buckets, key);
}

static struct bucket *bucket_of(struct rates *r, const char *key, int64_t now_ns)
{
	struct bucket *b = map_get(r->buckets, key);

	if (b)
		return b;
	if (map_len(r->buckets) >= RATES_KEYS_MAX)
		forget_full(r, now_ns);
	if (map_len(r->buckets) >= RATES_KEYS_MAX)
		key = "";
	b = map_get(r->buckets, key);
	if (!b) {
		b = MEM_NEW(struct bucket);
		map_set(r->buckets, key, b);
	}
	return b;
}

bool rates_take(struct rates *r, const char *key, int64_t *out_wait_s)
{
	const int64_t now_ns = clock_now_ns(r->clock);
	int64_t one_ns, full_at_ns;
	struct bucket *b;

	if (r->per_second == 0)
		return true;
	one_ns = NS_PER_S / r->per_second;
	SYNC_SCOPE(&r->mutex);
	b = bucket_of(r, key, now_ns);
	full_at_ns = (b->full_at_ns > now_ns ? b->full_at_ns : now_ns) + one_ns;
	if (full_at_ns - now_ns > BURST_S * NS_PER_S) {
		*out_wait_s = 1;
		return false;
	}
	b->full_at_ns = full_at_ns;
	return true;
}
