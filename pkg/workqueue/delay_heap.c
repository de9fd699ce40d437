#include "workqueue/delay_heap.h"

#include "base/mem.h"

void delay_node_init(struct delay_node *n)
{
	n->place = DELAY_NOT_QUEUED;
}

bool delay_node_is_queued(const struct delay_node *n)
{
	return n->place != DELAY_NOT_QUEUED;
}

static void put(struct delay_heap *h, size_t place, struct delay_node *n)
{
	h->v[place] = n;
	n->place = place;
}

static void sift_up(struct delay_heap *h, struct delay_node *n)
{
	size_t at = n->place;

	while (at > 0 && h->v[(at - 1) / 2]->at_ns > n->at_ns) {
		put(h, at, h->v[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(h, at, n);
}

static void sift_down(struct delay_heap *h, struct delay_node *n)
{
	size_t at = n->place;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < h->n && h->v[child + 1]->at_ns < h->v[child]->at_ns)
			child++;
		if (child >= h->n || h->v[child]->at_ns >= n->at_ns)
			break;
		put(h, at, h->v[child]);
		at = child;
	}
	put(h, at, n);
}

void delay_heap_add(struct delay_heap *h, struct delay_node *n, int64_t at_ns)
{
	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 64;
		h->v = mem_grow(h->v, h->cap, sizeof(*h->v));
	}
	n->at_ns = at_ns;
	put(h, h->n++, n);
	sift_up(h, n);
}

void delay_heap_remove(struct delay_heap *h, struct delay_node *n)
{
	struct delay_node *last;
	const size_t hole = n->place;

	if (!delay_node_is_queued(n))
		return;
	n->place = DELAY_NOT_QUEUED;
	last = h->v[--h->n];
	if (last == n)
		return;
	put(h, hole, last);
	sift_up(h, last);
	sift_down(h, last);
}

struct delay_node *delay_heap_top(const struct delay_heap *h)
{
	return h->n ? h->v[0] : NULL;
}

void delay_heap_release(struct delay_heap *h)
{
	mem_free(h->v);
	*h = (struct delay_heap){0};
}
