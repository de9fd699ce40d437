#ifndef OPERATOR_KVLIST_H
#define OPERATOR_KVLIST_H

#include "kube/pack.h"
#include "json/json.h"
#include "json/jsonw.h"

/* Labels or annotations: few pairs of strings, of base/intern.h. Zero-initialise. */
struct kv {
	const char *key, *value;
};
struct kvlist {
	struct kv *v;
	size_t n;
	bool cut; /* there were more than KVLIST_MAX */
};
#define KVLIST_MAX 1000

void kvlist_set(struct kvlist *l, const char *key, const char *value); /* copies; replaces */
const char *kvlist_get(const struct kvlist *l, const char *key);       /* NULL if absent */
void kvlist_release(struct kvlist *l);

/* Adds the string members of an object that keep() wants (NULL: all) to an empty list; at most KVLIST_MAX. */
void kvlist_add_json(struct kvlist *l, const struct jsonx *object, bool (*keep)(const char *key));

/* Every pair of want is in have with the same value. */
bool kvlist_contains(const struct kvlist *have, const struct kvlist *want);
bool kvlist_equal(const struct kvlist *a, const struct kvlist *b); /* in whatever order */

void kvlist_pack(struct pack *p, struct kvlist *l);
void kvlist_write(const struct kvlist *l, struct jsonw *w); /* as an object */

#endif
