#include "operator/cluster_test.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"

#include <stdio.h>

#define WORKLOADS 4
#define STAMPS "PATCH /apis/apps/v1/namespaces/team/deployments/"

/* A Secret that so many workloads use; each of them restarts with it. */
static void start_with(struct cluster *c, int workloads)
{
	cluster_start(c);
	c->shared.auto_restart = true;
	cluster_add_item(c, "},'spec':{'itemPath':'vaults/Team/items/Database'}");
	for (int i = 0; i < workloads; i++) {
		char name[16];

		snprintf(name, sizeof(name), "w%d", i);
		cluster_add_workload(c, name, "}," CLUSTER_USES_DB);
	}
	cluster_settle(c);
	http_fake_forget(c->fake);
}

static void rotate(struct cluster *c)
{
	bool moved;

	connectfake_rotate(&c->connect, CONNECT_ITEM);
	CHECK_OK(catalog_poll(c->shared.catalog, c->clients.connect, false, c->cancel, &moved));
}

static int64_t pending_since(struct cluster *c)
{
	struct memo memo = {0};

	CHECK(memos_get(c->shared.memos, CLUSTER_KEY, &memo));
	return memo.pending_since_ns;
}

static void pass_window(struct cluster *c)
{
	struct memo memo = {0};

	CHECK(memos_get(c->shared.memos, CLUSTER_KEY, &memo));
	memo.pending_since_ns -= c->shared.restart_window_ms * NS_PER_MS;
	memos_set(c->shared.memos, CLUSTER_KEY, &memo);
}

TEST(restarts, a_window_begins_with_the_first_change_and_ends_though_more_follow)
{
	int64_t again_ms = 0, since_ns;
	struct cluster c;

	start_with(&c, 1);
	c.shared.restart_window_ms = 60000;
	rotate(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	since_ns = pending_since(&c);
	CHECK(since_ns > 0);
	rotate(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(pending_since(&c), since_ns);
	CHECK_INT(c.stamps, 0);
	pass_window(&c);
	rotate(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	CHECK_INT(pending_since(&c), 0); /* the next one has a window of its own */
	cluster_stop(&c);
}

TEST(restarts, the_next_change_has_a_window_of_its_own_though_the_answer_to_the_record_was_lost)
{
	int64_t again_ms = 0;
	struct cluster c;

	start_with(&c, 1);
	rotate(&c);
	/* GET item, files, Secret; PATCH Secret, status; GET Namespace; PATCH Deployment; then the record. */
	http_fake_forget(c.fake);
	http_fake_fault(c.fake, 7, 1, HTTP_FAULT_RESET);
	err_free(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	CHECK(pending_since(&c) > 0);
	cluster_settle(&c);
	CHECK_INT(
		cluster_requests(
			&c, "PATCH /api/v1/namespaces/team/secrets/db?fieldManager=" NAME_MANAGER_RESTARTED),
		1);
	CHECK_INT(pending_since(&c), 0);
	cluster_stop(&c);
}

/* Two turns for each change, and nobody's place is ever free again by the fake cluster, so there is a new
 * pace for each. */
TEST(restarts, every_workload_gets_its_turn_though_the_values_change_before_all_have_had_one)
{
	int64_t again_ms = 0;
	struct cluster c;

	start_with(&c, WORKLOADS);
	for (int i = 0; i < WORKLOADS / 2; i++) {
		c.shared.pace =
			pace_new(&(struct pace_options){.per_second = 2, .workloads = &c.shared.workloads});
		rotate(&c);
		CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
		pace_free(TAKE(c.shared.pace));
	}
	for (int i = 0; i < WORKLOADS; i++) {
		char *path CLEANUP(mem_freep) = mem_printf(STAMPS "w%d?", i);

		CHECK_MSG(cluster_requests(&c, path) == 1, "w%d: %zu", i, cluster_requests(&c, path));
	}
	cluster_stop(&c);
}

TEST(restarts, a_refusal_gives_the_turn_back_and_a_lost_answer_does_not)
{
	static const struct {
		enum http_fault fault;
		size_t in_progress;
	} cases[] = {
		{HTTP_FAULT_403, 0}, {HTTP_FAULT_404, 0},   {HTTP_FAULT_409, 0}, {HTTP_FAULT_422, 0},
		{HTTP_FAULT_429, 0}, {HTTP_FAULT_RESET, 1}, {HTTP_FAULT_500, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t again_ms = 0;
		struct cluster c;

		start_with(&c, 1);
		c.shared.pace = pace_new(&(struct pace_options){
			.per_second = 1, .in_progress = 1, .workloads = &c.shared.workloads});
		rotate(&c);
		http_fake_forget(c.fake);
		http_fake_fault(c.fake, 6, 1, cases[i].fault);
		err_free(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
		CHECK_INT(cluster_requests(&c, STAMPS), 1);
		CHECK_MSG(pace_in_progress(c.shared.pace) == cases[i].in_progress, "row %zu", i);
		/* The next try needs a turn. */
		err_free(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
		CHECK_MSG(cluster_requests(&c, STAMPS) == 2 - cases[i].in_progress, "row %zu", i);
		pace_free(TAKE(c.shared.pace));
		cluster_settle(&c);
		CHECK_INT(c.stamps, 1);
		cluster_stop(&c);
	}
}

static size_t reads_of_namespace(const struct cluster *c)
{
	size_t n = 0;

	for (size_t i = 0; i < http_fake_count(c->fake); i++)
		n += streq(http_fake_line(c->fake, i), "GET /api/v1/namespaces/team");
	return n;
}

TEST(restarts, a_namespace_that_cannot_be_read_is_asked_for_once_in_each_round)
{
	int64_t again_ms = 0;
	struct cluster c;

	start_with(&c, WORKLOADS);
	apifake_add(&c.api, &kube_namespaces, "kubectl",
		    "{'metadata':{'name':'team','annotations':{'" NAME_AUTO_RESTART "':'false'}}}");
	rotate(&c);
	http_fake_forget(c.fake);
	http_fake_fault(c.fake, 5, 1, HTTP_FAULT_500);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_UNAVAILABLE);
	CHECK_INT(reads_of_namespace(&c), 1);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(reads_of_namespace(&c), 2);
	CHECK_INT(c.stamps, 0); /* by then it says no */
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(restarts, what_waits_is_not_counted_once_another_operator_looks_after_it)
{
	struct kstore *none = kstore_new(NULL);
	int64_t again_ms = 0;
	struct cluster c;

	start_with(&c, 2);
	c.shared.pace = pace_new(&(struct pace_options){.in_progress = 1, .workloads = &c.shared.workloads});
	rotate(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(pace_waiting(c.shared.pace), 1);
	c.shared.namespaces = none; /* of its namespace the label was taken away */
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(pace_waiting(c.shared.pace), 0);
	c.shared.namespaces = NULL;
	pace_free(TAKE(c.shared.pace));
	kstore_free(none);
	cluster_stop(&c);
}

TEST(restarts, that_wait_survive_a_reset_of_managed_fields)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with(&c, 2);
	c.shared.pace = pace_new(&(struct pace_options){.in_progress = 1, .workloads = &c.shared.workloads});
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	for (int i = 0; i < 3; i++)
		CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	apifake_reset_managers(&c.api, cluster_secret(&c));
	pace_free(TAKE(c.shared.pace));
	cluster_settle(&c);
	CHECK_INT(c.stamps, 2);
	cluster_stop(&c);
}

/* With its resource, so that no status tells what it had; the watch has not shown that. */
TEST(restarts, are_due_when_a_secret_that_was_deleted_is_made_of_a_newer_version)
{
	struct cluster c;

	start_with(&c, 1);
	apifake_edit(&c.api, cluster_item(&c), "kubectl", "status\nitemPath\n", NULL);
	apifake_delete(&c.api, &kube_secrets, "db");
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 2);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}
