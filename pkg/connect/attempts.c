#include "connect/attempts.h"

#include "base/crypto.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DOUBLINGS_MAX 20

struct record {
	unsigned int n;
	int64_t last_ns;
};

struct attempts {
	int64_t max_wait_ns;
	const struct clock *clock;
	pthread_mutex_t mutex;
	struct map *records;
};

static void record_free(void *r)
{
	mem_free(r);
}

struct attempts *attempts_new(int64_t max_wait_s, const struct clock *clock)
{
	struct attempts *a = MEM_NEW(struct attempts);

	a->max_wait_ns = max_wait_s * NS_PER_S;
	a->clock = clock;
	sync_mutex_init(&a->mutex);
	a->records = map_new(record_free);
	return a;
}

void attempts_free(struct attempts *a)
{
	if (!a)
		return;
	map_free(a->records);
	sync_mutex_destroy(&a->mutex);
	mem_free(a);
}

static void forget_old(struct attempts *a, int64_t now_ns)
{
	const char *key = NULL;
	void *record = NULL;

	for (size_t i = 0; map_next(a->records, &i, &key, &record);) {
		if (now_ns - ((const struct record *)record)->last_ns > ATTEMPTS_FORGET_S * NS_PER_S)
			(void)map_del(a->records, key);
	}
}

static void make_room(struct attempts *a)
{
	const char *key = NULL, *oldest_key = NULL;
	const struct record *oldest = NULL;
	void *record = NULL;

	for (size_t i = 0; map_next(a->records, &i, &key, &record);) {
		if (oldest && ((const struct record *)record)->last_ns >= oldest->last_ns)
			continue;
		oldest = record;
		oldest_key = key;
	}
	if (oldest_key)
		(void)map_del(a->records, oldest_key);
}

static struct record *record_of(struct attempts *a, const char *digest, int64_t now_ns)
{
	struct record *r = map_get(a->records, digest);

	if (r)
		return r;
	if (map_len(a->records) >= ATTEMPTS_KEYS_MAX)
		forget_old(a, now_ns);
	if (map_len(a->records) >= ATTEMPTS_KEYS_MAX)
		make_room(a);
	r = MEM_NEW(struct record);
	map_set(a->records, digest, r);
	return r;
}

#define DIGEST_SIZE 33

static void digest_of(const char *key, char out[DIGEST_SIZE])
{
	uint8_t hash[CRYPTO_SHA256_LEN];
	uint64_t halves[2];

	crypto_sha256(key, strlen(key), hash);
	memcpy(halves, hash, sizeof(halves));
	(void)snprintf(out, DIGEST_SIZE, "%016" PRIx64 "%016" PRIx64, halves[0], halves[1]);
}

/* How long after the n-th attempt the next one may be. */
static int64_t wait_after_ns(const struct attempts *a, unsigned int n)
{
	if (n < ATTEMPTS_FREE)
		return 0;
	const unsigned int doublings = n - ATTEMPTS_FREE < DOUBLINGS_MAX ? n - ATTEMPTS_FREE : DOUBLINGS_MAX;
	const int64_t wait_ns = NS_PER_S << doublings;
	return wait_ns < a->max_wait_ns ? wait_ns : a->max_wait_ns;
}

bool attempts_take(struct attempts *a, const char *key, int64_t *out_wait_s)
{
	const int64_t now_ns = clock_now_ns(a->clock);
	char digest[DIGEST_SIZE];

	digest_of(key, digest);
	SYNC_SCOPE(&a->mutex);
	struct record *r = record_of(a, digest, now_ns);
	if (now_ns - r->last_ns > ATTEMPTS_FORGET_S * NS_PER_S)
		r->n = 0;
	const int64_t left_ns = r->n == 0 ? 0 : r->last_ns + wait_after_ns(a, r->n) - now_ns;
	if (left_ns > 0) {
		*out_wait_s = (left_ns + NS_PER_S - 1) / NS_PER_S;
		return false;
	}
	r->n++;
	r->last_ns = now_ns;
	return true;
}

void attempts_forget(struct attempts *a, const char *key)
{
	char digest[DIGEST_SIZE];

	digest_of(key, digest);
	SYNC_SCOPE(&a->mutex);
	(void)map_del(a->records, digest);
}
