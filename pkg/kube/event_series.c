#include "kube/event_series.h"

#include "base/map.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>

struct event_history {
	struct map *buckets; /* object -> struct bucket */
	struct map *series;  /* object and text -> struct event_series */
};

/* How many events an object may still have. */
struct bucket {
	int left;
	int64_t refilled_at_ns;
};

struct event_history *event_history_new(void)
{
	struct event_history *h = MEM_NEW(struct event_history);

	h->buckets = map_new(mem_free);
	h->series = map_new(mem_free);
	return h;
}

void event_history_free(struct event_history *h)
{
	if (!h)
		return;
	map_free(h->buckets);
	map_free(h->series);
	mem_free(h);
}

static void refill(struct bucket *b, int64_t now_ns)
{
	const int64_t periods = (now_ns - b->refilled_at_ns) / (EVENT_REFILL_S * NS_PER_S);

	b->refilled_at_ns += periods * EVENT_REFILL_S * NS_PER_S;
	b->left = periods >= EVENT_BURST - b->left ? EVENT_BURST : b->left + (int)periods;
}

/* A full bucket is as good as none. */
static void forget_full(struct map *buckets, int64_t now_ns)
{
	const char *key;
	void *value;

	for (size_t i = 0; map_next(buckets, &i, &key, &value);) {
		struct bucket *b = value;

		refill(b, now_ns);
		if (b->left == EVENT_BURST)
			map_del(buckets, key);
	}
}

static bool take_token(struct event_history *h, const char *object, int64_t now_ns)
{
	struct bucket *b = map_get(h->buckets, object);

	if (!b) {
		if (map_len(h->buckets) >= EVENT_OBJECTS_MAX)
			forget_full(h->buckets, now_ns);
		if (map_len(h->buckets) >= EVENT_OBJECTS_MAX)
			return false;
		b = MEM_NEW(struct bucket);
		*b = (struct bucket){.left = EVENT_BURST, .refilled_at_ns = now_ns};
		map_set(h->buckets, object, b);
	}
	refill(b, now_ns);
	if (b->left == 0)
		return false;
	b->left--;
	return true;
}

struct event_series *event_history_count(struct event_history *h, const char *object, const char *text,
					 int64_t now_ns, int64_t wall_ms)
{
	CLEANUP(mem_freep) char *key = mem_printf("%s\n%s", object, text);

	if (!take_token(h, object, now_ns))
		return NULL;
	struct event_series *s = map_get(h->series, key);
	if (!s) {
		/* Forgotten series cost a second Event, no more. */
		if (map_len(h->series) >= EVENT_SERIES_MAX)
			map_clear(h->series);
		s = MEM_NEW(struct event_series);
		s->first_wall_ms = wall_ms;
		map_set(h->series, key, s);
	}
	s->count++;
	return s;
}

void event_name_format(const char *object, uint64_t number, char out[EVENT_NAME_SIZE])
{
	size_t len = strnlen(object, EVENT_NAME_SIZE - 1 - 17);

	/* A cut may leave what no part of a name may end with. */
	while (len > 0 && (object[len - 1] == '.' || object[len - 1] == '-'))
		len--;
	snprintf(out, EVENT_NAME_SIZE, "%.*s.%016llx", (int)len, object, (unsigned long long)number);
}
