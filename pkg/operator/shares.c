#include "operator/shares.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

struct share {
	size_t secrets;    /* that wait */
	int64_t workloads; /* that wait */
	int64_t until_ns;
	int64_t places;
	int64_t turns; /* since it waits */
};

struct shares {
	struct map *map; /* by namespace; those that wait or have places */
	size_t n_waiting;
};

struct shares *shares_new(void)
{
	struct shares *s = MEM_NEW(struct shares);

	s->map = map_new(mem_free);
	return s;
}

void shares_free(struct shares *s)
{
	if (!s)
		return;
	map_free(s->map);
	mem_free(s);
}

static bool is_waiting(const struct share *share, int64_t now_ns)
{
	return share->workloads > 0 && now_ns < share->until_ns;
}

/* Where somebody who begins to wait stands: beside the one that has had least, so that nobody saves up turns
 * while he needs none, and nobody who comes late has to catch up. */
static int64_t least_turns(const struct shares *s, const struct share *but, int64_t now_ns)
{
	int64_t least = -1;
	void *value = NULL;

	for (size_t i = 0; map_next(s->map, &i, NULL, &value);) {
		const struct share *other = value;

		if (other != but && is_waiting(other, now_ns) && (least < 0 || other->turns < least))
			least = other->turns;
	}
	return least < 0 ? 0 : least;
}

/* Who has just had a turn is one turn ahead. */
static void begin_to_wait(const struct shares *s, struct share *share, int64_t now_ns)
{
	const int64_t least = least_turns(s, share, now_ns);

	share->turns = share->turns > least ? least + 1 : least;
}

static struct share *share_of(struct shares *s, const char *namespace, int64_t now_ns)
{
	struct share *share = map_get(s->map, namespace);

	if (share)
		return share;
	share = MEM_NEW(struct share);
	share->turns = least_turns(s, NULL, now_ns);
	map_set(s->map, namespace, share);
	return share;
}

static void forget_if_idle(struct shares *s, const char *namespace, const struct share *share)
{
	if (!share->secrets && !share->places)
		map_del(s->map, namespace);
}

void shares_wait(struct shares *s, const char *namespace, const struct shares_change *change, int64_t now_ns)
{
	struct share *share = share_of(s, namespace, now_ns);

	if (!is_waiting(share, now_ns) && now_ns < change->until_ns)
		begin_to_wait(s, share, now_ns);
	s->n_waiting -= share->secrets > 0;
	share->secrets = (size_t)((int64_t)share->secrets + change->secrets);
	s->n_waiting += share->secrets > 0;
	share->workloads += change->workloads;
	if (share->until_ns < change->until_ns)
		share->until_ns = change->until_ns;
	forget_if_idle(s, namespace, share);
}

size_t shares_secrets(const struct shares *s, const char *namespace)
{
	const struct share *share = map_get(s->map, namespace);

	return share ? share->secrets : 0;
}

size_t shares_namespaces(const struct shares *s)
{
	return s->n_waiting;
}

void shares_note_places(struct shares *s, const char *namespace, int change, int64_t now_ns)
{
	struct share *share = share_of(s, namespace, now_ns);

	share->places += change;
	forget_if_idle(s, namespace, share);
}

void shares_note_turn(struct shares *s, const char *namespace)
{
	struct share *share = map_get(s->map, namespace);

	if (share)
		share->turns++;
}

static int64_t at_most(int64_t n, int64_t max)
{
	return n < 0 ? 0 : n < max ? n : max;
}

/* Where both have as many places, those who have had fewer turns come first. */
static int64_t places_before(const struct share *other, const struct share *mine)
{
	const int64_t fewer = mine->places - other->places;

	return fewer + (fewer >= 0 && other->turns + fewer < mine->turns);
}

struct shares_claims shares_of_others(const struct shares *s, const char *namespace, int64_t ahead,
				      int64_t now_ns)
{
	const struct share *known = map_get(s->map, namespace);
	const struct share newcomer = {.turns = least_turns(s, NULL, now_ns)};
	const struct share *mine = known ? known : &newcomer;
	struct shares_claims sum = {0};
	void *value = NULL;

	for (size_t i = 0; map_next(s->map, &i, NULL, &value);) {
		const struct share *other = value;

		if (other == known || !is_waiting(other, now_ns))
			continue;
		sum.turns += at_most(mine->turns - other->turns - ahead, other->workloads);
		sum.places += at_most(places_before(other, mine), other->workloads);
	}
	return sum;
}
