#include "kube/feed.h"

#include "base/log.h"

static const struct logger lg = {.name = "kube"};

/* More objects of one kind than any cluster can hold. */
#define OBJECTS_MAX 1000000

static void object_free(void *o)
{
	kobj_unref(o);
}

void feed_list_init(struct feed_list *l, const struct reflector_options *options)
{
	*l = (struct feed_list){.options = options, .objects = map_new(object_free)};
}

void feed_list_release(struct feed_list *l)
{
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
		map_set(l->objects, key, NULL);
	} else if (o) {
		kube_key_format(o->meta.namespace, o->meta.name, key);
		map_set(l->objects, key, o);
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

static void remove_absent(struct feed_list *l, const char *version, bool reset)
{
	CLEANUP(kobj_list_release) struct kobj_list stored = {0};

	kstore_all(l->options->store, &stored);
	for (size_t i = 0; i < stored.n; i++) {
		char key[KUBE_KEY_SIZE];

		kube_key_format(stored.v[i]->meta.namespace, stored.v[i]->meta.name, key);
		if (!is_ours(l->options, stored.v[i]) || map_has(l->objects, key))
			continue;
		struct kobj *old = reset ? kstore_remove(l->options->store, key)
					 : kstore_sync_removed(l->options->store, key, NULL, version);
		if (old)
			report(l->options, old, NULL);
	}
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
	void *value;

	remove_absent(l, version, reset);
	for (size_t i = 0; map_next(l->objects, &i, &key, &value);) {
		struct kobj *o = map_take(l->objects, key);

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
