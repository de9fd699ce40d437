#ifndef WORKQUEUE_DELAY_HEAP_H
#define WORKQUEUE_DELAY_HEAP_H

#include "base/def.h"

/* Binary min-heap of embedded nodes by time. A node knows its place, so it can be removed from the middle. */
struct delay_node {
	int64_t at_ns;
	size_t place; /* index in the heap, or DELAY_NOT_QUEUED */
};
#define DELAY_NOT_QUEUED SIZE_MAX

/* Zero-initialise. Nodes are borrowed. */
struct delay_heap {
	struct delay_node **v;
	size_t n, cap;
};

void delay_node_init(struct delay_node *n);
bool delay_node_is_queued(const struct delay_node *n);

void delay_heap_add(struct delay_heap *h, struct delay_node *n, int64_t at_ns);
void delay_heap_remove(struct delay_heap *h, struct delay_node *n); /* fine when it is not queued */
struct delay_node *delay_heap_top(const struct delay_heap *h);      /* NULL when empty */
void delay_heap_release(struct delay_heap *h);

#endif
