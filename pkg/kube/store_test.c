#include "kube/store.h"

#include "base/intern.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "kube/pack.h"
#include <stdatomic.h>
#include <stdio.h>

/* What a program would keep of a workload: the Secrets that it uses. */
struct thing {
	struct kobj obj;
	struct strv secrets;
};

static atomic_int live;

static void thing_release(struct kobj *o)
{
	strv_release(&((struct thing *)o)->secrets);
	atomic_fetch_sub(&live, 1);
}

static void thing_index(const struct kobj *o, struct strv *out)
{
	const struct thing *t = (const struct thing *)o;

	for (size_t i = 0; i < t->secrets.n; i++)
		strv_add(out, t->secrets.v[i]);
}

static struct kobj *thing(const char *name, const char *uid, const char *version, const char *secrets)
{
	struct thing *t = MEM_NEW(struct thing);

	kobj_init(&t->obj, thing_release);
	t->obj.meta.namespace = intern("team");
	t->obj.meta.name = intern(name);
	t->obj.meta.uid = intern(uid);
	t->obj.meta.resource_version = intern(version);
	if (*secrets)
		strv_split(&t->secrets, secrets, ',');
	atomic_fetch_add(&live, 1);
	return &t->obj;
}

/* Without the Secrets, since a packed store has no index. */
static void thing_members(struct pack *p, struct kobj *o)
{
	(void)o;
	if (pack_is_reading(p))
		atomic_fetch_add(&live, 1);
}

static const struct kobj_form thing_form = {sizeof(struct thing), thing_members, thing_release};

typedef bool (*put_fn)(struct kstore *s, struct kobj **o, struct kobj **out_old);

static bool put_by(put_fn fn, struct kstore *s, struct kobj *o)
{
	struct kobj *old = NULL;
	const bool taken = fn(s, &o, &old);

	CHECK(!o);
	kobj_unref(old);
	return taken;
}

static bool put(struct kstore *s, struct kobj *o)
{
	return put_by(kstore_put, s, o);
}

static void check_stored(struct kstore *s, const char *key, const char *uid, const char *version)
{
	struct kobj *o = kstore_get(s, key);

	CHECK_STR(o ? o->meta.uid : NULL, uid);
	CHECK_STR(o ? o->meta.resource_version : NULL, version);
	kobj_unref(o);
}

static size_t count_indexed(struct kstore *s, const char *index_key)
{
	CLEANUP(kobj_list_release) struct kobj_list l = {0};

	kstore_indexed(s, index_key, &l);
	return l.n;
}

TEST(store, keeps_the_newest_state_of_an_object)
{
	struct kstore *s = kstore_new(NULL);

	CHECK(put(s, thing("db", "u1", "9", "")));
	CHECK(put(s, thing("db", "u1", "10", "")));
	CHECK(!put(s, thing("db", "u1", "9", "")));
	CHECK(!put(s, thing("db", "u1", "10", "")));
	check_stored(s, "team/db", "u1", "10");
	CHECK_INT(kstore_len(s), 1);
	kstore_free(s);
	CHECK_INT(live, 0);
}

TEST(store, hands_out_what_was_there)
{
	struct kstore *s = kstore_new(NULL);
	struct kobj *o = thing("db", "u1", "1", ""), *old = NULL;

	CHECK(kstore_put(s, &o, &old));
	CHECK(!old);
	o = thing("db", "u1", "2", "");
	CHECK(kstore_put(s, &o, &old));
	CHECK_STR(old->meta.resource_version, "1");
	kobj_unref(old);
	old = kstore_remove(s, "team/db");
	CHECK_STR(old->meta.resource_version, "2");
	kobj_unref(old);
	CHECK(!kstore_remove(s, "team/db"));
	kstore_free(s);
	CHECK_INT(live, 0);
}

TEST(store, late_news_of_a_deleted_object_do_not_replace_its_successor)
{
	struct kstore *s = kstore_new(NULL);

	CHECK(put(s, thing("db", "old", "5", "")));
	CHECK(put(s, thing("db", "new", "9", ""))); /* by its writer */
	CHECK(!put_by(kstore_sync, s, thing("db", "old", "7", "")));
	CHECK(!kstore_sync_removed(s, "team/db", "old", "8"));
	check_stored(s, "team/db", "new", "9");
	kstore_free(s);
}

TEST(store, versions_that_are_no_numbers_tell_only_equality)
{
	struct kstore *s = kstore_new(NULL);

	CHECK(put(s, thing("db", "u1", "x", "")));
	CHECK(!put(s, thing("db", "u1", "x", "")));
	CHECK(put(s, thing("db", "u1", "a", "")));
	CHECK(put(s, thing("db", "u2", "a", "")));
	CHECK(!kstore_sync_removed(s, "team/db", "u1", "z"));
	struct kobj *old = kstore_sync_removed(s, "team/db", "u2", "z");
	CHECK(old);
	kobj_unref(old);
	kstore_free(s);
}

TEST(store, removal_spares_what_is_newer_than_it)
{
	static const struct {
		const char *uid, *version;
		bool removed;
	} cases[] = {{"u1", "4", false}, {"u1", "5", true},  {"u1", "6", true},
		     {NULL, "6", true},  {"u2", "4", false}, {"u2", "6", true}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct kstore *s = kstore_new(NULL);

		CHECK(put(s, thing("db", "u1", "5", "")));
		struct kobj *old = kstore_sync_removed(s, "team/db", cases[i].uid, cases[i].version);
		CHECK_MSG(!!old == cases[i].removed, "case %zu", i);
		CHECK_INT(kstore_len(s), cases[i].removed ? 0 : 1);
		kobj_unref(old);
		kstore_free(s);
	}
}

TEST(store, a_late_writer_does_not_bring_back_what_was_deleted)
{
	static const char *const namespaces[] = {"", "team"};

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		struct kstore *s = kstore_new(NULL);

		CHECK(put(s, thing("db", "u1", "5", "")));
		kobj_unref(kstore_sync_removed(s, "team/db", "u1", "8"));
		kstore_seen(s, namespaces[i], "8");
		CHECK(!put(s, thing("db", "u1", "7", "")));
		check_stored(s, "team/db", NULL, NULL);
		CHECK(put(s, thing("db", "u2", "9", "")));
		CHECK(put_by(kstore_sync, s, thing("other", "u3", "3", "")));
		kstore_free(s);
	}
}

TEST(store, what_another_namespace_has_seen_does_not_matter)
{
	struct kstore *s = kstore_new(NULL);

	kstore_seen(s, "elsewhere", "100");
	CHECK(put(s, thing("db", "u1", "7", "")));
	kstore_free(s);
}

TEST(store, reset_goes_back_in_history)
{
	struct kstore *s = kstore_new(NULL);
	struct kobj *o = thing("db", "u1", "3", ""), *old = NULL;

	CHECK(put(s, thing("db", "u1", "5", "")));
	kstore_reset(s, &o, &old);
	CHECK_STR(old->meta.resource_version, "5");
	kobj_unref(old);
	check_stored(s, "team/db", "u1", "3");
	kstore_free(s);
}

TEST(store, index_follows_changes)
{
	struct kstore *s = kstore_new(thing_index);

	CHECK(put(s, thing("a", "u1", "1", "x,y")));
	CHECK(put(s, thing("b", "u2", "1", "y,y")));
	CHECK(put(s, thing("c", "u3", "1", "")));
	CHECK_INT(count_indexed(s, "x"), 1);
	CHECK_INT(count_indexed(s, "y"), 2);
	CHECK_INT(count_indexed(s, "z"), 0);
	CHECK(put(s, thing("a", "u1", "2", "y,z")));
	CHECK_INT(count_indexed(s, "x"), 0);
	CHECK_INT(count_indexed(s, "y"), 2);
	CHECK_INT(count_indexed(s, "z"), 1);
	kobj_unref(kstore_remove(s, "team/b"));
	CHECK_INT(count_indexed(s, "y"), 1);
	kobj_unref(kstore_remove(s, "team/a"));
	CHECK_INT(count_indexed(s, "y"), 0);
	kstore_free(s);
	CHECK_INT(live, 0);
}

TEST(store, an_object_outlives_its_removal_while_it_is_held)
{
	struct kstore *s = kstore_new(thing_index);

	CHECK(put(s, thing("a", "u1", "1", "x")));
	struct kobj *o = kstore_get(s, "team/a");
	kobj_unref(kstore_remove(s, "team/a"));
	kstore_free(s);
	CHECK_STR(((struct thing *)o)->secrets.v[0], "x");
	kobj_unref(o);
	CHECK_INT(live, 0);
}

TEST(store, ten_thousand_objects_are_cheap)
{
	struct kstore *s = kstore_new(thing_index);
	CLEANUP(kobj_list_release) struct kobj_list all = {0};

	for (int round = 1; round <= 2; round++)
		for (int i = 0; i < 10000; i++) {
			char name[16], version[16], secrets[48];

			snprintf(name, sizeof(name), "n%d", i);
			snprintf(version, sizeof(version), "%d", round);
			snprintf(secrets, sizeof(secrets), "shared-%d,own-%d", i % 100, i);
			CHECK(put(s, thing(name, name, version, secrets)));
		}
	kstore_all(s, &all);
	CHECK_INT(all.n, 10000);
	CHECK_INT(count_indexed(s, "shared-7"), 100);
	CHECK_INT(count_indexed(s, "own-4711"), 1);
	kstore_free(s);
}

static void note_name(void *arg, const char *key, const struct kobj *o)
{
	CHECK_STR(o->meta.namespace, "team");
	strv_add(arg, key);
	strv_add(arg, o->meta.name);
}

TEST(store, a_packed_one_keeps_the_newest_state_as_any_other)
{
	struct kstore *s = kstore_new_packed(&thing_form);
	struct strv names CLEANUP(strv_release) = {0};
	struct kobj *o, *held, *old = NULL;

	CHECK(kstore_form(s) == &thing_form);
	CHECK(put(s, thing("db", "u1", "9", "")));
	held = kstore_get(s, "team/db");
	CHECK(put(s, thing("db", "u1", "10", "")));
	CHECK(!put(s, thing("db", "u1", "9", "")));
	CHECK(put(s, thing("web", "u2", "11", "")));
	check_stored(s, "team/db", "u1", "10");
	CHECK_STR(held->meta.resource_version, "9"); /* a reader's state is its own */
	kobj_unref(held);
	kstore_each(s, note_name, &names);
	strv_sort(&names);
	CHECK_INT(names.n, 4);
	CHECK_STR(names.v[0], "db");
	CHECK_STR(names.v[1], "team/db");
	o = thing("db", "u1", "12", "");
	CHECK(kstore_put(s, &o, &old));
	CHECK_STR(old->meta.resource_version, "10");
	kobj_unref(old);
	CHECK(!kstore_sync_removed(s, "team/db", NULL, "11"));
	old = kstore_sync_removed(s, "team/db", NULL, "12");
	CHECK_STR(old->meta.name, "db");
	kobj_unref(old);
	CHECK(!kstore_get(s, "team/db"));
	CHECK_INT(kstore_len(s), 1);
	kstore_free(s);
	CHECK_INT(live, 0);
}

struct readers {
	struct kstore *s;
	atomic_bool stop;
	atomic_int reads;
};

static void *read_all(void *arg)
{
	struct readers *r = arg;

	while (!atomic_load(&r->stop)) {
		CLEANUP(kobj_list_release) struct kobj_list all = {0}, some = {0};

		kstore_all(r->s, &all);
		kstore_indexed(r->s, "x", &some);
		for (size_t i = 0; i < some.n; i++)
			CHECK_STR(((struct thing *)some.v[i])->secrets.v[0], "x");
		struct kobj *o = kstore_get(r->s, "team/n3");
		CHECK(!o || streq(o->meta.name, "n3"));
		kobj_unref(o);
		atomic_fetch_add(&r->reads, 1);
	}
	return NULL;
}

TEST(store, readers_and_a_writer_do_not_disturb_each_other)
{
	struct readers r = {.s = kstore_new(thing_index)};
	pthread_t threads[3];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_start(&threads[i], "reader", read_all, &r);
	for (int i = 1; i < 2000 || atomic_load(&r.reads) < 50; i++) {
		char name[16], version[16];

		snprintf(name, sizeof(name), "n%d", i % 20);
		snprintf(version, sizeof(version), "%d", i);
		CHECK(put(r.s, thing(name, name, version, i % 2 ? "x" : "y")));
		if (i % 7 == 0) {
			char key[KUBE_KEY_SIZE];

			kube_key_format("team", name, key);
			kobj_unref(kstore_remove(r.s, key));
		}
	}
	atomic_store(&r.stop, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	kstore_free(r.s);
	CHECK_INT(live, 0);
	CHECK_INT(err_live(), 0);
}
