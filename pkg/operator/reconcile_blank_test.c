#include "operator/cluster_test.h"

#include "base/test.h"

#define RESOURCE "},'spec':{'itemPath':'vaults/Team/items/Database'}"
#define URL ",\"urls\":[{\"label\":\"website\",\"href\":\"" CANARY "-site\",\"primary\":true}]"
#define OTHER_URL ",\"urls\":[{\"label\":\"website\",\"href\":\"" CANARY "-moved\"}]"
#define EMPTY_FIELDS                                                                                         \
	",\"fields\":[{\"id\":\"username\",\"label\":\"username\",\"value\":\"\"},"                          \
	"{\"id\":\"password\",\"label\":\"password\"}]"
#define KEPT                                                                                                 \
	"False SecretWriteFailed no field and no file of the item has a value, so the Secret keeps those "   \
	"that it has; delete the Secret to have it written without them"

static void answer_with(struct cluster *c, const char *hollow)
{
	c->connect.items[0].empty = hollow != NULL;
	c->connect.items[0].hollow = hollow;
	connectfake_touch(&c->connect, CONNECT_ITEM);
}

static void check_keeps_values(const char *hollow, bool allow_empty)
{
	struct cluster c;

	cluster_start(&c);
	c.shared.allow_empty_values = allow_empty;
	cluster_add_item(&c, RESOURCE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	answer_with(&c, hollow);
	cluster_settle_in_trouble(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, KEPT);
	CHECK_INT(c.stamps, 0);

	answer_with(&c, NULL);
	cluster_settle(&c);
	cluster_check_ready(&c, "True Synced");
	CHECK_INT(c.stamps, 0);
	cluster_stop(&c);
}

TEST(blank, an_answer_with_nothing_but_a_url_takes_no_values_away_and_restarts_nothing)
{
	check_keeps_values(URL, false);
	check_keeps_values(URL, true);
}

TEST(blank, empty_fields_take_no_values_away_even_where_they_are_wanted)
{
	check_keeps_values(EMPTY_FIELDS, false);
	check_keeps_values(EMPTY_FIELDS, true);
	check_keeps_values(EMPTY_FIELDS URL, true);
}

TEST(blank, a_secret_that_was_deleted_is_written_as_the_item_is)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].label = "more"; /* the fake does not know the data of such an item */
	cluster_add_item(&c, RESOURCE);
	cluster_settle(&c);
	answer_with(&c, URL);
	cluster_settle_in_trouble(&c);
	apifake_delete(&c.api, &kube_secrets, "db");
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "data\n"), 1);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(blank, a_field_goes_from_an_item_that_keeps_others)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].label = "more"; /* as above */
	cluster_add_item(&c, RESOURCE);
	cluster_settle(&c);
	answer_with(&c,
		    ",\"fields\":[{\"id\":\"u\",\"label\":\"username\",\"value\":\"" CANARY "-new\"}]" URL);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "data\n"), 2);
	CHECK_STR(apifake_get(cluster_secret(&c), "data\npassword\n"), NULL);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(blank, the_url_of_an_item_that_has_nothing_else_can_be_edited)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].label = "more"; /* as above */
	answer_with(&c, URL);
	cluster_add_item(&c, RESOURCE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	answer_with(&c, OTHER_URL);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "data\n"), 1);
	cluster_check_ready(&c, "True Synced");
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}
