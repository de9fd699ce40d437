#include "kube/feed.h"

#include "base/log.h"
#include "kube/pack.h"

static const struct logger lg = {.name = "kube"};

/* More objects of one kind than any cluster can hold. */
#define OBJECTS_MAX 1000000

void feed_list_init(struct feed_list *l, const struct reflector_options *options)
{
	*l = (struct feed_list){.options = options, .objects = map_new(NULL)};
}

static const struct kobj_form *form_of(const struct feed_list *l)
{
	return kstore_form(l->options->store);
}

static struct kobj *take(struct feed_list *l, const char *key)
{
	void *kept = map_get(l->objects, key);
	struct kobj *o = kept ? kept_take(form_of(l), kept, key) : NULL;

	map_del(l->objects, key); /* and the key with it */
	return o;
}

void feed_list_release(struct feed_list *l)
{
	const char *key;

	for (size_t i = 0; map_next(l->objects, &i, &key, NULL);)
		kobj_unref(take(l, key));
	map_free(l->objects);
	*l = (struct feed_list){0};
}

static void log_skipped(const struct reflector_options *options, const char *key, const struct err *e)
{
	log_debug(&lg, "object skipped", F_STR("resource", options->resource->plural), F_STR("object", key),
		  F_ERR(e));
}

/* The key of an object that was not decoded. */
static NODISCARD err_t find_key(const struct jsonx *object, char key[KUBE_KEY_SIZE])
{
	const struct jsonx *metadata = jsonx_get(object, "metadata");
	const char *name = jsonx_get_str(metadata, "name");

	if (str_empty(name))
		return err_new(ERR_PROTOCOL, "metadata.name: missing");
	kube_key_format(jsonx_get_str(metadata, "namespace"), name, key);
	return NULL;
}

static NODISCARD err_t decode(const struct reflector_options *options, const struct jsonx *object,
			      struct kobj **out)
{
	struct kobj *o = NULL;

	TRY_(options->decode(options->arg, object, &o));
	if (o && !o->meta.name) {
		kobj_unref(o);
		return err_new(ERR_INTERNAL, "decode of %s: left meta empty", options->resource->plural);
	}
	*out = o;
	return NULL;
}

/* A server that shows an object twice shows the newer state last. */
static void add(struct feed_list *l, const char *key, struct kobj *o)
{
	kobj_unref(take(l, key));
	map_set(l->objects, key, o ? kept_new(form_of(l), o) : NULL);
}

err_t feed_list_add(struct feed_list *l, const struct jsonx *object)
{
	struct kobj *o = NULL;
	char key[KUBE_KEY_SIZE];

	if (map_len(l->objects) == OBJECTS_MAX)
		return err_new(ERR_TOO_LARGE, "list of %s: more than %d objects",
			       l->options->resource->plural, OBJECTS_MAX);
	CLEANUP(err_freep) err_t e = decode(l->options, object, &o);
	if (e) {
		TRY_(find_key(object, key));
		log_skipped(l->options, key, e);
		l->skipped++;
		add(l, key, NULL);
	} else if (o) {
		kube_key_format(o->meta.namespace, o->meta.name, key);
		add(l, key, o);
	}
	return NULL;
}

static void report(const struct reflector_options *options, struct kobj *old, struct kobj *now)
{
	if (options->on_change)
		options->on_change(options->arg, old, now);
	kobj_unref(old);
	kobj_unref(now);
}

static bool is_ours(const struct reflector_options *options, const struct kobj *o)
{
	return str_empty(options->namespace) || streq(options->namespace, o->meta.namespace);
}

/* What is stored, and not in the list. */
struct absent {
	const struct feed_list *list;
	struct strv keys;
};

static void note_absent(void *arg, const char *key, const struct kobj *o)
{
	struct absent *a = arg;

	if (is_ours(a->list->options, o) && !map_has(a->list->objects, key))
		strv_add(&a->keys, key);
}

static void remove_absent(struct feed_list *l, const char *version, bool reset)
{
	struct absent absent = {.list = l};

	kstore_each(l->options->store, note_absent, &absent);
	for (size_t i = 0; i < absent.keys.n; i++) {
		const char *key = absent.keys.v[i];
		struct kobj *old = reset ? kstore_remove(l->options->store, key)
					 : kstore_sync_removed(l->options->store, key, NULL, version);
		if (old)
			report(l->options, old, NULL);
	}
	strv_release(&absent.keys);
}

static void put(const struct reflector_options *options, struct kobj *o, bool reset)
{
	struct kobj *old = NULL, *now = kobj_ref(o);
	bool taken = true;

	if (reset)
		kstore_reset(options->store, &o, &old);
	else
		taken = kstore_sync(options->store, &o, &old);
	if (taken)
		report(options, old, now);
	else
		kobj_unref(now);
}

static const char *scope(const struct reflector_options *options)
{
	return options->namespace ? options->namespace : "";
}

void feed_list_apply(struct feed_list *l, const char *version, bool reset)
{
	const char *key;

	remove_absent(l, version, reset);
	for (size_t i = 0; map_next(l->objects, &i, &key, NULL);) {
		struct kobj *o = take(l, key);

		if (o)
			put(l->options, o, reset);
	}
	kstore_seen(l->options->store, scope(l->options), version);
}

static void remove_object(const struct reflector_options *options, const char *key, const char *uid,
			  const char *version)
{
	struct kobj *old = kstore_sync_removed(options->store, key, uid, version);

	if (old)
		report(options, old, NULL);
}

static NODISCARD err_t feed_change(const struct reflector_options *options, const struct watch_event *event,
				   bool *skipped)
{
	struct kobj *o = NULL;
	char key[KUBE_KEY_SIZE];

	TRY_(find_key(event->object, key));
	CLEANUP(err_freep) err_t e = decode(options, event->object, &o);
	if (e) {
		log_skipped(options, key, e);
		*skipped = true;
	} else if (o) {
		put(options, o, false);
	} else {
		remove_object(options, key, jsonx_get_str(jsonx_get(event->object, "metadata"), "uid"),
			      event->version);
	}
	return NULL;
}

static NODISCARD err_t feed_deletion(const struct reflector_options *options, const struct watch_event *event)
{
	char key[KUBE_KEY_SIZE];

	TRY_(find_key(event->object, key));
	remove_object(options, key, jsonx_get_str(jsonx_get(event->object, "metadata"), "uid"),
		      event->version);
	return NULL;
}

err_t feed_event(const struct reflector_options *options, const struct watch_event *event, bool *skipped)
{
	switch (event->type) {
	case WATCH_ADDED:
	case WATCH_MODIFIED:
		TRY_(feed_change(options, event, skipped));
		break;
	case WATCH_DELETED:
		TRY_(feed_deletion(options, event));
		break;
	case WATCH_BOOKMARK:
		break;
	}
	kstore_seen(options->store, scope(options), event->version);
	return NULL;
}
