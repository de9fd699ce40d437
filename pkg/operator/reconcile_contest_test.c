#include "operator/cluster_test.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"

#include <string.h>

#define RESOURCE "},'spec':{'itemPath':'vaults/Team/items/Database'}"
#define TRIES (3 * CONTEST_MAX)
#define CONTESTED(who, what)                                                                                 \
	"False Contested another program, field manager \"" who "\", keeps rewriting the " what              \
	"; that is put right only every 5 minutes now: let a single operator serve this namespace"

/* As a worker does it, also after failures that it gives up. */
static int64_t reconcile(struct cluster *c, const char *key)
{
	int64_t again_ms = 0;
	err_t e CLEANUP(err_freep) = cluster_reconcile(c, key, &again_ms);

	CHECK_MSG(!e || worker_next_after(e) == WORKER_GIVE_UP, "%s", err_text(e));
	return again_ms;
}

static void start_with_secret(struct cluster *c)
{
	cluster_start(c);
	cluster_add_item(c, RESOURCE);
	cluster_settle(c);
	http_fake_forget(c->fake);
}

static void rewrite_secret(struct cluster *c, const char *manager)
{
	apifake_edit(&c->api, cluster_secret(c), manager, "data\nusername\n", "\"eA==\"");
	cluster_feed(c);
}

#define SECRET_APPLIES "PATCH /api/v1/namespaces/team/secrets/db?fieldManager=onepassword-operator&force"
#define STATUS_PATCHES "PATCH /apis/onepassword.com/v1/namespaces/team/onepassworditems/db/status"

TEST(contest, another_program_that_keeps_rewriting_a_secret_is_named_and_not_fought)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		rewrite_secret(&c, "flux");
		again_ms = reconcile(&c, CLUSTER_KEY);
	}
	CHECK_INT(cluster_requests(&c, SECRET_APPLIES), CONTEST_MAX);
	cluster_check_ready(&c, CONTESTED("flux", "Secret"));
	CHECK_MSG(again_ms > 0 && again_ms <= CONTEST_PAUSE_MS, "%lld", (long long)again_ms);

	/* What it costs while it lasts. */
	http_fake_forget(c.fake);
	rewrite_secret(&c, "flux");
	(void)reconcile(&c, CLUSTER_KEY);
	CHECK_INT(http_fake_count(c.fake), 0);
	cluster_stop(&c);
}

TEST(contest, a_secret_that_another_program_keeps_deleting_is_made_again_at_a_slower_pace)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		apifake_delete(&c.api, &kube_secrets, "db");
		cluster_feed(&c);
		again_ms = reconcile(&c, CLUSTER_KEY);
		CHECK_MSG((cluster_secret(&c) != NULL) == (i < CONTEST_MAX), "%d", i);
	}
	CHECK_MSG(again_ms > 0 && again_ms <= CONTEST_GONE_PAUSE_MS, "%lld", (long long)again_ms);
	cluster_check_ready(
		&c, "False Contested another program keeps deleting the Secret; that is put right only "
		    "every 10 seconds now: let a single operator serve this namespace");
	cluster_stop(&c);
}

TEST(contest, a_contested_secret_that_is_deleted_is_made_again)
{
	struct cluster c;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		rewrite_secret(&c, "flux");
		(void)reconcile(&c, CLUSTER_KEY);
	}
	cluster_check_ready(&c, CONTESTED("flux", "Secret"));
	apifake_delete(&c.api, &kube_secrets, "db");
	cluster_feed(&c);
	(void)reconcile(&c, CLUSTER_KEY);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(contest, a_contested_secret_without_our_label_is_not_fought_over)
{
	struct cluster c;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		apifake_edit(&c.api, cluster_secret(&c), "manager",
			     "metadata\nlabels\n" NAME_MANAGED_LABEL "\n", NULL);
		cluster_feed(&c);
		(void)reconcile(&c, CLUSTER_KEY);
	}
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\n" NAME_MANAGED_LABEL "\n"), NULL);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_stop(&c);
}

TEST(contest, another_instance_of_this_operator_is_named_so)
{
	struct cluster c;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		rewrite_secret(&c, NAME_MANAGER_SECRET);
		(void)reconcile(&c, CLUSTER_KEY);
	}
	cluster_check_ready(&c, "False Contested another instance of this operator keeps rewriting the "
				"Secret; that is put right only every 5 minutes now: let a single operator "
				"serve this namespace");
	cluster_stop(&c);
}

TEST(contest, a_secret_that_is_as_it_should_be_again_is_told_as_synced)
{
	struct cluster c;
	char *before CLEANUP(mem_freep) = NULL;

	start_with_secret(&c);
	before = mem_strdup(apifake_get(cluster_secret(&c), "metadata\nannotations\n" NAME_KEYS "\n"));
	for (int i = 0; i < TRIES; i++) {
		apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit",
			     "metadata\nannotations\n" NAME_KEYS "\n", "\"99\"");
		cluster_feed(&c);
		(void)reconcile(&c, CLUSTER_KEY);
	}
	cluster_check_ready(&c, CONTESTED("kubectl-edit", "Secret"));
	cluster_item(&c)->generation++;
	apifake_edit(&c.api, cluster_item(&c), "kubectl", "metadata\nannotations\n" NAME_FORCE_SYNC "\n",
		     "\"now\"");
	cluster_feed(&c);
	(void)reconcile(&c, CLUSTER_KEY);
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nannotations\n" NAME_KEYS "\n"), before);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(contest, edits_of_a_person_are_put_back_each_time)
{
	struct cluster c;

	start_with_secret(&c);
	for (int i = 0; i < CONTEST_MAX; i++) {
		rewrite_secret(&c, "kubectl-edit");
		(void)reconcile(&c, CLUSTER_KEY);
		cluster_check_data(&c, CONNECT_ITEM, 1);
		cluster_check_ready(&c, "True Synced");
	}
	cluster_stop(&c);
}

TEST(contest, changes_of_item_and_resource_are_no_rewriting)
{
	struct cluster c;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		apifake_edit(&c.api, cluster_item(&c), "kubectl", "metadata\nlabels\nteam\n",
			     i % 2 ? "\"a\"" : "\"b\"");
		cluster_settle(&c);
		cluster_check_ready(&c, "True Synced");
	}
	cluster_stop(&c);
}

TEST(contest, another_program_that_keeps_rewriting_the_status_is_not_fought)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_secret(&c);
	for (int i = 0; i < TRIES; i++) {
		apifake_edit(&c.api, cluster_item(&c), "manager", "status\nitemVersion\n", "7");
		cluster_feed(&c);
		again_ms = reconcile(&c, CLUSTER_KEY);
	}
	CHECK_INT(cluster_requests(&c, STATUS_PATCHES), CONTEST_MAX);
	CHECK_MSG(again_ms > 0 && again_ms <= CONTEST_PAUSE_MS, "%lld", (long long)again_ms);
	cluster_stop(&c);
}

TEST(contest, another_program_that_keeps_adding_its_finalizer_is_not_fought)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_workload(&c, "web", "}");
	for (int i = 0; i < TRIES; i++) {
		if (cluster_workload(&c, "web")->finalizers.n == 0)
			strv_add(&cluster_workload(&c, "web")->finalizers, NAME_ORIGINAL_FINALIZER);
		apifake_edit(&c.api, cluster_workload(&c, "web"), "manager", "metadata\nlabels\na\n",
			     "\"b\"");
		cluster_feed(&c);
		again_ms = reconcile(&c, "team/web");
	}
	CHECK_INT(cluster_requests(&c, "PATCH"), CONTEST_MAX);
	CHECK_INT(cluster_workload(&c, "web")->finalizers.n, 1);
	CHECK_MSG(again_ms > 0 && again_ms <= CONTEST_PAUSE_MS, "%lld", (long long)again_ms);

	/* A deletion would hang on it. */
	cluster_workload(&c, "web")->deleting = true;
	apifake_edit(&c.api, cluster_workload(&c, "web"), "kubectl", "metadata\nlabels\na\n", "\"c\"");
	cluster_feed(&c);
	(void)reconcile(&c, "team/web");
	CHECK_INT(cluster_workload(&c, "web")->finalizers.n, 0);
	cluster_stop(&c);
}
