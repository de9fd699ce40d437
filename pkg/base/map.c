#include "base/map.h"

#include "base/mem.h"
#include "base/rand.h"
#include "base/siphash.h"
#include "base/str.h"

#include <string.h>

#define FIRST_SLOTS 8

/* Open addressing with linear probing. A deleted entry leaves a tombstone, so nothing moves while somebody
 * iterates and deletes; map_set clears tombstones away. */
struct slot {
	char *key; /* NULL: free or tombstone */
	void *value;
	uint32_t hash;
	bool tombstone;
};

struct map {
	struct slot *slots;
	size_t n_slots; /* 0 or a power of two */
	size_t n;
	size_t used; /* entries and tombstones */
	map_free_fn free_value;
	struct siphash_key key;
};

struct map *map_new(map_free_fn free_value)
{
	struct map *m = MEM_NEW(struct map);

	m->free_value = free_value;
	rand_bytes(&m->key, sizeof(m->key));
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	map_clear(m);
	mem_free(m);
}

void map_freep(struct map **m)
{
	map_free(*m);
	*m = NULL;
}

size_t map_len(const struct map *m)
{
	return m->n;
}

static uint32_t hash_of(const struct map *m, const char *key)
{
	return (uint32_t)siphash(&m->key, key, strlen(key));
}

static struct slot *find(const struct map *m, const char *key)
{
	if (m->n == 0)
		return NULL;
	const uint32_t hash = hash_of(m, key);
	for (size_t i = hash & (m->n_slots - 1);; i = (i + 1) & (m->n_slots - 1)) {
		struct slot *s = &m->slots[i];

		if (s->key && s->hash == hash && streq(s->key, key))
			return s;
		if (!s->key && !s->tombstone)
			return NULL;
	}
}

/* The slot for a new key; tombstones are not reused, so `used` only grows until the next rebuild. */
static struct slot *find_free(const struct map *m, uint32_t hash)
{
	size_t i = hash & (m->n_slots - 1);

	while (m->slots[i].key || m->slots[i].tombstone)
		i = (i + 1) & (m->n_slots - 1);
	return &m->slots[i];
}

/* Doubles the table when it is half full of entries; else only clears the tombstones. */
static void rebuild(struct map *m)
{
	struct slot *old = m->slots;
	const size_t n_old = m->n_slots;

	if (n_old == 0)
		m->n_slots = FIRST_SLOTS;
	else if (m->n >= n_old / 2)
		m->n_slots = n_old * 2;
	m->slots = mem_calloc(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].key)
			*find_free(m, old[i].hash) = old[i];
	}
	m->used = m->n;
	mem_free(old);
}

static void free_value(const struct map *m, void *value)
{
	if (m->free_value && value)
		m->free_value(value);
}

void *map_get(const struct map *m, const char *key)
{
	const struct slot *s = find(m, key);

	return s ? s->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
	return find(m, key) != NULL;
}

void map_set(struct map *m, const char *key, void *value)
{
	struct slot *s = find(m, key);

	if (s) {
		void *old = s->value;

		s->value = value;
		if (old != value)
			free_value(m, old);
		return;
	}
	if ((m->used + 1) * 4 > m->n_slots * 3)
		rebuild(m);
	const uint32_t hash = hash_of(m, key);
	*find_free(m, hash) = (struct slot){.key = mem_strdup(key), .value = value, .hash = hash};
	m->n++;
	m->used++;
}

static void *remove_slot(struct map *m, struct slot *s)
{
	void *value = s->value;

	mem_free(s->key);
	*s = (struct slot){.tombstone = true};
	m->n--;
	return value;
}

void *map_take(struct map *m, const char *key)
{
	struct slot *s = find(m, key);

	return s ? remove_slot(m, s) : NULL;
}

bool map_del(struct map *m, const char *key)
{
	struct slot *s = find(m, key);

	if (!s)
		return false;
	free_value(m, remove_slot(m, s));
	return true;
}

void map_clear(struct map *m)
{
	for (size_t i = 0; i < m->n_slots; i++) {
		if (m->slots[i].key) {
			mem_free(m->slots[i].key);
			free_value(m, m->slots[i].value);
		}
	}
	mem_free(m->slots);
	m->slots = NULL;
	m->n_slots = m->n = m->used = 0;
}

bool map_next(const struct map *m, size_t *iter, const char **key, void **value)
{
	for (; *iter < m->n_slots; (*iter)++) {
		const struct slot *s = &m->slots[*iter];

		if (!s->key)
			continue;
		if (key)
			*key = s->key;
		if (value)
			*value = s->value;
		(*iter)++;
		return true;
	}
	return false;
}
