#include "base/intern.h"

#include "base/mem.h"
#include "base/rand.h"
#include "base/siphash.h"
#include "base/str.h"
#include "base/sync.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

struct text {
	struct text *next; /* in its bucket */
	uint32_t hash;
	uint32_t users;
	char s[];
};

static struct {
	pthread_mutex_t mutex;
	struct text **buckets;
	size_t n_buckets; /* 0 or a power of two */
	size_t n;
	struct siphash_key key; /* texts may come from hostile input */
} table = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static uint32_t hash_of(const char *s)
{
	return (uint32_t)siphash(&table.key, s, strlen(s));
}

static struct text **bucket_of(uint32_t hash)
{
	return &table.buckets[hash & (table.n_buckets - 1)];
}

/* Where the text is, or would be. */
static struct text **place_of(const char *s, uint32_t hash)
{
	struct text **at = bucket_of(hash);

	while (*at && ((*at)->hash != hash || !streq((*at)->s, s)))
		at = &(*at)->next;
	return at;
}

static void grow(void)
{
	struct text **old = table.buckets;
	const size_t n_old = table.n_buckets;

	if (n_old == 0)
		rand_bytes(&table.key, sizeof(table.key));
	table.n_buckets = n_old ? 2 * n_old : FIRST_BUCKETS;
	table.buckets = mem_calloc(table.n_buckets, sizeof(struct text *));
	for (size_t i = 0; i < n_old; i++)
		for (struct text *t = old[i], *next; t; t = next) {
			struct text **bucket = bucket_of(t->hash);

			next = t->next;
			t->next = *bucket;
			*bucket = t;
		}
	mem_free(old);
}

static struct text *new_text(const char *s, uint32_t hash)
{
	const size_t size = strlen(s) + 1;
	struct text *t = mem_alloc(sizeof(*t) + size);

	*t = (struct text){.hash = hash};
	memcpy(t->s, s, size);
	return t;
}

const char *intern(const char *s)
{
	struct text **at;
	uint32_t hash;

	if (!s)
		return NULL;
	SYNC_SCOPE(&table.mutex);
	if (table.n >= table.n_buckets)
		grow();
	hash = hash_of(s);
	at = place_of(s, hash);
	if (!*at) {
		*at = new_text(s, hash);
		table.n++;
	}
	(*at)->users++;
	return (*at)->s;
}

void intern_put(const char *s)
{
	struct text **at, *t;

	if (!s)
		return;
	SYNC_SCOPE(&table.mutex);
	at = place_of(s, hash_of(s));
	t = *at;
	if (!t)
		abort(); /* one that was never given out */
	if (--t->users > 0)
		return;
	*at = t->next;
	mem_free(t);
	if (--table.n > 0)
		return;
	mem_free(TAKE(table.buckets));
	table.n_buckets = 0;
}

size_t intern_count(void)
{
	SYNC_SCOPE(&table.mutex);
	return table.n;
}
