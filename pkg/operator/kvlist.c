#include "operator/kvlist.h"

#include "base/intern.h"
#include "base/mem.h"

static struct kv *find(const struct kvlist *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (streq(l->v[i].key, key))
			return &l->v[i];
	return NULL;
}

static void append(struct kvlist *l, const char *key, const char *value)
{
	if (l->n >= KVLIST_MAX) {
		l->cut = true;
		return;
	}
	l->v = mem_grow(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct kv){intern(key), intern(value)};
}

void kvlist_set(struct kvlist *l, const char *key, const char *value)
{
	struct kv *kv = find(l, key);

	if (kv) {
		intern_put(kv->value);
		kv->value = intern(value);
	} else {
		append(l, key, value);
	}
}

const char *kvlist_get(const struct kvlist *l, const char *key)
{
	const struct kv *kv = find(l, key);

	return kv ? kv->value : NULL;
}

void kvlist_release(struct kvlist *l)
{
	for (size_t i = 0; i < l->n; i++) {
		intern_put(l->v[i].key);
		intern_put(l->v[i].value);
	}
	mem_free(l->v);
	*l = (struct kvlist){0};
}

void kvlist_add_json(struct kvlist *l, const struct jsonx *object, bool (*keep)(const char *key))
{
	const struct jsonx *value;
	const char *key;

	/* Keys of an object are unique. */
	for (size_t i = 0; !l->cut && jsonx_next(object, &i, &key, &value);)
		if (jsonx_str(value) && (!keep || keep(key)))
			append(l, key, jsonx_str(value));
}

bool kvlist_contains(const struct kvlist *have, const struct kvlist *want)
{
	for (size_t i = 0; i < want->n; i++)
		if (!streq(kvlist_get(have, want->v[i].key), want->v[i].value))
			return false;
	return true;
}

bool kvlist_equal(const struct kvlist *a, const struct kvlist *b)
{
	return a->n == b->n && kvlist_contains(a, b);
}

void kvlist_pack(struct pack *p, struct kvlist *l)
{
	pack_size(p, &l->n);
	pack_bool(p, &l->cut);
	if (pack_is_reading(p) && l->n > 0)
		l->v = mem_calloc(l->n, sizeof(*l->v));
	for (size_t i = 0; i < l->n; i++) {
		pack_shared(p, &l->v[i].key);
		pack_text(p, &l->v[i].value);
	}
}

void kvlist_write(const struct kvlist *l, struct jsonw *w)
{
	jsonw_object(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_kstr(w, l->v[i].key, l->v[i].value);
	jsonw_end_object(w);
}
