#include "operator/secretmeta.h"

#include "base/clock.h"
#include "base/mem.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"
#include "operator/ownership.h"

static void release(struct kobj *o)
{
	struct secretmeta *s = (struct secretmeta *)o;

	kvlist_release(&s->labels);
	kvlist_release(&s->annotations);
}

static void pack_members(struct pack *p, struct kobj *o)
{
	struct secretmeta *s = (struct secretmeta *)o;

	kvlist_pack(p, &s->labels);
	kvlist_pack(p, &s->annotations);
	pack_int(p, &s->item_version);
	pack_int(p, &s->keys_applied);
	pack_int(p, &s->changed_at_ms);
	pack_size(p, &s->keys_owned);
	pack_size(p, &s->labels_owned);
	pack_size(p, &s->annotations_owned);
	pack_size(p, &s->owners_owned);
	pack_size(p, &s->kept_owners);
	pack_int(p, &s->applied_ms);
	pack_int(p, &s->string_data_ms);
}

const struct kobj_form secretmeta_form = {sizeof(struct secretmeta), pack_members, release};

static bool is_our_annotation(const char *key)
{
	return str_has_prefix(key, NAME_PREFIX);
}

static int64_t number(const struct kvlist *annotations, const char *key)
{
	const char *text = kvlist_get(annotations, key);
	int64_t n;

	return text && str_to_int(text, 0, INT64_MAX, &n) ? n : -1;
}

static int64_t changed_at(const struct kvlist *annotations)
{
	const char *text = kvlist_get(annotations, NAME_CHANGED_AT);
	int64_t ms;

	return text && clock_parse_rfc3339(text, &ms) ? ms : 0;
}

err_t secretmeta_decode(const struct jsonx *object, bool with_annotations, struct kobj **out)
{
	struct ownership owned;
	struct kube_meta meta;
	struct secretmeta *s;

	TRY_(kube_meta_parse(object, &meta));
	s = MEM_NEW(struct secretmeta);
	kobj_init(&s->o, release);
	s->o.meta = meta;
	kvlist_add_json(&s->labels, kube_labels(object), NULL);
	kvlist_add_json(&s->annotations, kube_annotations(object),
			with_annotations ? NULL : is_our_annotation);
	s->keys_applied = number(&s->annotations, NAME_KEYS);
	ownership_parse(object, &owned);
	/* One that somebody else wrote over ours tells nothing of what the Secret holds. */
	s->item_version =
		!owned.applied_ms || owned.item_version ? number(&s->annotations, NAME_ITEM_VERSION) : -1;
	s->changed_at_ms = owned.changed_at ? changed_at(&s->annotations) : 0;
	s->keys_owned = owned.keys.n;
	s->labels_owned = owned.labels;
	s->annotations_owned = owned.annotations;
	s->owners_owned = owned.owners;
	s->kept_owners = owned.kept_owners;
	s->applied_ms = owned.applied_ms;
	s->string_data_ms = owned.string_data_ms;
	ownership_release(&owned);
	*out = &s->o;
	return NULL;
}

const char *secretmeta_item_path(const struct secretmeta *s)
{
	return kvlist_get(&s->annotations, NAME_ITEM_PATH);
}

bool secretmeta_is_ours(const struct secretmeta *s)
{
	return s->applied_ms && streq(kvlist_get(&s->labels, NAME_MANAGED_LABEL), "true");
}

bool secretmeta_is_of_workloads(const struct secretmeta *s)
{
	for (size_t i = 0; i < s->o.meta.n_owners; i++)
		if (streq(s->o.meta.owners[i].kind, onepassworditem_resource.kind))
			return false;
	return secretmeta_is_ours(s) && kvlist_get(&s->annotations, NAME_ITEM_NAME);
}

bool secretmeta_is_original(const struct secretmeta *s)
{
	return !secretmeta_is_ours(s) && secretmeta_item_path(s) &&
	       kvlist_get(&s->annotations, NAME_ITEM_VERSION);
}
