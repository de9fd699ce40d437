#include "operator/pace.h"

#include "base/mem.h"
#include "base/test.h"

#include <stdio.h>
#include <string.h>

struct bench {
	int64_t now_ns;
	struct clock clock;
	struct workloads workloads;
	struct pace *pace;
	int version;
	int life; /* part of the UIDs */
};

static int64_t now(void *arg)
{
	return ((const struct bench *)arg)->now_ns;
}

static void start(struct bench *b, int64_t per_second, int64_t in_progress)
{
	*b = (struct bench){.now_ns = NS_PER_S};
	b->clock = (struct clock){now, b};
	workloads_init(&b->workloads);
	b->pace = pace_new(&(struct pace_options){per_second, in_progress, &b->workloads, &b->clock});
}

static void stop(struct bench *b)
{
	pace_free(b->pace);
	workloads_release(&b->workloads);
}

/* The store gets a Deployment whose pods are, or are not, being replaced. */
static void put_in(struct bench *b, const char *namespace, const char *name, int generation, bool rolling)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s-%s-%d\",\"generation\":%d,"
		"\"resourceVersion\":\"%d\"},\"spec\":{\"replicas\":1,\"template\":{\"metadata\":{"
		"\"annotations\":{\"operator.1password.io/last-restarted\":\"x\"}},\"spec\":{\"volumes\":["
		"{\"secret\":{\"secretName\":\"db\"}}]}}},\"status\":{\"observedGeneration\":%d,"
		"\"replicas\":1,\"updatedReplicas\":1,\"availableReplicas\":%d}}",
		name, namespace, namespace, name, b->life, generation, ++b->version, generation,
		rolling ? 0 : 1);
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct kobj *o = NULL, *old = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	CHECK_OK(workload_decode(&kube_deployments, json, NULL, &o));
	kstore_put(b->workloads.stores[WORKLOAD_DEPLOYMENTS], &o, &old);
	kobj_unref(old);
}

static void put(struct bench *b, const char *name, int generation, bool rolling)
{
	put_in(b, "team", name, generation, rolling);
}

static struct kobj *find(struct bench *b, const char *key)
{
	return kstore_get(b->workloads.stores[WORKLOAD_DEPLOYMENTS], key);
}

static bool begin_key(struct bench *b, const char *key)
{
	struct kobj *o = find(b, key);
	const bool may = pace_begin(b->pace, (struct workload *)o);

	kobj_unref(o);
	return may;
}

static bool begin(struct bench *b, const char *name)
{
	char *key CLEANUP(mem_freep) = mem_printf("team/%s", name);

	return begin_key(b, key);
}

static void refuse(struct bench *b, const char *name)
{
	char *key CLEANUP(mem_freep) = mem_printf("team/%s", name);
	struct kobj *o = find(b, key);

	pace_refused(b->pace, (struct workload *)o);
	kobj_unref(o);
}

/* A namespace whose workloads all use one Secret: what a look at it rolls, and when the next one is. */
struct tenant {
	const char *name;
	int pending, begun;
	int64_t look_ns;
	bool ends_at_once; /* its rollouts; else never */
};

static void look(struct bench *b, struct tenant *t)
{
	char *secret CLEANUP(mem_freep) = mem_printf("%s/db", t->name);

	while (t->pending > 0) {
		char *name CLEANUP(mem_freep) = mem_printf("w%d", t->pending);
		char *key CLEANUP(mem_freep) = mem_printf("%s/%s", t->name, name);

		put_in(b, t->name, name, 1, false);
		if (!begin_key(b, key))
			break;
		if (t->ends_at_once)
			put_in(b, t->name, name, 2, false);
		t->pending--;
		t->begun++;
	}
	t->look_ns =
		b->now_ns + pace_waits(b->pace, secret, (size_t)t->pending, (size_t)t->pending) * NS_PER_MS;
}

static void pass_seconds(struct bench *b, struct tenant *tenants, size_t n, int seconds)
{
	const int64_t end_ns = b->now_ns + seconds * NS_PER_S;

	for (; b->now_ns < end_ns; b->now_ns += 10 * NS_PER_MS)
		for (size_t i = 0; i < n; i++)
			if (b->now_ns >= tenants[i].look_ns)
				look(b, &tenants[i]);
}

TEST(pace, lets_a_seconds_worth_go_at_once_and_then_one_after_the_other)
{
	struct bench b;
	char name[16];

	start(&b, 4, 0);
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		put(&b, name, 1, false);
	}
	CHECK(begin(&b, "w0") && begin(&b, "w1") && begin(&b, "w2") && begin(&b, "w3"));
	CHECK(!begin(&b, "w4"));
	b.now_ns += NS_PER_S / 4;
	CHECK(begin(&b, "w4"));
	CHECK(!begin(&b, "w5"));
	b.now_ns += 100 * NS_PER_S;
	CHECK(begin(&b, "w4") && begin(&b, "w5") && begin(&b, "w6") && begin(&b, "w7"));
	CHECK(!begin(&b, "w0"));
	stop(&b);
}

TEST(pace, lets_the_next_go_when_a_rollout_is_over)
{
	struct bench b;

	start(&b, 0, 2);
	put(&b, "a", 1, false);
	put(&b, "b", 1, false);
	put(&b, "c", 1, false);
	CHECK(begin(&b, "a") && begin(&b, "b"));
	CHECK(!begin(&b, "c"));
	CHECK_INT(pace_in_progress(b.pace), 2);
	CHECK(begin(&b, "a")); /* once more counts once */
	put(&b, "a", 2, true);
	CHECK(!begin(&b, "c"));
	put(&b, "a", 2, false);
	CHECK(begin(&b, "c"));
	CHECK_INT(pace_in_progress(b.pace), 2);
	stop(&b);
}

TEST(pace, does_not_wait_for_what_is_deleted_stuck_or_was_not_rolled)
{
	struct bench b;

	start(&b, 0, 1);
	put(&b, "a", 1, false);
	put(&b, "b", 1, false);
	CHECK(begin(&b, "a"));
	kobj_unref(kstore_remove(b.workloads.stores[WORKLOAD_DEPLOYMENTS], "team/a"));
	CHECK(begin(&b, "b"));
	put(&b, "b", 2, true);
	put(&b, "c", 1, false);
	CHECK(!begin(&b, "c"));
	b.now_ns += (PACE_ROLLOUT_MS + 1) * NS_PER_MS;
	CHECK(begin(&b, "c"));
	stop(&b);
}

TEST(pace, what_is_refused_has_no_place_and_gives_its_turn_back)
{
	struct bench b;

	start(&b, 1, 1);
	put(&b, "a", 1, false);
	put(&b, "b", 1, false);
	CHECK(begin(&b, "a"));
	CHECK(!begin(&b, "b"));
	refuse(&b, "a");
	CHECK_INT(pace_in_progress(b.pace), 0);
	CHECK(begin(&b, "b"));
	stop(&b);
}

TEST(pace, refusals_give_back_no_more_turns_than_a_second_has)
{
	struct bench b;
	int requests = 0;

	start(&b, 5, 0);
	put(&b, "a", 1, false);
	while (requests < 100 && begin(&b, "a")) {
		requests++;
		refuse(&b, "a");
	}
	CHECK_INT(requests, 10);
	stop(&b);
}

TEST(pace, what_is_refused_leaves_an_older_rollout_of_the_workload_in_progress)
{
	struct bench b;

	start(&b, 0, 1);
	put(&b, "a", 1, false);
	put(&b, "b", 1, false);
	CHECK(begin(&b, "a"));
	put(&b, "a", 2, true);
	CHECK(begin(&b, "a")); /* the values have changed again */
	CHECK_INT(pace_in_progress(b.pace), 1);
	refuse(&b, "a");
	CHECK_INT(pace_in_progress(b.pace), 1);
	CHECK(!begin(&b, "b"));
	put(&b, "a", 2, false); /* the older one is over; the newer one never was */
	CHECK(begin(&b, "b"));
	stop(&b);
}

TEST(pace, a_namespace_with_hundreds_that_wait_leaves_turns_to_the_others)
{
	struct tenant t[] = {{"many", 500, 0, 0, true}, {"few", 20, 0, 0, true}};
	struct bench b;

	start(&b, 10, 0);
	pass_seconds(&b, t, 1, 5); /* it was there first */
	CHECK(t[0].begun >= 45);
	pass_seconds(&b, t, 2, 6);
	CHECK_INT(t[1].begun, 20);
	CHECK_MSG(t[0].begun >= 75, "%d", t[0].begun); /* meanwhile no turn is left unused */
	pass_seconds(&b, t, 2, 10);
	CHECK_MSG(t[0].begun >= 165, "%d", t[0].begun); /* alone it has all of them again */
	stop(&b);
}

TEST(pace, namespaces_share_the_places_evenly_and_one_alone_has_all)
{
	struct tenant t[] = {{"many", 300, 0, 0, false}, {"other", 300, 0, 0, false}};
	struct bench b;

	start(&b, 0, 10);
	pass_seconds(&b, t, 1, 5);
	CHECK_INT(t[0].begun, 10);
	pass_seconds(&b, t, 2, 5);
	CHECK_INT(t[1].begun, 0); /* nobody loses a place that he has */
	for (int i = 0; i < 4; i++) {
		char *name CLEANUP(mem_freep) = mem_printf("w%d", 300 - i);

		put_in(&b, "many", name, 2, false);
		pass_seconds(&b, t, 2, 4);
	}
	CHECK_INT(t[0].begun, 10);
	CHECK_INT(t[1].begun, 4);
	stop(&b);
}

TEST(pace, with_one_place_namespaces_take_turns)
{
	struct tenant t[] = {{"many", 100, 0, 0, false}, {"few", 3, 0, 0, false}};
	struct bench b;

	start(&b, 0, 1);
	for (int i = 0; i < 7; i++) {
		pass_seconds(&b, t, 2, 4);
		CHECK_INT(pace_in_progress(b.pace), 1);
		for (size_t k = 0; k < 2; k++) {
			char *name CLEANUP(mem_freep) = mem_printf("w%d", t[k].pending + 1);

			if (t[k].begun > 0)
				put_in(&b, t[k].name, name, 2, false);
		}
	}
	CHECK_INT(t[0].begun, 4);
	CHECK_INT(t[1].begun, 3);
	stop(&b);
}

TEST(pace, a_namespace_that_does_not_come_back_holds_up_the_others_for_seconds_only)
{
	struct tenant t[] = {{"many", 100, 0, 0, false}};
	struct bench b;

	start(&b, 0, 2);
	pass_seconds(&b, t, 1, 1);
	CHECK_INT(t[0].begun, 2);
	pace_waits(b.pace, "gone/db", 5, 5);
	put_in(&b, "many", "w100", 2, false);
	pass_seconds(&b, t, 1, 2);
	CHECK_INT(t[0].begun, 2);
	pass_seconds(&b, t, 1, 4);
	CHECK_INT(t[0].begun, 3);
	stop(&b);
}

TEST(pace, what_cannot_be_rolled_takes_no_turn_from_others)
{
	struct tenant t[] = {{"many", 100, 0, 0, true}};
	struct bench b;

	start(&b, 1, 1);
	pace_waits(b.pace, "denied/db", 5, 0);
	pass_seconds(&b, t, 1, 20);
	CHECK(t[0].begun >= 18);
	CHECK_INT(pace_waiting(b.pace), 5 + (size_t)t[0].pending);
	stop(&b);
}

TEST(pace, a_workload_that_was_made_anew_under_its_name_counts_once)
{
	struct bench b;

	start(&b, 0, 2);
	put(&b, "a", 1, false);
	put(&b, "b", 1, false);
	CHECK(begin(&b, "a"));
	kobj_unref(kstore_remove(b.workloads.stores[WORKLOAD_DEPLOYMENTS], "team/a"));
	b.life++;
	put(&b, "a", 1, false);
	CHECK(begin(&b, "a"));
	CHECK_INT(pace_in_progress(b.pace), 1);
	CHECK(begin(&b, "b"));
	stop(&b);
}

TEST(pace, counts_what_a_process_before_this_one_has_rolled)
{
	struct bench b;

	start(&b, 0, 1);
	put(&b, "a", 7, true);
	put(&b, "b", 1, false);
	CHECK(!begin(&b, "b"));
	put(&b, "a", 7, false);
	CHECK(begin(&b, "b"));
	stop(&b);
}

TEST(pace, sums_up_who_waits_and_asks_many_to_come_less_often)
{
	struct bench b;
	int64_t few, many = 0;
	char key[32];

	start(&b, 1, 1);
	few = pace_waits(b.pace, "team/a", 3, 3);
	pace_waits(b.pace, "team/b", 2, 2);
	CHECK_INT(pace_waiting(b.pace), 5);
	pace_waits(b.pace, "team/a", 1, 1);
	CHECK_INT(pace_waiting(b.pace), 3);
	pace_waits(b.pace, "team/a", 0, 0);
	pace_waits(b.pace, "team/b", 0, 0);
	CHECK_INT(pace_waiting(b.pace), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "team/%d", i);
		many = pace_waits(b.pace, key, 1, 1);
	}
	CHECK(few >= 1000 && few < 2000);
	CHECK_INT(many, 15000);
	stop(&b);
}

TEST(pace, without_limits_never_holds_anybody_up)
{
	struct bench b;

	start(&b, 0, 0);
	put(&b, "a", 1, false);
	for (int i = 0; i < 100; i++)
		CHECK(begin(&b, "a"));
	stop(&b);
	CHECK(pace_begin(NULL, NULL));
	CHECK_INT(pace_waiting(NULL) + pace_in_progress(NULL), 0);
}
