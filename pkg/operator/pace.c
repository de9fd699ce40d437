#include "operator/pace.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/sync.h"
#include "operator/shares.h"

/* Without a limit, more are not counted. */
#define ENTRIES_MAX 10000
#define LOOK_AGAIN_MS 1000
#define LOOK_AGAIN_MORE_MS 50 /* for each that waits besides, so that many do not spin */
#define LOOK_AGAIN_MAX_MS 15000
/* What is free is kept so long for who should have looked again. */
#define LATE_MS 2000

struct rollout {
	int64_t generation; /* the workload had before */
	int64_t since_ns;   /* 0: there is none */
};

/* A workload that was rolled. */
struct entry {
	const struct kube_resource *kind;
	char *key;
	struct rollout last, before;
};

struct waiting {
	size_t n, held;
};

/* A second's worth may go at once, then one after the other. */
struct bucket {
	int64_t full_ns; /* when a whole second's worth is there again */
};

struct pace {
	struct pace_options options;
	pthread_mutex_t mutex;
	struct map *entries; /* by UID */
	struct map *waiting; /* by key of the Secret */
	struct shares *shares;
	size_t n_waiting;
	struct bucket turns;
	struct bucket given_back;
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
	p->shares = shares_new();
	return p;
}

void pace_free(struct pace *p)
{
	if (!p)
		return;
	map_free(p->entries);
	map_free(p->waiting);
	shares_free(p->shares);
	sync_mutex_destroy(&p->mutex);
	mem_free(p);
}

static void add(struct pace *p, const struct workload *w, int64_t generation, int64_t now_ns)
{
	struct entry *e = map_get(p->entries, w->o.meta.uid);
	char key[KUBE_KEY_SIZE];

	if (!e && map_len(p->entries) >= ENTRIES_MAX)
		return;
	if (!e) {
		kube_key_format(w->o.meta.namespace, w->o.meta.name, key);
		e = MEM_NEW(struct entry);
		e->kind = w->resource;
		e->key = mem_strdup(key);
		map_set(p->entries, w->o.meta.uid, e);
		shares_note_places(p->shares, w->o.meta.namespace, 1, now_ns);
	}
	e->before = e->last;
	e->last = (struct rollout){generation, now_ns};
}

static void drop(struct pace *p, const char *uid, const struct entry *e, int64_t now_ns)
{
	char namespace[254] = "", name[254] = "";

	kube_key_parse(e->key, namespace, name);
	shares_note_places(p->shares, namespace, -1, now_ns);
	map_del(p->entries, uid);
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

	if (now_ns - e->last.since_ns > PACE_ROLLOUT_MS * NS_PER_MS)
		return true;
	o = kstore_get(workloads_of_kind(p->options.workloads, e->kind), e->key);
	over = !o || !streq(o->meta.uid, uid) ||
	       (o->meta.generation > e->last.generation && !((const struct workload *)o)->rolling);
	kobj_unref(o);
	return over;
}

static void drop_what_is_over(struct pace *p, int64_t now_ns)
{
	const char *uid;
	void *value;

	for (size_t i = 0; map_next(p->entries, &i, &uid, &value);)
		if (is_over(p, uid, value, now_ns))
			drop(p, uid, value, now_ns);
}

static int64_t bucket_left(const struct bucket *b, int64_t each_ns, int64_t now_ns)
{
	return b->full_ns < now_ns ? NS_PER_S / each_ns : (NS_PER_S - (b->full_ns - now_ns)) / each_ns;
}

static void bucket_take(struct bucket *b, int64_t each_ns, int64_t now_ns)
{
	b->full_ns = (b->full_ns < now_ns ? now_ns : b->full_ns) + each_ns;
}

static int64_t each_turn_ns(const struct pace *p)
{
	return NS_PER_S / p->options.per_second;
}

static int64_t places_left(const struct pace *p, const struct workload *w)
{
	if (!p->options.in_progress || map_has(p->entries, w->o.meta.uid))
		return INT64_MAX;
	return p->options.in_progress - (int64_t)map_len(p->entries);
}

static int64_t turns_left(const struct pace *p, int64_t now_ns)
{
	return p->options.per_second ? bucket_left(&p->turns, each_turn_ns(p), now_ns) : INT64_MAX;
}

static bool may_begin(const struct pace *p, const struct workload *w, int64_t now_ns)
{
	const int64_t places = places_left(p, w), turns = turns_left(p, now_ns);
	struct shares_claims claims;

	if (places <= 0 || turns <= 0)
		return false;
	claims = shares_of_others(p->shares, w->o.meta.namespace, p->options.per_second, now_ns);
	return places > claims.places && turns > claims.turns;
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
	if (!may_begin(p, w, now_ns))
		return false;
	if (p->options.per_second)
		bucket_take(&p->turns, each_turn_ns(p), now_ns);
	add(p, w, w->o.meta.generation, now_ns);
	shares_note_turn(p->shares, w->o.meta.namespace);
	return true;
}

static void give_back_turn(struct pace *p, int64_t now_ns)
{
	if (!p->options.per_second || bucket_left(&p->given_back, each_turn_ns(p), now_ns) < 1)
		return;
	bucket_take(&p->given_back, each_turn_ns(p), now_ns);
	p->turns.full_ns -= each_turn_ns(p);
}

void pace_refused(struct pace *p, const struct workload *w)
{
	struct entry *e;
	int64_t now_ns;

	if (!p)
		return;
	now_ns = clock_now_ns(p->options.clock);
	SYNC_SCOPE(&p->mutex);
	give_back_turn(p, now_ns);
	e = map_get(p->entries, w->o.meta.uid);
	if (!e)
		return;
	e->last = e->before;
	e->before = (struct rollout){0};
	if (!e->last.since_ns)
		drop(p, w->o.meta.uid, e, now_ns);
}

/* *out_was: what was known of that Secret before. */
static void note_waiting(struct pace *p, const char *secret_key, const struct waiting *now,
			 struct waiting *out_was)
{
	const struct waiting *was = map_get(p->waiting, secret_key);

	*out_was = was ? *was : (struct waiting){0};
	p->n_waiting += now->n - out_was->n;
	if (now->n > 0)
		map_set(p->waiting, secret_key, mem_dup(now, sizeof(*now)));
	else
		map_del(p->waiting, secret_key);
}

int64_t pace_waits(struct pace *p, const char *secret_key, size_t n, size_t held)
{
	const struct waiting now = {n, held};
	char namespace[254] = "", name[254] = "";
	struct waiting was;
	int64_t now_ns, ms;

	if (!p)
		return LOOK_AGAIN_MS;
	now_ns = clock_now_ns(p->options.clock);
	kube_key_parse(secret_key, namespace, name);
	SYNC_SCOPE(&p->mutex);
	note_waiting(p, secret_key, &now, &was);
	ms = LOOK_AGAIN_MS + LOOK_AGAIN_MORE_MS * (int64_t)(shares_secrets(p->shares, namespace) +
							    shares_namespaces(p->shares));
	ms = ms < LOOK_AGAIN_MAX_MS ? ms : LOOK_AGAIN_MAX_MS;
	shares_wait(p->shares, namespace,
		    &(struct shares_change){
			    .secrets = (n > 0) - (was.n > 0),
			    .workloads = (int64_t)held - (int64_t)was.held,
			    .until_ns = held > 0 ? now_ns + (ms + LATE_MS) * NS_PER_MS : 0,
		    },
		    now_ns);
	return ms;
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
