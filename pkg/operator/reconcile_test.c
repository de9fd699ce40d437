#include "operator/cluster_test.h"
#include "operator/secretmeta.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"
#include "operator/quoted_test.h"
#include "operator/report.h"

#include <stdio.h>
#include <string.h>

#define BY_TITLE "},'spec':{'itemPath':'vaults/Team/items/Database'}"
#define ITEM_PATH "vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM

static void check_line(struct cluster *c, size_t i, const char *want)
{
	const char *line = http_fake_line(c->fake, i);

	CHECK_MSG(line && str_has_prefix(line, want), "request %zu is %s, not %s", i, line ? line : "none",
		  want);
}

static void check_annotation(const struct cluster *c, const char *name, const char *want)
{
	char *text CLEANUP(mem_freep) = want ? mem_printf("\"%s\"", want) : NULL;

	CHECK_STR(cluster_annotation(c, name), text);
}

/* --- one Secret --- */

/* Not now, but its values will be compared with the item. */
static bool is_compared_later(struct cluster *c)
{
	struct strv due CLEANUP(strv_release) = {0}, later CLEANUP(strv_release) = {0};

	memos_due(c->shared.memos, clock_now_ns(NULL), &due);
	memos_due(c->shared.memos, INT64_MAX, &later);
	return !strv_has(&due, CLUSTER_KEY) && strv_has(&later, CLUSTER_KEY);
}

TEST(reconcile, writes_the_secret_of_a_resource_and_says_so)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, ",'labels':{'team':'a'}" BY_TITLE);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	check_line(&c, 0, "GET /v1/vaults");
	check_line(&c, 1, "GET /v1/vaults/" CONNECT_VAULT "/items");
	check_line(&c, 2, "GET /v1/vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM);
	check_line(&c, 3, "GET /v1/vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM "/files/");
	check_line(&c, 4,
		   "PATCH /api/v1/namespaces/team/secrets/db?fieldManager=onepassword-operator&force=true");
	check_line(&c, 5, "PATCH /apis/onepassword.com/v1/namespaces/team/onepassworditems/db/status");
	CHECK_INT(http_fake_count(c.fake), 6);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	check_annotation(&c, NAME_ITEM_PATH, ITEM_PATH);
	check_annotation(&c, NAME_ITEM_VERSION, "1");
	check_annotation(&c, NAME_CHANGED_AT, NULL); /* nothing to restart for */
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\nteam\n"), "\"a\"");
	CHECK_STR(apifake_get(cluster_secret(&c), "type\n"), "\"Opaque\"");
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 1);
	CHECK_INT(again_ms, 0); /* nothing is queued for it */
	CHECK(is_compared_later(&c));
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, after_a_start_nothing_is_fetched_and_nothing_written)
{
	struct cluster c;
	int64_t again_ms;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_restart(&c);
	http_fake_forget(c.fake);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	check_line(&c, 0, "GET /v1/vaults");
	check_line(&c, 1, "GET /v1/vaults/" CONNECT_VAULT "/items");
	CHECK_INT(http_fake_count(c.fake), 2);
	cluster_stop(&c);
}

TEST(reconcile, a_workload_asks_for_a_secret_by_titles)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/team/items/Database','" NAME_ITEM_NAME "':'db','" NAME_PREFIX
			     "team':'a'}}," CLUSTER_USES_DB);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	check_annotation(&c, NAME_ITEM_PATH, ITEM_PATH);
	check_annotation(&c, NAME_ITEM_NAME, "db");
	check_annotation(&c, NAME_PREFIX "team", "a");
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

#define ASKS_FOR_NOTHING_THERE                                                                               \
	",'annotations':{'" NAME_ITEM_PATH "':'vaults/Team/items/Nowhere','" NAME_ITEM_NAME "':'db'}}"

TEST(reconcile, a_failure_names_the_workloads_that_ask)
{
	static const char *const names[] = {"web", "worker"};
	static const char *const begins[] = {"for Deployment web: ", "for Deployment w"};

	for (size_t n = 1; n <= ARRAY_LEN(names); n++) {
		struct cluster c;
		int64_t again_ms = 0;

		cluster_start(&c);
		for (size_t i = 0; i < n; i++)
			cluster_add_workload(&c, names[i], ASKS_FOR_NOTHING_THERE);
		cluster_feed(&c);
		{
			err_t e CLEANUP(err_freep) = cluster_reconcile(&c, CLUSTER_KEY, &again_ms);

			CHECK_ERR(err_dup(e), ERR_NOT_FOUND);
			CHECK_MSG(str_has_prefix(err_text(e), begins[n - 1]), "%s", err_text(e));
			CHECK_MSG((n > 1) == (strstr(err_text(e), " and 1 more: ") != NULL), "%s",
				  err_text(e));
		}
		cluster_stop(&c);
	}
}

TEST(reconcile, a_workload_that_joins_in_a_failure_is_told_of_it_too)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_workload(&c, "web", ASKS_FOR_NOTHING_THERE);
	cluster_feed(&c);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_NOT_FOUND);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms)); /* it knows */
	cluster_add_workload(&c, "worker", ASKS_FOR_NOTHING_THERE);
	cluster_feed(&c);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_NOT_FOUND);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	cluster_stop(&c);
}

TEST(reconcile, a_secret_of_several_workloads_has_several_owners)
{
	static const char asks[] = ",'annotations':{'" NAME_ITEM_PATH
				   "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}";
	struct cluster c;

	cluster_start(&c);
	cluster_add_workload(&c, "web", asks);
	cluster_settle(&c);
	cluster_add_workload(&c, "job", asks);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 2);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, nobody_asks_and_nothing_happens)
{
	struct cluster c;
	int64_t again_ms = 7;

	cluster_start(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(http_fake_count(c.fake), 0);
	CHECK_INT(again_ms, 0);
	cluster_stop(&c);
}

TEST(reconcile, a_resource_being_deleted_gets_no_secret)
{
	struct cluster c;
	int64_t again_ms;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_item(&c)->deleting = true;
	cluster_item(&c)->version++;
	c.api.version++;
	cluster_feed(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(http_fake_count(c.fake), 0);
	cluster_stop(&c);
}

/* --- what is not ours --- */

TEST(reconcile, a_secret_of_somebody_else_stays_as_it_is_until_its_owner_agrees)
{
	struct cluster c;
	int64_t again_ms;

	cluster_start(&c);
	apifake_add(&c.api, &kube_secrets, "kubectl",
		    "{'metadata':{'name':'db','namespace':'team'},'type':'Opaque','data':{'mine':'eA=='}}");
	cluster_add_item(&c, BY_TITLE);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_EXISTS);
	CHECK_INT(apifake_count(cluster_secret(&c), "data\n"), 1);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\n"), 0);
	cluster_check_ready(
		&c,
		"False SecretExists a Secret db that this operator did not make is there already and stays "
		"as it is; delete it, or allow to take it over with: kubectl annotate secret -n team "
		"db " NAME_ADOPT "=true");
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-annotate",
		     "metadata\nannotations\n" NAME_ADOPT "\n", "\"true\"");
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit", "data\nmine\n", NULL);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	check_annotation(&c, NAME_ADOPT, "true"); /* it is theirs */
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, keys_labels_and_annotations_of_others_stay)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].label = "more"; /* lets the fake accept other keys */
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_secret(&c), "trust-manager", "data\nca.crt\n", "\"eA==\"");
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-label", "metadata\nlabels\nteam\n", "\"a\"");
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-annotate", "metadata\nannotations\nnote\n",
		     "\"x\"");
	cluster_settle(&c);
	cluster_check_quiet(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_secret(&c), "data\nca.crt\n"), "\"eA==\"");
	CHECK_STR(apifake_get(cluster_secret(&c), "data\nlegacy\n"), NULL); /* gone with its field */
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\nteam\n"), "\"a\"");
	check_annotation(&c, "note", "x");
	check_annotation(&c, NAME_ITEM_VERSION, "2");
	cluster_stop(&c);
}

TEST(reconcile, of_the_originals_secret_a_vanished_key_goes)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_original(&c, 1);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 2); /* without "legacy" */
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

/* Pods may have used it. */
TEST(reconcile, a_key_of_the_original_that_only_goes_is_a_change)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_original(&c, 1);
	apifake_edit(&c.api, cluster_secret(&c), NAME_MANAGER_ORIGINAL, "data\nold\n", "\"eA==\"");
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

TEST(reconcile, somebodys_auto_restart_on_the_secret_is_theirs)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-annotate",
		     "metadata\nannotations\n" NAME_AUTO_RESTART "\n", "\"false\"");
	cluster_settle(&c);
	cluster_check_quiet(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 0);
	check_annotation(&c, NAME_AUTO_RESTART, "false");
	cluster_stop(&c);
}

TEST(reconcile, an_item_without_values_blanks_no_secret)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].empty = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "data\n"), 0); /* written as it is */
	cluster_check_ready(&c, "True Synced");
	c.connect.items[0].empty = false;
	connectfake_touch(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	c.connect.items[0].empty = true;
	connectfake_touch(&c.connect, CONNECT_ITEM);
	cluster_settle_in_trouble(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(
		&c,
		"False SecretWriteFailed no field and no file of the item has a value, so the Secret keeps "
		"those that it has; delete the Secret to have it written without them");
	cluster_stop(&c);
}

TEST(reconcile, what_is_no_longer_asked_for_goes_and_what_others_set_stays)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, ",'labels':{'team':'a','tier':'b'}" BY_TITLE);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}");
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 2);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-label", "metadata\nlabels\nmine\n", "\"x\"");
	apifake_edit(&c.api, cluster_item(&c), "kubectl-label", "metadata\nlabels\nteam\n", NULL);
	apifake_delete(&c.api, &kube_deployments, "web");
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\nteam\n"), NULL);
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\ntier\n"), "\"b\"");
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\nmine\n"), "\"x\"");
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 1);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

/* Else the Secret would go with the resource, although a workload has come to ask for it. */
TEST(reconcile, owners_are_kept_while_connect_is_out_of_reach)
{
	struct cluster c;
	int64_t again_ms = 0;
	err_t trouble CLEANUP(err_freep) = err_new(ERR_UNAVAILABLE, "refused");

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	trouble_set(&c.shared.trouble, trouble);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}");
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 2);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_quiet(&c);
	trouble_set(&c.shared.trouble, NULL);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 2);
	{
		struct kobj *o = kstore_get(c.shared.secrets, CLUSTER_KEY);

		CHECK_INT(((struct secretmeta *)o)->kept_owners, 0);
		CHECK_INT(((struct secretmeta *)o)->owners_owned, 2);
		kobj_unref(o);
	}
	cluster_check_quiet(&c);
	err_free(TAKE(trouble));
	cluster_stop(&c);
}

TEST(reconcile, the_originals_finalizer_goes_from_a_workload_that_asks_for_nothing)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_workload(&c, "web", ",'finalizers':['" NAME_ORIGINAL_FINALIZER "']}");
	CHECK_OK(cluster_reconcile(&c, "team/web", &again_ms));
	CHECK_INT(cluster_workload(&c, "web")->finalizers.n, 0);
	http_fake_forget(c.fake);
	CHECK_OK(cluster_reconcile(&c, "team/web", &again_ms));
	CHECK_INT(http_fake_count(c.fake), 0);
	cluster_stop(&c);
}

TEST(reconcile, an_ignored_item_leaves_the_originals_secret_too)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].ignored = true;
	cluster_add_original(&c, 1);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle_in_trouble(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK_INT(cluster_requests(&c, "PATCH /api/v1"), 0);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(reconcile, an_ignored_item_gets_a_first_secret)
{
	struct cluster c;

	cluster_start(&c);
	c.connect.items[0].ignored = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	/* Somebody takes its marks off: it does not tell what it holds, and stays. */
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-annotate",
		     "metadata\nannotations\n" NAME_ITEM_PATH "\n", NULL);
	cluster_settle(&c);
	check_annotation(&c, NAME_ITEM_PATH, NULL);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(reconcile, a_resource_being_deleted_leaves_its_secret_to_a_workload)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH "':'vaults/Team/items/Other','" NAME_ITEM_NAME
			     "':'db'}}");
	cluster_item(&c)->deleting = true;
	cluster_item(&c)->version = ++c.api.version;
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_OTHER, 1);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 1);
	cluster_check_ready(&c, "True Synced"); /* nothing is told to one that goes */
	cluster_stop(&c);
}

/* --- drift --- */

TEST(reconcile, a_write_of_string_data_is_looked_at_once)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	http_fake_forget(c.fake);
	/* The API server keeps no such field, but who wrote it, and the values in data. */
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit", "stringData\npassword\n",
		     "\"" CANARY "-i1\"");
	cluster_settle(&c);
	CHECK_INT(cluster_requests(&c, "GET /api/v1"), 1);
	CHECK_INT(cluster_requests(&c, "PATCH"), 0);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, what_we_wrote_is_put_back)
{
	static const char *const paths[] = {"metadata\nlabels\nteam\n",
					    "metadata\nannotations\n" NAME_ITEM_VERSION "\n",
					    "metadata\nannotations\n" NAME_KEYS "\n", "data\nusername\n"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct cluster c;
		char *before CLEANUP(mem_freep) = NULL;

		cluster_start(&c);
		cluster_add_item(&c, ",'labels':{'team':'a'}" BY_TITLE);
		cluster_settle(&c);
		before = mem_strdup(apifake_get(cluster_secret(&c), paths[i]));
		apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit", paths[i], NULL);
		cluster_settle(&c);
		CHECK_STR(apifake_get(cluster_secret(&c), paths[i]), before);
		cluster_check_quiet(&c);
		cluster_stop(&c);
	}
}

TEST(reconcile, an_edit_between_two_looks_is_never_overwritten_unseen)
{
	struct cluster c;
	int64_t again_ms;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	http_fake_forget(c.fake);
	/* The watch is behind: the Secret has moved on. */
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-label", "metadata\nlabels\nteam\n", "\"a\"");
	CHECK_OK(reconcile_secret(&c.shared, &c.clients, CLUSTER_KEY, c.cancel,
				  &(struct reconcile_result){0}));
	(void)again_ms;
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_secret(&c), "metadata\nlabels\nteam\n"), "\"a\"");
	cluster_check_data(&c, CONNECT_ITEM, 2);
	cluster_stop(&c);
}

/* --- restarts --- */

/* By the API server, which the watch has told. */
static void check_restarts_pending(struct cluster *c, int64_t want)
{
	struct kobj *item = kstore_get(c->shared.items, CLUSTER_KEY);

	CHECK_INT(((const struct onepassworditem *)item)->status.restarts_pending, want);
	kobj_unref(item);
}

/* Reconciles until the window of that Secret is over. */
static void pass_window(struct cluster *c, const char *key)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + 10 * NS_PER_S;
	int64_t again_ms = 0;

	do {
		CHECK_OK(cluster_reconcile(c, key, &again_ms));
		CHECK(clock_now_ns(NULL) < deadline_ns);
	} while (again_ms > 0 && again_ms <= c->shared.restart_window_ms);
}

static void start_with_user(struct cluster *c, const char *more_meta, bool auto_restart)
{
	char *members CLEANUP(mem_freep) = mem_printf("%s}," CLUSTER_USES_DB, more_meta);

	cluster_start(c);
	c->shared.auto_restart = auto_restart;
	cluster_add_item(c, BY_TITLE);
	cluster_add_workload(c, "web", members);
	cluster_settle(c);
	CHECK_INT(c->stamps, 0);
}

TEST(reconcile, each_change_of_values_gives_one_restart)
{
	struct cluster c;

	start_with_user(&c, "", true);
	for (size_t i = 1; i < 4; i++) {
		connectfake_rotate(&c.connect, CONNECT_ITEM);
		cluster_settle(&c);
		CHECK_INT(c.stamps, i);
		cluster_check_quiet(&c);
	}
	connectfake_touch(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 3); /* a new version with the old values */
	cluster_stop(&c);
}

TEST(reconcile, the_first_level_that_says_something_decides_about_a_restart)
{
	static const struct {
		const char *item, *workload, *namespace;
		bool otherwise;
		size_t stamps;
	} cases[] = {
		{"", "", "", false, 0},
		{"", "", "", true, 1},
		{"", "", "false", true, 0},
		{"", "", "true", false, 1},
		{"", "false", "true", true, 0},
		{"", "true", "false", false, 1},
		{"false", "true", "true", true, 0},
		{"true", "false", "false", false, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *item CLEANUP(mem_freep) =
			mem_printf(",'annotations':{'" NAME_AUTO_RESTART "':'%s'}" BY_TITLE, cases[i].item);
		char *workload CLEANUP(mem_freep) = mem_printf(
			",'annotations':{'" NAME_AUTO_RESTART "':'%s'}}," CLUSTER_USES_DB, cases[i].workload);
		char *namespace CLEANUP(mem_freep) = mem_printf(
			"{'metadata':{'name':'team','annotations':{'" NAME_AUTO_RESTART "':'%s'}}}",
			cases[i].namespace);
		struct cluster c;

		cluster_start(&c);
		c.shared.auto_restart = cases[i].otherwise;
		apifake_add(&c.api, &kube_namespaces, "kubectl", namespace);
		cluster_add_item(&c, item);
		cluster_add_workload(&c, "web", workload);
		cluster_settle(&c);
		connectfake_rotate(&c.connect, CONNECT_ITEM);
		cluster_settle(&c);
		CHECK_MSG(c.stamps == cases[i].stamps, "row %zu: %zu", i, c.stamps);
		cluster_check_quiet(&c);
		/* What was not wanted then is not made up for later. */
		c.shared.auto_restart = true;
		cluster_restart(&c);
		cluster_settle(&c);
		CHECK_MSG(c.stamps == cases[i].stamps, "row %zu later: %zu", i, c.stamps);
		cluster_stop(&c);
	}
}

TEST(reconcile, a_workload_that_asks_for_a_secret_restarts_with_it_though_no_container_names_it)
{
	struct cluster c;

	cluster_start(&c);
	c.shared.auto_restart = true;
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}");
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_restart_sets_one_annotation_and_leaves_the_others)
{
	static const char others[] = "spec\ntemplate\nmetadata\nannotations\n";
	const struct apiobject *w;
	struct cluster c;

	cluster_start(&c);
	c.shared.auto_restart = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web",
			     "},'spec':{'template':{'metadata':{'annotations':{'prometheus.io/scrape':'true',"
			     "'team':'a'}},'spec':{'containers':[{'name':'c','envFrom':[{'secretRef':"
			     "{'name':'db'}}]}]}}}");
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	w = cluster_workload(&c, "web");
	CHECK_INT(apifake_count(w, others), 3);
	CHECK_STR(apifake_get(w, "spec\ntemplate\nmetadata\nannotations\nprometheus.io/scrape\n"),
		  "\"true\"");
	CHECK_STR(apifake_get(w, "spec\ntemplate\nmetadata\nannotations\nteam\n"), "\"a\"");
	cluster_stop(&c);
}

TEST(reconcile, a_namespace_that_cannot_be_read_decides_nothing)
{
	struct cluster c;

	start_with_user(&c, "", true); /* there is no Namespace: 404 */
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

/* In a storm: one rollout at a time, and the fake cluster has no controller that would end one. */
TEST(reconcile, a_restart_waits_for_its_turn_and_the_status_says_so)
{
	struct memo memo = {0};
	int64_t again_ms = 0;
	struct cluster c;
	bool moved;

	start_with_user(&c, "", true);
	cluster_add_workload(&c, "second", "}," CLUSTER_USES_DB);
	c.shared.pace = pace_new(&(struct pace_options){.in_progress = 1, .workloads = &c.shared.workloads});
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms)); /* writes the Secret */
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	CHECK(again_ms > 0 && again_ms < 5000);
	CHECK_INT(pace_waiting(c.shared.pace), 1);
	check_restarts_pending(&c, 0); /* what is over soon is not worth a write */

	CHECK(memos_get(c.shared.memos, CLUSTER_KEY, &memo));
	memo.waiting_told_ns = 1;
	memos_set(c.shared.memos, CLUSTER_KEY, &memo);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	check_restarts_pending(&c, 1);
	cluster_check_ready(&c, "True Synced");

	/* The next process knows nothing of it. */
	pace_free(TAKE(c.shared.pace));
	cluster_restart(&c);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 2);
	check_restarts_pending(&c, 0);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_restart_that_is_refused_is_tried_again_and_holds_up_nothing)
{
	static const struct {
		int code;
		enum err_kind kind;
		enum worker_next next;
	} cases[] = {
		{403, ERR_DENIED, WORKER_RETRY_SLOWLY},
		{422, ERR_INVALID, WORKER_GIVE_UP}, /* by a policy: it comes again with the polls */
		{500, ERR_UNAVAILABLE, WORKER_RETRY},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cluster c;
		int64_t again_ms = 0;
		bool moved;
		err_t e;

		start_with_user(&c, "", true);
		connectfake_rotate(&c.connect, CONNECT_ITEM);
		c.api.refused = "Deployment";
		c.api.refused_code = cases[i].code;
		CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
		for (int times = 0; times < 3; times++) {
			e = cluster_reconcile(&c, CLUSTER_KEY, &again_ms);
			CHECK_MSG(err_is(e, cases[i].kind), "%d", cases[i].code);
			CHECK_INT(worker_next_after(e), cases[i].next);
			CHECK_MSG(again_ms > 0 && again_ms < 2 * c.shared.poll_ms, "%d: %lld", cases[i].code,
				  (long long)again_ms);
			err_free(e);
		}
		cluster_check_ready(&c, "True Synced");
		c.api.refused = NULL;
		cluster_settle(&c);
		CHECK_INT(c.stamps, 1);
		cluster_stop(&c);
	}
}

TEST(reconcile, a_namespace_that_cannot_be_read_just_now_is_waited_for)
{
	struct cluster c;
	int64_t again_ms = 0;
	err_t e;

	start_with_user(&c, "", true);
	apifake_add(&c.api, &kube_namespaces, "kubectl",
		    "{'metadata':{'name':'team','annotations':{'" NAME_AUTO_RESTART "':'false'}}}");
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	/* GET item, file, Secret; PATCH Secret, status; then the Namespace. */
	http_fake_forget(c.fake);
	http_fake_fault(c.fake, 5, 1, HTTP_FAULT_500);
	e = cluster_reconcile(&c, CLUSTER_KEY, &again_ms);
	check_line(&c, 5, "GET /api/v1/namespaces/team");
	CHECK(err_is(e, ERR_UNAVAILABLE));
	err_free(e);
	CHECK_INT(c.stamps, 0);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 0); /* the Namespace says no */
	cluster_stop(&c);
}

TEST(reconcile, an_undone_stamp_is_not_set_again)
{
	struct cluster c;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_workload(&c, "web"), "argocd",
		     "spec\ntemplate\nmetadata\nannotations\n" NAME_LAST_RESTARTED "\n", NULL);
	cluster_restart(&c);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_workload_that_was_made_anew_is_not_taken_for_the_old_one)
{
	struct cluster c;
	int64_t again_ms = 0;
	bool moved;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
	/* The watch is behind. */
	apifake_delete(&c.api, &kube_deployments, "web");
	apifake_add(&c.api, &kube_deployments, "kubectl",
		    "{'metadata':{'name':'web','namespace':'team'}," CLUSTER_USES_DB "}");
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_CONFLICT);
	CHECK_INT(c.stamps, 0);
	cluster_settle(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_workload_made_after_the_change_has_the_new_values)
{
	struct cluster c;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_add_workload(&c, "late", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	CHECK_STR(kvlist_get(&c.last_stamps, "late"), NULL);
	cluster_stop(&c);
}

TEST(reconcile, a_terminating_workload_is_left_alone)
{
	struct cluster c;

	start_with_user(&c, "", true);
	cluster_workload(&c, "web")->deleting = true;
	cluster_workload(&c, "web")->version = ++c.api.version;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 0);
	cluster_stop(&c);
}

TEST(reconcile, a_deleted_secret_restarts_only_if_its_values_changed_meanwhile)
{
	struct cluster c;

	start_with_user(&c, "", true);
	apifake_delete(&c.api, &kube_secrets, "db");
	cluster_settle(&c);
	CHECK_INT(c.stamps, 0);
	apifake_delete(&c.api, &kube_secrets, "db");
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_check_data(&c, CONNECT_ITEM, 2);
	cluster_stop(&c);
}

TEST(reconcile, a_restart_that_waits_survives_a_new_version_with_the_old_values)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	c.shared.restart_window_ms = 60000;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	connectfake_touch(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	check_annotation(&c, NAME_ITEM_VERSION, "3");
	CHECK_INT(c.stamps, 0);
	c.shared.restart_window_ms = 0;
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

TEST(reconcile, a_workload_that_was_stamped_before_a_crash_is_not_written_again)
{
	struct cluster c;
	int64_t again_ms = 0;
	size_t record = 0;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	http_fake_forget(c.fake);
	c.api.refused = "Secret/restarted";
	c.api.refused_code = 500;
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_UNAVAILABLE);
	record = cluster_requests(&c, "PATCH /apis/apps");
	CHECK_INT(record, 1);
	CHECK_INT(c.stamps, 1);
	c.api.refused = NULL;
	cluster_restart(&c);
	cluster_settle(&c);
	CHECK_INT(cluster_requests(&c, "PATCH /apis/apps"), record);
	CHECK(strstr(cluster_annotation(&c, NAME_RESTARTED), "*"));
	cluster_stop(&c);
}

TEST(reconcile, a_crash_within_the_window_loses_no_restart)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	c.shared.restart_window_ms = 100;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 0);
	cluster_restart(&c);
	pass_window(&c, CLUSTER_KEY);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

/* A write under our name, or forged managedFields, while nobody looked. */
TEST(reconcile, what_metadata_cannot_show_is_found_by_a_comparison)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	kvlist_set(&cluster_secret(&c)->fields, "data\npassword\n", "\"Zm9yZ2Vk\"");
	cluster_secret(&c)->version = ++c.api.version;
	cluster_settle(&c); /* not seen */
	CHECK_STR(apifake_get(cluster_secret(&c), "data\npassword\n"), "\"Zm9yZ2Vk\"");
	cluster_restart(&c);
	c.shared.compare_ms = 1; /* so that it is due at once */
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

TEST(reconcile, a_restart_that_waits_survives_the_deletion_of_its_secret)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	c.shared.restart_window_ms = 60000;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	apifake_delete(&c.api, &kube_secrets, "db");
	cluster_feed(&c);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 0);
	c.shared.restart_window_ms = 0;
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

static void rotate_both(struct cluster *c)
{
	connectfake_rotate(&c->connect, CONNECT_ITEM);
	connectfake_rotate(&c->connect, CONNECT_OTHER);
}

TEST(reconcile, secrets_that_change_together_give_one_restart)
{
	static const char uses_both[] =
		"},'spec':{'template':{'spec':{'containers':[{'envFrom':[{'secretRef':{'name':'db'}},"
		"{'secretRef':{'name':'other'}}]}]}}}";
	struct cluster c;
	int64_t again_ms = 0;
	bool moved;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	apifake_add(&c.api, &onepassworditem_resource, "kubectl",
		    "{'metadata':{'name':'other','namespace':'team'},'spec':{'itemPath':'vaults/Team/items/"
		    "Other'}}");
	cluster_add_workload(&c, "web", uses_both);
	cluster_settle(&c);
	CHECK_OK(cluster_reconcile(&c, "team/other", &again_ms));
	c.shared.restart_window_ms = 200;
	rotate_both(&c);
	CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_MSG(again_ms > 0 && again_ms <= 200, "%lld", (long long)again_ms);
	CHECK_OK(cluster_reconcile(&c, "team/other", &again_ms));
	CHECK_INT(c.stamps, 0);
	pass_window(&c, CLUSTER_KEY);
	pass_window(&c, "team/other");
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

TEST(reconcile, a_window_ends_also_for_a_secret_that_nobody_asks_for_any_more)
{
	struct cluster c;
	int64_t again_ms = 0;
	bool moved;

	start_with_user(&c, "", true);
	c.shared.restart_window_ms = 100;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	apifake_delete(&c.api, &onepassworditem_resource, "db"); /* and the garbage collector is slow */
	cluster_feed(&c);
	pass_window(&c, CLUSTER_KEY);
	CHECK_INT(c.stamps, 1);
	cluster_stop(&c);
}

/* --- replicas of Connect that differ --- */

TEST(reconcile, an_older_version_counts_only_when_it_stays)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	c.connect.items[0].version = c.connect.items[0].values = 1;
	c.connect.content_version++;
	http_fake_forget(c.fake);
	for (int polls = 1; polls < CATALOG_STEADY_POLLS; polls++) {
		cluster_poll(&c);
		CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
		cluster_check_data(&c, CONNECT_ITEM, 2);
	}
	CHECK_INT(cluster_requests(&c, "GET /v1/vaults/" CONNECT_VAULT "/items/"), 0);
	cluster_settle(&c); /* polls on */
	cluster_poll(&c);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK_INT(c.stamps, 2);
	cluster_stop(&c);
}

TEST(reconcile, an_item_from_a_replica_that_is_behind_is_not_written)
{
	struct cluster c;
	int64_t again_ms = 0;

	start_with_user(&c, "", true);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	c.connect.items[0].behind = 2; /* the list says 3, the item is of version 1, we have 2 */
	cluster_poll(&c);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_CONFLICT);
	cluster_check_data(&c, CONNECT_ITEM, 2);
	check_annotation(&c, NAME_ITEM_VERSION, "2");
	cluster_check_ready(&c, "True Synced");
	c.connect.items[0].behind = 0;
	c.connect.content_version++;
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 3);
	CHECK_INT(c.stamps, 2);
	cluster_stop(&c);
}

/* --- trouble --- */

TEST(reconcile, an_item_that_is_gone_leaves_the_secret)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, "},'spec':{'itemPath':'vaults/Team/items/" CONNECT_ITEM "'}");
	cluster_settle(&c);
	c.connect.items[0].gone = true;
	c.connect.content_version++;
	cluster_settle_in_trouble(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK(again_ms > 0 && again_ms < 2 * c.shared.poll_ms);
	c.connect.items[0].gone = false;
	c.connect.content_version++;
	cluster_settle(&c);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(reconcile, while_connect_is_out_of_reach_it_is_not_asked)
{
	struct cluster c;
	int64_t again_ms = 0;
	err_t trouble CLEANUP(err_freep) = err_new(ERR_UNAVAILABLE, "GET /v1/vaults: connection refused");

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_restart(&c);
	trouble_set(&c.shared.trouble, trouble);
	http_fake_forget(c.fake);
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms)); /* the poller has told of it */
	CHECK_INT(cluster_requests(&c, "GET /v1"), 0);
	cluster_check_ready(
		&c, "False ConnectUnavailable failed to retrieve item: GET /v1/vaults: connection refused");
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_quiet(&c);
	trouble_set(&c.shared.trouble, NULL);
	cluster_settle(&c);
	cluster_check_ready(&c, "True Synced");
	err_free(TAKE(trouble));
	cluster_stop(&c);
}

TEST(reconcile, a_restart_that_waits_is_done_while_connect_is_out_of_reach)
{
	struct cluster c;
	int64_t again_ms = 0;
	err_t trouble CLEANUP(err_freep) = err_new(ERR_UNAVAILABLE, "refused");
	bool moved;

	start_with_user(&c, "", true);
	c.shared.restart_window_ms = 60000;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	CHECK_OK(catalog_poll(c.shared.catalog, c.clients.connect, false, c.cancel, &moved));
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 0);
	trouble_set(&c.shared.trouble, trouble);
	c.shared.restart_window_ms = 0;
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK_INT(c.stamps, 1);
	err_free(TAKE(trouble));
	cluster_stop(&c);
}

TEST(reconcile, a_spec_that_cannot_be_obeyed_is_said_and_nothing_written)
{
	static const struct {
		const char *item, *want;
	} cases[] = {
		{"},'spec':{'itemPath':'op://Team/Database'}",
		 "False Invalid failed to retrieve item: \"op://Team/Database\" is not an acceptable path "
		 "for One Password item. "
		 "Must be of the format: `vaults/{vault_id}/items/{item_id}`"},
		{"},'spec':{'itemPath':'vaults/Team/items/Database'},'type':'bootstrap.kubernetes.io/token'",
		 "False Invalid type: a Secret of type bootstrap.kubernetes.io/token mints credentials and "
		 "is not written from an "
		 "item; use Opaque or another type"},
		{",'annotations':{'" NAME_AUTO_RESTART "':'perhaps'}" BY_TITLE,
		 "False Invalid error parsing " NAME_AUTO_RESTART
		 " annotation on Secret db. Must be true or false"},
		{"},'spec':{'itemPath':'vaults/Nowhere/items/Database'}",
		 "False ItemNotFound failed to retrieve item: failed to 'getVaultID' for "
		 "vaultNameOrID='Nowhere': no vaults found "
		 "with identifier \"Nowhere\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cluster c;

		cluster_start(&c);
		cluster_add_item(&c, cases[i].item);
		cluster_settle(&c);
		cluster_check_ready(&c, cases[i].want);
		CHECK(!cluster_secret(&c));
		CHECK_INT(cluster_requests(&c, "PATCH /api/v1"), 0);
		cluster_check_quiet(&c);
		cluster_stop(&c);
	}
}

TEST(reconcile, a_conflict_is_nothing_to_tell_people)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_poll(&c);
	http_fake_forget(c.fake);
	c.api.refused = "Secret";
	c.api.refused_code = 409;
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_CONFLICT);
	CHECK_INT(cluster_requests(&c, "PATCH /apis/onepassword.com"), 0);
	cluster_check_ready(&c, "True Synced");
	cluster_stop(&c);
}

TEST(reconcile, the_type_of_a_secret_cannot_change)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-edit", "type\n", "\"kubernetes.io/basic-auth\"");
	cluster_item(&c)->generation++;
	cluster_settle_in_trouble(&c);
	cluster_check_ready(
		&c,
		"False SecretWriteFailed cannot change secret type: secret type is immutable (it is Opaque, "
		"type asks for kubernetes.io/basic-auth); delete the Secret and it will be written anew");
	cluster_check_data(&c, CONNECT_ITEM, 1);
	apifake_delete(&c.api, &kube_secrets, "db");
	cluster_settle(&c);
	cluster_check_ready(&c, "True Synced");
	CHECK_STR(apifake_get(cluster_secret(&c), "type\n"), "\"kubernetes.io/basic-auth\"");
	cluster_stop(&c);
}

TEST(reconcile, an_immutable_secret_takes_no_new_values)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit", "immutable\n", "true");
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle_in_trouble(&c);
	cluster_check_ready(
		&c,
		"False SecretWriteFailed the Secret is immutable and can't take the item's values; delete it "
		"and it will be written anew");
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_stop(&c);
}

TEST(reconcile, an_ignored_item_leaves_the_secret)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	c.connect.items[0].ignored = true;
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_check_ready(&c, "True Synced");
	c.connect.items[0].ignored = false;
	connectfake_touch(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 2);
	cluster_stop(&c);
}

/* Whatever a server quotes of what it was sent (the fake looks for it in log and status). */
TEST(reconcile, a_refusal_that_quotes_values_tells_none)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	c.api.refused = "Secret";
	c.api.refused_code = 422;
	c.api.quote = "data[password]: Invalid value: " CANARY_BASE64;
	cluster_add_item(&c, BY_TITLE);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_INVALID);
	CHECK(strstr(apifake_get(cluster_item(&c), "status\nconditions\n"), "SecretWriteFailed"));
	CHECK(!strstr(apifake_get(cluster_item(&c), "status\nconditions\n"), CANARY_BASE64));
	cluster_stop(&c);
}

/* Many programs call their field manager "manager"; only the Secrets of 1Password's have its annotations. */
TEST(reconcile, keys_of_another_program_of_that_manager_are_no_change_when_its_secret_is_taken_over)
{
	struct cluster c;

	cluster_start(&c);
	c.shared.auto_restart = true;
	cluster_add_original(&c, 1);
	apifake_edit(&c.api, cluster_secret(&c), NAME_MANAGER_ORIGINAL, CLUSTER_FOREIGN_KEY, "\"eA==\"");
	apifake_edit(&c.api, cluster_secret(&c), "kubectl", "metadata\nannotations\n" NAME_ITEM_PATH "\n",
		     NULL);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl", "metadata\nannotations\n" NAME_ITEM_VERSION "\n",
		     NULL);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl", "metadata\nannotations\n" NAME_ADOPT "\n",
		     "\"true\"");
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	cluster_check_ready(&c, "True Synced");
	check_annotation(&c, NAME_CHANGED_AT, NULL);
	CHECK_INT(c.stamps, 0);
	cluster_stop(&c);
}

/* --- status --- */

TEST(reconcile, with_an_old_crd_the_status_is_not_written_over_and_over)
{
	struct cluster c;

	cluster_start(&c);
	c.api.crd_is_old = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_check_ready(&c, "True");
	cluster_check_quiet(&c);
	c.connect.items[0].gone = true;
	c.connect.content_version++;
	cluster_settle(&c);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_crd_that_becomes_new_is_noticed_by_the_next_poll_and_all_statuses_are_whole)
{
	struct cluster c;

	cluster_start(&c);
	c.api.crd_is_old = true;
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	cluster_check_quiet(&c);
	CHECK(!apifake_get(cluster_item(&c), "status\nitemVersion\n"));
	c.api.crd_is_old = false;
	report_try_whole(&c.shared);
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_item(&c), "status\nitemVersion\n"), "1");
	CHECK(atomic_load(&c.shared.crd) == CRD_NEW);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_long_request_to_sync_is_served_once_though_its_end_is_cut)
{
	struct cluster c;
	char request[NAME_FORCE_SYNC_MAX + 8];

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	/* Its 64th byte is the first of a character of two. */
	snprintf(request, sizeof(request), "\"%0*d\xc3\xa9x\"", NAME_FORCE_SYNC_MAX - 1, 7);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-annotate",
		     "metadata\nannotations\n" NAME_FORCE_SYNC "\n", request);
	cluster_settle(&c);
	cluster_check_quiet(&c);
	cluster_restart(&c);
	http_fake_forget(c.fake);
	cluster_settle(&c);
	CHECK_INT(cluster_requests(&c, "PATCH"), 0);
	cluster_stop(&c);
}

TEST(reconcile, a_forced_sync_looks_at_item_and_secret_once)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-annotate",
		     "metadata\nannotations\noperator.1password.io/force-sync\n", "\"now\"");
	http_fake_forget(c.fake);
	cluster_settle(&c);
	CHECK_INT(
		cluster_requests(&c, "GET /v1/vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM) -
			cluster_requests(&c, "GET /v1/vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM "/files"),
		1);
	CHECK_STR(apifake_get(cluster_item(&c), "status\nforceSync\n"), "\"now\"");
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_forced_sync_ends_also_where_an_old_crd_does_not_keep_it)
{
	struct cluster c;

	cluster_start(&c);
	c.api.crd_is_old = true;
	cluster_add_item(&c, BY_TITLE);
	apifake_edit(&c.api, cluster_item(&c), "kubectl-annotate",
		     "metadata\nannotations\noperator.1password.io/force-sync\n", "\"now\"");
	cluster_settle(&c);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, a_spec_edited_meanwhile_makes_no_crd_old)
{
	struct cluster c;
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	/* The watch is behind. */
	apifake_edit(&c.api, cluster_item(&c), "kubectl-edit", "metadata\nlabels\nteam\n", "\"a\"");
	cluster_item(&c)->generation++;
	CHECK_OK(cluster_reconcile(&c, CLUSTER_KEY, &again_ms));
	CHECK(atomic_load(&c.shared.crd) == CRD_NEW);
	cluster_settle(&c);
	CHECK_STR(apifake_get(cluster_item(&c), "status\nobservedGeneration\n"), "2");
	cluster_stop(&c);
}

TEST(reconcile, copied_annotations_settle)
{
	struct cluster c;

	cluster_start(&c);
	c.shared.copy_annotations = true;
	cluster_add_item(&c, ",'annotations':{'note':'x','" NAME_ITEM_PATH "':'y'}" BY_TITLE);
	cluster_settle(&c);
	check_annotation(&c, "note", "x");
	check_annotation(&c, NAME_ITEM_PATH, ITEM_PATH);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

TEST(reconcile, what_was_told_of_a_bad_name_is_remembered_while_the_workload_has_it)
{
	struct cluster c;
	struct memo memo = {0};
	int64_t again_ms = 0;

	cluster_start(&c);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'a..b'}}," CLUSTER_USES_DB);
	CHECK_OK(cluster_reconcile(&c, "team/web", &again_ms));
	CHECK(memos_get(c.shared.memos, "team/web", &memo));
	CHECK(memo.told_name);
	apifake_delete(&c.api, &kube_deployments, "web");
	cluster_settle(&c);
	CHECK(!memos_get(c.shared.memos, "team/web", &memo));
	cluster_stop(&c);
}

/* --- told to stop --- */

TEST(reconcile, who_does_not_lead_writes_nothing)
{
	struct cluster c;
	int64_t again_ms = 0;
	struct lease *lease = lease_new(&(struct lease_options){.namespace = "op",
								.name = "l",
								.identity = "i",
								.duration_ms = 15000,
								.renew_ms = 10000,
								.retry_ms = 2000});

	cluster_start(&c);
	cluster_add_item(&c, BY_TITLE);
	cluster_add_workload(&c, "web", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_restart(&c);
	atomic_store(&c.shared.lease, lease);
	http_fake_forget(c.fake);
	CHECK_ERR(cluster_reconcile(&c, CLUSTER_KEY, &again_ms), ERR_CANCELED);
	CHECK_INT(cluster_requests(&c, "PATCH"), 0);
	atomic_store(&c.shared.lease, NULL);
	lease_free(lease);
	cluster_stop(&c);
}

static void stop(struct cluster *c)
{
	cancel_set(c->cancel);
}

TEST(reconcile, told_to_stop_it_sends_nothing_more)
{
	for (size_t at = 0; at < 12; at++) {
		struct cluster c;
		int64_t again_ms = 0;
		err_t e;

		start_with_user(&c, "", true);
		connectfake_rotate(&c.connect, CONNECT_ITEM);
		cluster_restart(&c);
		http_fake_forget(c.fake);
		c.interrupt = stop;
		c.interrupt_at = at;
		e = cluster_reconcile(&c, CLUSTER_KEY, &again_ms);
		CHECK_MSG(http_fake_count(c.fake) <= at + 1, "%zu requests", http_fake_count(c.fake));
		CHECK_MSG(!cancel_is_set(c.cancel) || err_is(e, ERR_CANCELED), "%s",
			  e ? err_text(e) : "done");
		err_free(e);
		cluster_stop(&c);
	}
}

/* Whatever a resource or a workload says, no path leads to another namespace. */
TEST(reconcile, nothing_outside_of_its_namespace_is_asked_for)
{
	struct cluster c;

	cluster_start(&c);
	c.shared.auto_restart = true;
	c.shared.restart_window_ms = 20;
	cluster_add_item(&c, ",'annotations':{'" NAME_ITEM_NAME "':'other/db','namespace':'other'}" BY_TITLE);
	cluster_add_workload(&c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME
			     "':'../../other/secrets/db'}}," CLUSTER_USES_DB);
	cluster_settle(&c);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	CHECK_INT(c.stamps, 1);
	for (size_t i = 0; i < http_fake_count(c.fake); i++) {
		const char *line = http_fake_line(c.fake, i), *namespaces = strstr(line, "/namespaces/");

		CHECK_MSG(strstr(line, " /v1/") ||
				  (namespaces && str_has_prefix(namespaces, "/namespaces/team")),
			  "%s", line);
		CHECK_MSG(!strstr(line, "/other/"), "%s", line);
	}
	cluster_stop(&c);
}

#define ASKS_FOR_DB                                                                                          \
	",'annotations':{'" NAME_ITEM_PATH "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}"

TEST(reconcile, a_secret_that_others_use_follows_its_item_when_the_one_that_asked_has_gone)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_workload(&c, "web", ASKS_FOR_DB);
	cluster_add_workload(&c, "user", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 2);
	apifake_delete(&c.api, &kube_deployments, "web");
	cluster_settle(&c);
	CHECK_INT(apifake_count(cluster_secret(&c), "metadata\nownerReferences\n"), 1);
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 2);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

/* Else whoever may write Secrets could read every item that the operator's token may. */
TEST(reconcile, a_path_that_somebody_else_writes_on_a_secret_is_not_followed)
{
	struct cluster c;

	cluster_start(&c);
	cluster_add_workload(&c, "web", ASKS_FOR_DB);
	cluster_add_workload(&c, "user", "}," CLUSTER_USES_DB);
	cluster_settle(&c);
	apifake_delete(&c.api, &kube_deployments, "web");
	cluster_settle(&c);
	apifake_edit(&c.api, cluster_secret(&c), "kubectl-edit",
		     "metadata\nannotations\n" NAME_ITEM_PATH "\n",
		     "\"vaults/" CONNECT_VAULT "/items/" CONNECT_OTHER "\"");
	connectfake_rotate(&c.connect, CONNECT_ITEM);
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_restart(&c); /* nor by a process that remembers nothing */
	cluster_settle(&c);
	cluster_check_data(&c, CONNECT_ITEM, 1);
	cluster_stop(&c);
}
