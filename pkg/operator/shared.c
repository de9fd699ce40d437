#include "operator/shared.h"

#include "base/clock.h"
#include "base/map.h"
#include "operator/names.h"
#include "operator/secretmeta.h"
#include "operator/watches.h"
#include "operator/workload.h"

err_t shared_check_leading(const struct shared *s)
{
	const struct lease *lease = atomic_load(&s->lease);

	if (!lease || lease_is_held(lease))
		return NULL;
	return err_new(ERR_CANCELED, "no longer the leader");
}

err_t shared_note_secret(struct shared *s, const struct jsonx *secret)
{
	struct kobj *now, *old = NULL;

	TRY_(secretmeta_decode(secret, s->copy_annotations, &now));
	kstore_put(s->secrets, &now, &old);
	kobj_unref(now);
	kobj_unref(old);
	return NULL;
}

void shared_note_contest(struct shared *s, const char *key, enum contest_over over, const char *by)
{
	contests_note(s->contests, key, over, by, clock_now_ns(NULL));
	metric_add(s->contested_total, METRIC_LABELS(contest_name(over), by ? by : NAME_MANAGER_SECRET), 1);
}

/* Keys, each once. */
struct keys {
	struct map *seen;
	struct strv *out;
};

static void add_key(struct keys *k, const char *key)
{
	if (map_has(k->seen, key))
		return;
	map_set(k->seen, key, k); /* the value says nothing */
	strv_add(k->out, key);
}

static void add_item(void *arg, const char *key, const struct kobj *o)
{
	(void)o;
	add_key(arg, key);
}

static void add_if_made(void *arg, const char *key, const struct kobj *o)
{
	if (secretmeta_is_of_workloads((const struct secretmeta *)o))
		add_key(arg, key);
}

static void add_requests(struct keys *k, const struct workload *w)
{
	char key[KUBE_KEY_SIZE];

	for (size_t i = 0; i < w->n_requests; i++) {
		kube_key_format(w->o.meta.namespace, w->requests[i].secret_name, key);
		add_key(k, key);
	}
}

void shared_wanted_keys(const struct shared *s, struct strv *out)
{
	struct kobj_list workloads CLEANUP(kobj_list_release) = {0};
	struct keys keys = {.seen = map_new(NULL), .out = out};

	kstore_each(s->items, add_item, &keys);
	workloads_all(&s->workloads, &workloads);
	for (size_t i = 0; i < workloads.n; i++)
		add_requests(&keys, (const struct workload *)workloads.v[i]);
	kstore_each(s->secrets, add_if_made, &keys);
	map_free(keys.seen);
	strv_sort(out);
}

void shared_queue_all(struct shared *s)
{
	struct strv keys CLEANUP(strv_release) = {0};

	shared_wanted_keys(s, &keys);
	for (size_t i = 0; i < keys.n; i++)
		workqueue_add(s->queue, keys.v[i], WORKQUEUE_ROUTINE);
}

bool shared_serves_namespace(const struct shared *s, const char *namespace)
{
	struct kobj *o = s->namespaces ? kstore_get(s->namespaces, namespace) : NULL;

	kobj_unref(o);
	return !s->namespaces || o;
}

bool shared_knows_workloads(const struct shared *s)
{
	const struct watches *watches = atomic_load(&s->watches);

	return !watches || watches_know_workloads(watches);
}
