#ifndef KUBE_PACK_H
#define KUBE_PACK_H

#include "kube/store.h"

/* Objects in few bytes: a store of many thousand has no room for pointers and padding. A form says what a
 * kind of object consists of. Its members() visits each member once, in an order of its own, and serves both
 * ways: packing reads the members, unpacking sets those of a zeroed object.
 *
 * Not among them are the namespace and the name, which the key tells; the rest of meta is pack.c's. */
struct pack;
struct kobj_form {
	size_t size; /* of the struct that embeds struct kobj */
	void (*members)(struct pack *p, struct kobj *o);
	void (*release)(struct kobj *o);
};

bool pack_is_reading(const struct pack *p); /* it unpacks: allocate what a count has told */
void pack_int(struct pack *p, int64_t *n);
void pack_size(struct pack *p, size_t *n);
void pack_bool(struct pack *p, bool *b);

/* Texts of base/intern.h; may be NULL. pack_shared is for those that many objects have alike, pack_text for
 * all others. */
void pack_text(struct pack *p, const char **s);
void pack_shared(struct pack *p, const char **s);

/* What a store keeps of an object: the bytes of a form, or with none (NULL) the object itself. */
void *kept_new(const struct kobj_form *form, struct kobj *o); /* takes the reference */
struct kobj *kept_get(const struct kobj_form *form, const void *kept, const char *key); /* a reference */
struct kobj *kept_take(const struct kobj_form *form, void *kept, const char *key);      /* frees kept */

#endif
