#include "kube/store.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"
#include "kube/pack.h"

/* Objects under one index key. Removal searches it, which is cheap for the few objects that share a key. */
struct bucket {
	struct kobj **v; /* borrowed from objects */
	size_t n, cap;
};

struct kstore {
	pthread_mutex_t mutex;
	void (*index_keys)(const struct kobj *o, struct strv *out);
	const struct kobj_form *form;
	struct map *objects; /* key -> what pack.h keeps of a struct kobj */
	struct map *index;   /* index key -> struct bucket; NULL without index_keys */
	struct map *seen;    /* namespace -> resourceVersion */
};

void kobj_init(struct kobj *o, void (*release)(struct kobj *o))
{
	*o = (struct kobj){.release = release};
	ref_init(&o->ref);
}

struct kobj *kobj_ref(struct kobj *o)
{
	ref_get(&o->ref);
	return o;
}

void kobj_unref(struct kobj *o)
{
	if (!o || !ref_put(&o->ref))
		return;
	if (o->release)
		o->release(o);
	kube_meta_release(&o->meta);
	mem_free(o);
}

void kobj_list_release(struct kobj_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		kobj_unref(l->v[i]);
	mem_free(l->v);
	*l = (struct kobj_list){0};
}

static void bucket_free(void *p)
{
	struct bucket *b = p;

	mem_free(b->v);
	mem_free(b);
}

struct kstore *kstore_new(void (*index_keys)(const struct kobj *o, struct strv *out))
{
	struct kstore *s = MEM_NEW(struct kstore);

	sync_mutex_init(&s->mutex);
	s->index_keys = index_keys;
	s->objects = map_new(NULL);
	s->index = index_keys ? map_new(bucket_free) : NULL;
	s->seen = map_new(mem_free);
	return s;
}

struct kstore *kstore_new_packed(const struct kobj_form *form)
{
	struct kstore *s = kstore_new(NULL);

	s->form = form;
	return s;
}

const struct kobj_form *kstore_form(const struct kstore *s)
{
	return s->form;
}

void kstore_free(struct kstore *s)
{
	const char *key;
	void *kept;

	if (!s)
		return;
	map_free(s->seen);
	map_free(s->index);
	for (size_t i = 0; map_next(s->objects, &i, &key, &kept);)
		kobj_unref(kept_take(s->form, kept, key));
	map_free(s->objects);
	sync_mutex_destroy(&s->mutex);
	mem_free(s);
}

static void index_add(struct kstore *s, const char *index_key, struct kobj *o)
{
	struct bucket *b = map_get(s->index, index_key);

	if (!b) {
		b = MEM_NEW(struct bucket);
		map_set(s->index, index_key, b);
	}
	if (b->n > 0 && b->v[b->n - 1] == o)
		return; /* the object named this key before */
	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 2;
		b->v = mem_grow(b->v, b->cap, sizeof(struct kobj *));
	}
	b->v[b->n++] = o;
}

static void index_del(struct kstore *s, const char *index_key, const struct kobj *o)
{
	struct bucket *b = map_get(s->index, index_key);

	for (size_t i = 0; b && i < b->n; i++)
		if (b->v[i] == o) {
			b->v[i] = b->v[--b->n];
			break;
		}
	if (b && b->n == 0)
		map_del(s->index, index_key);
}

static void index_object(struct kstore *s, struct kobj *o, bool add)
{
	CLEANUP(strv_release) struct strv keys = {0};

	if (!s->index_keys)
		return;
	s->index_keys(o, &keys);
	for (size_t i = 0; i < keys.n; i++)
		if (add)
			index_add(s, keys.v[i], o);
		else
			index_del(s, keys.v[i], o);
}

static struct kobj *take_out(struct kstore *s, const char *key)
{
	void *kept = map_take(s->objects, key);
	struct kobj *old = kept ? kept_take(s->form, kept, key) : NULL;

	if (old)
		index_object(s, old, false);
	return old;
}

static struct kobj *look_up(const struct kstore *s, const char *key)
{
	const void *kept = map_get(s->objects, key);

	return kept ? kept_get(s->form, kept, key) : NULL;
}

static void set(struct kstore *s, const char *key, struct kobj **o, struct kobj **out_old)
{
	*out_old = take_out(s, key);
	index_object(s, *o, true);
	map_set(s->objects, key, kept_new(s->form, TAKE(*o)));
}

static bool is_older_or_same(const struct kobj *o, const struct kobj *stored)
{
	const bool same_uid = streq(o->meta.uid, stored->meta.uid);
	int sign;

	if (!kube_version_compare(o->meta.resource_version, stored->meta.resource_version, &sign))
		return same_uid && streq(o->meta.resource_version, stored->meta.resource_version);
	return sign < 0 || (sign == 0 && same_uid);
}

static bool is_not_after(const struct kobj *o, const char *seen)
{
	int sign;

	return seen && kube_version_compare(o->meta.resource_version, seen, &sign) && sign <= 0;
}

static bool was_deleted(struct kstore *s, const struct kobj *o)
{
	return is_not_after(o, map_get(s->seen, "")) || is_not_after(o, map_get(s->seen, o->meta.namespace));
}

static bool put(struct kstore *s, struct kobj **o, struct kobj **out_old, bool from_server)
{
	char key[KUBE_KEY_SIZE];

	*out_old = NULL;
	kube_key_format((*o)->meta.namespace, (*o)->meta.name, key);
	sync_mutex_lock(&s->mutex);
	struct kobj *stored = look_up(s, key);
	const bool drop = stored ? is_older_or_same(*o, stored) : !from_server && was_deleted(s, *o);
	if (!drop)
		set(s, key, o, out_old);
	sync_mutex_unlock(&s->mutex);
	kobj_unref(stored);
	if (drop)
		kobj_unref(TAKE(*o));
	return !drop;
}

bool kstore_put(struct kstore *s, struct kobj **o, struct kobj **out_old)
{
	return put(s, o, out_old, false);
}

bool kstore_sync(struct kstore *s, struct kobj **o, struct kobj **out_old)
{
	return put(s, o, out_old, true);
}

void kstore_reset(struct kstore *s, struct kobj **o, struct kobj **out_old)
{
	char key[KUBE_KEY_SIZE];

	kube_key_format((*o)->meta.namespace, (*o)->meta.name, key);
	SYNC_SCOPE(&s->mutex);
	set(s, key, o, out_old);
}

struct kobj *kstore_remove(struct kstore *s, const char *key)
{
	SYNC_SCOPE(&s->mutex);
	return take_out(s, key);
}

static bool is_newer(const struct kobj *o, const char *uid, const char *version)
{
	int sign;

	if (kube_version_compare(o->meta.resource_version, version, &sign))
		return sign > 0;
	return uid && !streq(uid, o->meta.uid);
}

struct kobj *kstore_sync_removed(struct kstore *s, const char *key, const char *uid, const char *version)
{
	struct kobj *stored, *removed = NULL;

	SYNC_SCOPE(&s->mutex);
	stored = look_up(s, key);
	if (stored && !is_newer(stored, uid, version))
		removed = take_out(s, key);
	kobj_unref(stored);
	return removed;
}

void kstore_seen(struct kstore *s, const char *namespace, const char *version)
{
	SYNC_SCOPE(&s->mutex);
	map_set(s->seen, namespace, mem_strdup(version));
}

struct kobj *kstore_get(struct kstore *s, const char *key)
{
	SYNC_SCOPE(&s->mutex);
	return look_up(s, key);
}

size_t kstore_len(struct kstore *s)
{
	SYNC_SCOPE(&s->mutex);
	return map_len(s->objects);
}

void kstore_each(struct kstore *s, void (*visit)(void *arg, const char *key, const struct kobj *o), void *arg)
{
	const char *key;
	void *kept;

	SYNC_SCOPE(&s->mutex);
	for (size_t i = 0; map_next(s->objects, &i, &key, &kept);) {
		struct kobj *o = kept_get(s->form, kept, key);

		visit(arg, key, o);
		kobj_unref(o);
	}
}

void kstore_all(struct kstore *s, struct kobj_list *out)
{
	const char *key;
	void *kept;

	SYNC_SCOPE(&s->mutex);
	struct kobj_list l = {.v = mem_calloc(map_len(s->objects) + 1, sizeof(struct kobj *))};

	for (size_t i = 0; map_next(s->objects, &i, &key, &kept);)
		l.v[l.n++] = kept_get(s->form, kept, key);
	*out = l;
}

void kstore_indexed(struct kstore *s, const char *index_key, struct kobj_list *out)
{
	SYNC_SCOPE(&s->mutex);
	const struct bucket *b = s->index ? map_get(s->index, index_key) : NULL;
	struct kobj_list l = {0};

	if (b) {
		l.v = mem_calloc(b->n, sizeof(struct kobj *));
		for (; l.n < b->n; l.n++)
			l.v[l.n] = kobj_ref(b->v[l.n]);
	}
	*out = l;
}
