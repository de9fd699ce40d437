#include "operator/pace.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"

/* Without a limit, more are not counted. */
#define ENTRIES_MAX 10000
#define LOOK_AGAIN_MS 1000
#define LOOK_AGAIN_MORE_MS 50 /* for each Secret that waits, so that many do not spin */
#define LOOK_AGAIN_MAX_MS 15000

/* A workload that was rolled. */
struct entry {
	const struct kube_resource *kind;
	char *key;
	int64_t generation; /* it had before */
	int64_t since_ns;
};

struct waiting {
	size_t n;
};

struct pace {
	struct pace_options options;
	pthread_mutex_t mutex;
	struct map *entries; /* by UID */
	struct map *waiting; /* by key of the Secret */
	size_t n_waiting;
	int64_t full_ns; /* when a whole second's worth of restarts is there again */
	bool looked_back;
};

static void entry_free(void *value)
{
	struct entry *e = value;

	mem_free(e->key);
	mem_free(e);
}

struct pace *pace_new(const struct pace_options *options)
{
	struct pace *p = MEM_NEW(struct pace);

	p->options = *options;
	sync_mutex_init(&p->mutex);
	p->entries = map_new(entry_free);
	p->waiting = map_new(mem_free);
	return p;
}

void pace_free(struct pace *p)
{
	if (!p)
		return;
	map_free(p->entries);
	map_free(p->waiting);
	sync_mutex_destroy(&p->mutex);
	mem_free(p);
}

static void add(struct pace *p, const struct workload *w, int64_t generation, int64_t now_ns)
{
	char key[KUBE_KEY_SIZE];
	struct entry *e;

	if (map_len(p->entries) >= ENTRIES_MAX)
		return;
	kube_key_format(w->o.meta.namespace, w->o.meta.name, key);
	e = MEM_NEW(struct entry);
	e->kind = w->resource;
	e->key = mem_strdup(key);
	e->generation = generation;
	e->since_ns = now_ns;
	map_set(p->entries, w->o.meta.uid, e);
}

/* What was rolled before this process began still counts. */
static void look_back(struct pace *p, int64_t now_ns)
{
	struct kobj_list all CLEANUP(kobj_list_release) = {0};

	if (p->looked_back)
		return;
	p->looked_back = true;
	workloads_all(p->options.workloads, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct workload *w = (const struct workload *)all.v[i];

		if (w->stamp && w->rolling)
			add(p, w, 0, now_ns);
	}
}

static bool is_over(const struct pace *p, const char *uid, const struct entry *e, int64_t now_ns)
{
	struct kobj *o;
	bool over;

	if (now_ns - e->since_ns > PACE_ROLLOUT_MS * NS_PER_MS)
		return true;
	o = kstore_get(workloads_of_kind(p->options.workloads, e->kind), e->key);
	over = !o || !streq(o->meta.uid, uid) ||
	       (o->meta.generation > e->generation && !((const struct workload *)o)->rolling);
	kobj_unref(o);
	return over;
}

static void drop_what_is_over(struct pace *p, int64_t now_ns)
{
	const char *uid;
	void *value;

	for (size_t i = 0; map_next(p->entries, &i, &uid, &value);)
		if (is_over(p, uid, value, now_ns))
			map_del(p->entries, uid);
}

/* A second's worth may go at once, then one after the other. */
static bool take_turn(struct pace *p, int64_t now_ns)
{
	int64_t each_ns;

	if (!p->options.per_second)
		return true;
	each_ns = NS_PER_S / p->options.per_second;
	if (p->full_ns < now_ns)
		p->full_ns = now_ns;
	if (p->full_ns + each_ns - now_ns > NS_PER_S)
		return false;
	p->full_ns += each_ns;
	return true;
}

bool pace_begin(struct pace *p, const struct workload *w)
{
	int64_t now_ns;

	if (!p)
		return true;
	now_ns = clock_now_ns(p->options.clock);
	SYNC_SCOPE(&p->mutex);
	look_back(p, now_ns);
	drop_what_is_over(p, now_ns);
	if (p->options.in_progress && (int64_t)map_len(p->entries) >= p->options.in_progress &&
	    !map_has(p->entries, w->o.meta.uid))
		return false;
	if (!take_turn(p, now_ns))
		return false;
	add(p, w, w->o.meta.generation, now_ns);
	return true;
}

void pace_abandon(struct pace *p, const struct workload *w)
{
	if (!p)
		return;
	SYNC_SCOPE(&p->mutex);
	map_del(p->entries, w->o.meta.uid);
}

int64_t pace_waits(struct pace *p, const char *secret_key, size_t n)
{
	struct waiting *was;
	int64_t ms;

	if (!p)
		return LOOK_AGAIN_MS;
	SYNC_SCOPE(&p->mutex);
	was = map_get(p->waiting, secret_key);
	p->n_waiting += n - (was ? was->n : 0);
	if (n == 0) {
		map_del(p->waiting, secret_key);
	} else if (was) {
		was->n = n;
	} else {
		was = MEM_NEW(struct waiting);
		was->n = n;
		map_set(p->waiting, secret_key, was);
	}
	ms = LOOK_AGAIN_MS + LOOK_AGAIN_MORE_MS * (int64_t)map_len(p->waiting);
	return ms < LOOK_AGAIN_MAX_MS ? ms : LOOK_AGAIN_MAX_MS;
}

size_t pace_waiting(struct pace *p)
{
	if (!p)
		return 0;
	SYNC_SCOPE(&p->mutex);
	return p->n_waiting;
}

size_t pace_in_progress(struct pace *p)
{
	if (!p)
		return 0;
	SYNC_SCOPE(&p->mutex);
	drop_what_is_over(p, clock_now_ns(p->options.clock));
	return map_len(p->entries);
}
