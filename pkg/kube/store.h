#ifndef KUBE_STORE_H
#define KUBE_STORE_H

#include "base/ref.h"
#include "kube/meta.h"

/* The newest known state of the objects of one kind, kept compact: decode keeps only what the program uses.
 * Objects are immutable and reference-counted, so that a reader holds one without a lock. */
struct kobj {
	struct ref ref;
	struct kube_meta meta;
	void (*release)(struct kobj *o); /* frees what the embedding struct owns, meta and the struct itself
					    excluded */
};

/* Embeds struct kobj as its first member. */
void kobj_init(struct kobj *o, void (*release)(struct kobj *o));
struct kobj *kobj_ref(struct kobj *o);
void kobj_unref(struct kobj *o); /* NULL is fine */

struct kstore;

/* index_keys: adds to out the index keys of an object ("namespace/secret-name" …); may be NULL. */
struct kstore *kstore_new(void (*index_keys)(const struct kobj *o, struct strv *out));
void kstore_free(struct kstore *s);

struct kobj *kstore_get(struct kstore *s, const char *key); /* a reference, or NULL */
size_t kstore_len(struct kstore *s);

/* References to all objects, to those of a namespace, or to those under an index key. */
struct kobj_list {
	struct kobj **v;
	size_t n;
};
void kobj_list_release(struct kobj_list *l); /* for CLEANUP */
void kstore_all(struct kstore *s, struct kobj_list *out);
void kstore_indexed(struct kstore *s, const char *index_key, struct kobj_list *out);

/* Takes *o. Sets *out_old to what was there (a reference, or NULL). Used by the reflector, and by a writer
 * that has just got a newer state back from the server: an object whose resourceVersion is older than the
 * stored one of the same uid is dropped (compared as decimal numbers of any length where both are; otherwise
 * always taken). Returns false when it was dropped. */
bool kstore_put(struct kstore *s, struct kobj **o, struct kobj **out_old);
struct kobj *kstore_remove(struct kstore *s, const char *key); /* a reference to what was there, or NULL */

#endif
