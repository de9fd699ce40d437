#include "operator/moved.h"

#include "base/test.h"
#include "operator/cluster_test.h"
#include "operator/names.h"

#define BY_TITLE "},'spec':{'itemPath':'vaults/Team/items/Database'}"

enum { ITEM, OTHER }; /* of the fake Connect */

static void rename_item(struct cluster *c, int i, const char *title)
{
	c->connect.items[i].title = title;
	c->connect.content_version++;
}

static bool is_as_before(const struct cluster *c)
{
	return moved_is_as_before(&c->shared, CLUSTER_KEY);
}

static void start(struct cluster *c)
{
	cluster_start(c);
	cluster_add_item(c, BY_TITLE);
	CHECK(!is_as_before(c)); /* nobody has looked yet */
	cluster_settle(c);
	CHECK(is_as_before(c));
}

TEST(moved, concerns_a_secret_whose_item_has_another_version)
{
	struct cluster c;

	start(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	CHECK(is_as_before(&c)); /* nobody has polled */
	cluster_poll(&c);
	CHECK(!is_as_before(&c));
	cluster_settle(&c);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, does_not_concern_the_secrets_of_other_items)
{
	struct cluster c;

	start(&c);
	connectfake_rotate(&c.connect, CONNECT_OTHER);
	cluster_poll(&c);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, concerns_a_secret_whose_path_leads_nowhere_or_elsewhere)
{
	struct cluster c;

	start(&c);
	rename_item(&c, ITEM, "Renamed");
	cluster_poll(&c);
	CHECK(!is_as_before(&c));
	rename_item(&c, OTHER, "Database");
	cluster_poll(&c);
	CHECK(!is_as_before(&c));
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_OTHER, 1);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, concerns_a_secret_that_was_not_fine)
{
	struct cluster c;
	int64_t again_ms = 0;

	start(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	c.api.refused = "Secret";
	c.api.refused_code = 403;
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_DENIED);
	CHECK(!is_as_before(&c));
	connectfake_rotate(&c.connect, CONNECT_OTHER);
	cluster_poll(&c);
	CHECK(!is_as_before(&c));
	c.api.refused = NULL;
	cluster_settle(&c);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, concerns_a_secret_that_waits_for_an_older_version_to_become_steady)
{
	struct cluster c;
	int64_t again_ms = 0;

	start(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	c.connect.items[ITEM].version--;
	c.connect.items[ITEM].values--;
	c.connect.content_version++;
	cluster_poll(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK(!is_as_before(&c));
	for (int i = 0; i < CATALOG_STEADY_POLLS; i++)
		cluster_poll(&c);
	CHECK(!is_as_before(&c));
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, concerns_a_secret_after_a_start)
{
	struct cluster c;

	start(&c);
	cluster_restart(&c);
	CHECK(!is_as_before(&c));
	cluster_settle(&c);
	CHECK(is_as_before(&c));
	cluster_stop(&c);
}

TEST(moved, is_told_of_workloads_by_every_path_that_they_ask_for)
{
	static const char asks[] = ",'annotations':{'" NAME_ITEM_PATH
				   "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}";
	static const char asks_for_another[] =
		",'annotations':{'" NAME_ITEM_PATH "':'vaults/Team/items/Other','" NAME_ITEM_NAME "':'db'}}";
	struct cluster c;

	cluster_start(&c);
	cluster_add_workload(&c, "web", asks);
	cluster_settle(&c);
	CHECK(is_as_before(&c));
	connectfake_rotate(&c.connect, CONNECT_OTHER);
	cluster_poll(&c);
	CHECK(is_as_before(&c));
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	CHECK(!is_as_before(&c));
	cluster_settle(&c);
	CHECK(is_as_before(&c));
	cluster_add_workload(&c, "other", asks_for_another);
	cluster_feed(&c);
	CHECK(!is_as_before(&c));
	cluster_stop(&c);
}
