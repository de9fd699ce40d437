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
static void put(struct bench *b, const char *name, int generation, bool rolling)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{\"metadata\":{\"name\":\"%s\",\"namespace\":\"team\",\"uid\":\"%s\",\"generation\":%d,"
		"\"resourceVersion\":\"%d\"},\"spec\":{\"replicas\":1,\"template\":{\"metadata\":{"
		"\"annotations\":{\"operator.1password.io/last-restarted\":\"x\"}},\"spec\":{\"volumes\":["
		"{\"secret\":{\"secretName\":\"db\"}}]}}},\"status\":{\"observedGeneration\":%d,"
		"\"replicas\":1,\"updatedReplicas\":1,\"availableReplicas\":%d}}",
		name, name, generation, ++b->version, generation, rolling ? 0 : 1);
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct kobj *o = NULL, *old = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	CHECK_OK(workload_decode(&kube_deployments, json, NULL, &o));
	kstore_put(b->workloads.stores[WORKLOAD_DEPLOYMENTS], &o, &old);
	kobj_unref(old);
}

static bool begin(struct bench *b, const char *name)
{
	char *key CLEANUP(mem_freep) = mem_printf("team/%s", name);
	struct kobj *o = kstore_get(b->workloads.stores[WORKLOAD_DEPLOYMENTS], key);
	const bool may = pace_begin(b->pace, (struct workload *)o);

	kobj_unref(o);
	return may;
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
	struct kobj *o;

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
	put(&b, "d", 1, false);
	CHECK(!begin(&b, "d"));
	o = kstore_get(b.workloads.stores[WORKLOAD_DEPLOYMENTS], "team/c");
	pace_abandon(b.pace, (struct workload *)o);
	kobj_unref(o);
	CHECK(begin(&b, "d"));
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
	few = pace_waits(b.pace, "team/a", 3);
	pace_waits(b.pace, "team/b", 2);
	CHECK_INT(pace_waiting(b.pace), 5);
	pace_waits(b.pace, "team/a", 1);
	CHECK_INT(pace_waiting(b.pace), 3);
	pace_waits(b.pace, "team/a", 0);
	pace_waits(b.pace, "team/b", 0);
	CHECK_INT(pace_waiting(b.pace), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "team/%d", i);
		many = pace_waits(b.pace, key, 1);
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
