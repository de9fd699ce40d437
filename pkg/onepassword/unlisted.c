#include "onepassword/unlisted.h"

#include "base/map.h"
#include "base/mem.h"

struct unlisted {
	struct map *items; /* id → struct unlisted_item */
};

struct unlisted *unlisted_new(void)
{
	struct unlisted *u = MEM_NEW(struct unlisted);

	u->items = map_new(mem_free);
	return u;
}

void unlisted_free(struct unlisted *u)
{
	if (!u)
		return;
	map_free(u->items);
	mem_free(u);
}

void unlisted_expect(struct unlisted *u, const char *id)
{
	if (!map_has(u->items, id) && map_len(u->items) < UNLISTED_MAX)
		map_set(u->items, id, MEM_NEW(struct unlisted_item));
}

struct unlisted_item *unlisted_find(const struct unlisted *u, const char *id)
{
	return map_get(u->items, id);
}

bool unlisted_clear(struct unlisted *u)
{
	const bool had = map_len(u->items) > 0;

	map_clear(u->items);
	return had;
}
