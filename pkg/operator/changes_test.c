#include "operator/changes.h"

#include "base/test.h"
#include "operator/cluster_test.h"
#include "operator/names.h"

/* What somebody writes while a request of ours is on its way: the watch shows it after our answer, too late
 * to be news. */

#define BY_TITLE "},'spec':{'itemPath':'vaults/Team/items/Database'}"

TEST(changes, a_spec_that_is_edited_under_our_status_is_served)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-edit", "spec\nitemPath\n",
		     "\"vaults/" CONNECT_VAULT "/items/" CONNECT_OTHER "\"");
	cluster_item(&c)->generation++;
	cluster_drop_keys(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK(workqueue_len(c.shared.queue) > 0);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_OTHER, 1);
	cluster_stop(&c);
}

TEST(changes, a_forced_sync_that_is_asked_for_under_our_status_is_served)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-annotate",
		     "metadata\nannotations\n" NAME_FORCE_SYNC "\n", "\"now\"");
	cluster_drop_keys(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK(workqueue_len(c.shared.queue) > 0);
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_item(&c), "status\nforceSync\n"), "\"now\"");
	cluster_stop(&c);
}

TEST(changes, a_secret_that_a_workload_asks_for_under_our_stamp_is_made)
{
	struct cluster c;
	int64_t again_ms = 0;
	size_t stamps;

	cluster_start(&c);
	c.shared.auto_restart = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	stamps = c.stamps;
	c.behind = 1;
	apifake_edit(&c.api, cluster_workload(&c, "web"), "kubectl",
		     "metadata\nannotations\n" NAME_ITEM_NAME "\n", "\"extra\"");
	apifake_edit(&c.api, cluster_workload(&c, "web"), "kubectl",
		     "metadata\nannotations\n" NAME_ITEM_PATH "\n", "\"vaults/Team/items/Other\"");
	cluster_drop_keys(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, stamps + 1);
	CHECK(workqueue_len(c.shared.queue) > 0);
	cluster_settle(&c);
	CHECK(apifake_find(&c.api, &kube_secrets, "extra"));
	cluster_stop(&c);
}

TEST(changes, our_own_writes_bring_no_key)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	c.shared.auto_restart = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	cluster_drop_keys(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	CHECK_INT(workqueue_len(c.shared.queue), 0);
	cluster_stop(&c);
}
