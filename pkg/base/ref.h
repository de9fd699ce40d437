#ifndef BASE_REF_H
#define BASE_REF_H

#include "base/def.h"
#include <stdatomic.h>

/* Reference count to embed in objects that are immutable once shared between threads. */
struct ref {
	atomic_int count;
};

static inline void ref_init(struct ref *r)
{
	atomic_init(&r->count, 1);
}

static inline void ref_get(struct ref *r)
{
	atomic_fetch_add_explicit(&r->count, 1, memory_order_relaxed);
}

/* True when that was the last one and the caller must free the object. */
static inline bool ref_put(struct ref *r)
{
	return atomic_fetch_sub_explicit(&r->count, 1, memory_order_acq_rel) == 1;
}

#endif
