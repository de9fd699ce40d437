#include "operator/cluster_test.h"

#include "base/test.h"

TEST(unsynced, a_connect_that_shows_no_vaults_yet_is_out_of_reach_and_no_item_is_missing)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	c.connect.no_vaults = true;
	cluster_add_item(&c, "},'spec':{'itemPath':'vaults/Team/items/Database'}");
	cluster_feed(&c);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_UNAVAILABLE);
	cluster_check_ready(&c,
			    "False ConnectUnavailable failed to retrieve item: failed to 'getVaultID' for "
			    "vaultNameOrID='Team': failed to get vault by title \"Team\": failed to "
			    "GetVaultsByTitle using 1Password Connect: Connect shows no vaults: it has just "
			    "started and has not synced yet, or its token may read none");
	c.connect.no_vaults = false;
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}
