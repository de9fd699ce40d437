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

static void add_key(struct map *seen, struct strv *out, const char *namespace, const char *name)
{
	char key[KUBE_KEY_SIZE];

	kube_key_format(namespace, name, key);
	if (map_has(seen, key))
		return;
	map_set(seen, key, seen); /* the value says nothing */
	strv_add(out, key);
}

void shared_wanted_keys(const struct shared *s, struct strv *out)
{
	struct kobj_list items CLEANUP(kobj_list_release) = {0}, workloads CLEANUP(kobj_list_release) = {0};
	struct kobj_list secrets CLEANUP(kobj_list_release) = {0};
	struct map *seen = map_new(NULL);

	kstore_all(s->items, &items);
	for (size_t i = 0; i < items.n; i++)
		add_key(seen, out, items.v[i]->meta.namespace, items.v[i]->meta.name);
	workloads_all(&s->workloads, &workloads);
	for (size_t i = 0; i < workloads.n; i++) {
		const struct workload *w = (const struct workload *)workloads.v[i];

		for (size_t k = 0; k < w->n_requests; k++)
			add_key(seen, out, w->o.meta.namespace, w->requests[k].secret_name);
	}
	kstore_all(s->secrets, &secrets);
	for (size_t i = 0; i < secrets.n; i++)
		if (secretmeta_is_of_workloads((const struct secretmeta *)secrets.v[i]))
			add_key(seen, out, secrets.v[i]->meta.namespace, secrets.v[i]->meta.name);
	map_free(seen);
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
