#include "operator/changes.h"

#include "operator/onepassworditem.h"
#include "operator/workload.h"
#include "workqueue/workqueue.h"

static void queue_own_key(const struct shared *s, const struct kobj *o)
{
	char key[KUBE_KEY_SIZE];

	kube_key_format(o->meta.namespace, o->meta.name, key);
	workqueue_add(s->queue, key, WORKQUEUE_URGENT);
}

static void queue_secrets_of(const struct shared *s, const struct kobj *o)
{
	struct strv keys CLEANUP(strv_release) = {0};

	if (!o)
		return;
	workload_secret_keys((const struct workload *)o, &keys);
	for (size_t i = 0; i < keys.n; i++)
		workqueue_add(s->queue, keys.v[i], WORKQUEUE_URGENT);
}

/* Resources and Secrets have the name of their key. */
void changes_named(struct shared *s, const struct kobj *old, const struct kobj *now)
{
	queue_own_key(s, now ? now : old);
}

void changes_workload(struct shared *s, const struct kobj *old, const struct kobj *now)
{
	if (old && now && workload_equal((const struct workload *)old, (const struct workload *)now))
		return;
	if (!old)
		late_note(s->late, s->memos, (const struct workload *)now);
	if (!now)
		late_done(s->late, (const struct workload *)old);
	queue_secrets_of(s, old);
	queue_secrets_of(s, now);
}

struct served {
	struct shared *shared;
	const char *namespace;
};

static void queue_if_served(void *arg, const char *key, const struct kobj *o)
{
	const struct served *s = arg;

	if (streq(o->meta.namespace, s->namespace))
		workqueue_add(s->shared->queue, key, WORKQUEUE_URGENT);
}

/* A namespace that is served from now on brings the keys of all that is in it. */
void changes_namespace(struct shared *s, const struct kobj *old, const struct kobj *now)
{
	struct kobj_list workloads CLEANUP(kobj_list_release) = {0};

	if (old || !now)
		return;
	kstore_each(s->items, queue_if_served, &(struct served){s, now->meta.name});
	workloads_all(&s->workloads, &workloads);
	for (size_t i = 0; i < workloads.n; i++)
		if (streq(workloads.v[i]->meta.namespace, now->meta.name))
			queue_secrets_of(s, workloads.v[i]);
}

void changes_note_item(struct shared *s, struct kobj **now)
{
	struct kobj *kept = kobj_ref(*now), *old = NULL;

	if (kstore_put(s->items, now, &old) &&
	    !(old && onepassworditem_asks_the_same((const struct onepassworditem *)old,
						   (const struct onepassworditem *)kept)))
		queue_own_key(s, kept);
	kobj_unref(old);
	kobj_unref(kept);
}

void changes_note_workload(struct shared *s, struct kobj **now)
{
	const struct workload *w = (const struct workload *)*now;
	struct kobj *kept = kobj_ref(*now), *old = NULL;

	if (kstore_put(workloads_of_kind(&s->workloads, w->resource), now, &old) &&
	    !(old && workload_equal_but_stamp((const struct workload *)old, w)))
		changes_workload(s, old, kept);
	kobj_unref(old);
	kobj_unref(kept);
}
