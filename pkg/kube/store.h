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

/* For a struct that embeds struct kobj as its first member; the caller then fills meta by kube_meta_parse. */
void kobj_init(struct kobj *o, void (*release)(struct kobj *o));
struct kobj *kobj_ref(struct kobj *o);
void kobj_unref(struct kobj *o); /* NULL is fine */

struct kstore;

/* index_keys: adds to out the index keys of an object ("namespace/secret-name" …); may be NULL. It must say
 * the same for the same object each time, and is called with the store locked. */
struct kstore *kstore_new(void (*index_keys)(const struct kobj *o, struct strv *out));

/* Keeps objects in few bytes: what it gives out is made anew each time. Without an index. */
struct kobj_form;
struct kstore *kstore_new_packed(const struct kobj_form *form);
const struct kobj_form *kstore_form(const struct kstore *s); /* NULL: it is not packed */

void kstore_free(struct kstore *s);

struct kobj *kstore_get(struct kstore *s, const char *key); /* a reference, or NULL */
size_t kstore_len(struct kstore *s);

/* visit gets each object for the time of the call, with the store locked; in no order. */
void kstore_each(struct kstore *s, void (*visit)(void *arg, const char *key, const struct kobj *o),
		 void *arg);

/* References to all objects, or to those under an index key; in no order. Of a packed store each of them
 * takes its full size. */
struct kobj_list {
	struct kobj **v;
	size_t n;
};
void kobj_list_release(struct kobj_list *l); /* for CLEANUP */
void kstore_all(struct kstore *s, struct kobj_list *out);
void kstore_indexed(struct kstore *s, const char *index_key, struct kobj_list *out);

/* For a writer that has just got a newer state back from the server. Takes *o. Sets *out_old to what was
 * there (a reference, or NULL). The object is dropped, and false returned, when the store knows better: its
 * resourceVersion is not newer than that of the stored one (by kube_version_compare; where that cannot tell,
 * only an equal one of the same uid is dropped), or nothing is stored and the reflector has already seen a
 * later version, so that the object has been deleted since. The reflector delivers what is dropped wrongly.
 */
bool kstore_put(struct kstore *s, struct kobj **o, struct kobj **out_old);

struct kobj *kstore_remove(struct kstore *s, const char *key); /* a reference to what was there, or NULL */

/* For the reflector, which is one per store and namespace.
 * kstore_sync: as kstore_put, but also takes what is not newer than kstore_seen.
 * kstore_reset: takes *o whatever is stored; for a server whose history went back.
 * kstore_sync_removed: the server had no such object any more at that version. Removes what is there, unless
 * it is newer; where versions cannot tell, unless it has another uid (uid NULL: any). kstore_seen: the store
 * has all changes of a namespace ("": of all) up to that version. */
bool kstore_sync(struct kstore *s, struct kobj **o, struct kobj **out_old);
void kstore_reset(struct kstore *s, struct kobj **o, struct kobj **out_old);
struct kobj *kstore_sync_removed(struct kstore *s, const char *key, const char *uid, const char *version);
void kstore_seen(struct kstore *s, const char *namespace, const char *version);

#endif
