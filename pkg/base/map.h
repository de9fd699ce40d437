#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/def.h"

/* Hash map from strings (copied) to pointers. Keys may come from hostile input: the hash is keyed at random.
 */
struct map;

typedef void (*map_free_fn)(void *value);

struct map *map_new(map_free_fn free_value); /* NULL: values are not owned */
void map_free(struct map *m);
void map_freep(struct map **m);

size_t map_len(const struct map *m);
void *map_get(const struct map *m, const char *key); /* borrowed; NULL if absent */
bool map_has(const struct map *m, const char *key);
void map_set(struct map *m, const char *key, void *value); /* replaces and frees the old value */
void *map_take(struct map *m, const char *key);            /* removes; the caller owns the value */
bool map_del(struct map *m, const char *key);
void map_clear(struct map *m);

/* for (size_t i = 0; map_next(m, &i, &key, &value);) {...}  Order is unspecified; deleting the entry just
 * returned is allowed, any other change is not. key and value may be NULL pointers. */
bool map_next(const struct map *m, size_t *iter, const char **key, void **value);

#endif
