#include "base/sync.h"
#include "onepassword/world_test.h"

#define OPS "vaults/Ops/items/"
#define DEV "vaults/Dev/items/"
#define VAULTS "/v1/vaults"
#define LIST_V VAULTS "/" ID("v") "/items"
#define LIST_D VAULTS "/" ID("d") "/items"

/* Vaults Ops (DB, Mail) and Dev (Key), both known, and Other, which nobody uses. Polled once. */
static void start_known(struct world *w)
{
	struct resolution r = {0};

	world_start(w);
	world_add_vault(w, ID("v"), "Ops", 1);
	world_add_vault(w, ID("d"), "Dev", 1);
	world_add_vault(w, ID("o"), "Other", 1);
	world_add_item(w, ID("v"), ID("i"), "DB", 1);
	world_add_item(w, ID("v"), ID("m"), "Mail", 1);
	world_add_item(w, ID("d"), ID("k"), "Key", 1);
	CHECK_OK(world_resolve(w, OPS "DB", FRESH, &r));
	CHECK_OK(world_resolve(w, DEV "Key", FRESH, &r));
	(void)world_requests(w);
	CHECK(world_poll(w, false));
	world_expect(w, VAULTS);
}

/* Polls until the versions that are known are steady. */
static void settle(struct world *w)
{
	for (int i = 0; i < CATALOG_STEADY_POLLS; i++)
		(void)world_poll(w, false);
	(void)world_requests(w);
}

TEST(catalog_poll, of_nothing_is_one_request)
{
	CLEANUP(world_stop) struct world w = {0};

	world_start(&w);
	world_add_vault(&w, ID("o"), "Other", 1);
	CHECK(world_poll(&w, false));
	CHECK(!world_poll(&w, false));
	CHECK(!world_poll(&w, true));
	world_expect(&w, VAULTS " " VAULTS " " VAULTS);
}

TEST(catalog_poll, a_server_that_shows_no_vaults_yet_makes_nothing_forgotten)
{
	CLEANUP(world_stop) struct world w = {0};
	bool moved = false;

	start_known(&w);
	settle(&w);
	world_del_vault(&w, ID("v"));
	world_del_vault(&w, ID("d"));
	world_del_vault(&w, ID("o"));
	CHECK_ERR(catalog_poll(w.catalog, w.client, true, w.cancel, &moved), ERR_UNAVAILABLE);
	CHECK(!moved && !catalog_is_reached(w.catalog));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 4");

	world_add_vault(&w, ID("v"), "Ops", 1);
	world_add_item(&w, ID("v"), ID("i"), "DB", 1);
	CHECK(world_poll(&w, false));
	CHECK(catalog_is_reached(w.catalog));
	CHECK_STR(world_look(&w, DEV "Key"), "not_found"); /* others are shown */
}

TEST(catalog_poll, idle_is_one_request)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	CHECK(!world_poll(&w, false));
	CHECK(!world_poll(&w, false));
	world_expect(&w, VAULTS " " VAULTS);
}

TEST(catalog_poll, reads_the_one_list_that_moved)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "DB", "", 2);
	CHECK(world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_V);
	CHECK_STR(world_look(&w, OPS "DB"), "i 2 1");
	CHECK_STR(world_look(&w, OPS "Mail"), "m 1 5");
	CHECK(!world_poll(&w, false));
	world_expect(&w, VAULTS);
}

TEST(catalog_poll, list_that_moved_without_a_change_is_no_movement)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_bump(&w, ID("v"), 1);
	CHECK(!world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_V);
}

TEST(catalog_poll, does_not_read_what_nobody_uses)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_bump(&w, ID("o"), 1);
	CHECK(!world_poll(&w, false));
	world_expect(&w, VAULTS);
}

TEST(catalog_poll, full_one_trusts_no_content_version)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_set_version_silently(&w, ID("i"), 2);
	world_set_version_silently(&w, ID("k"), 3);
	CHECK(!world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 5");
	(void)world_requests(&w);
	CHECK(world_poll(&w, true));
	CHECK_INT(world_requests(&w), 3);
	CHECK_STR(world_look(&w, OPS "DB"), "i 2 1");
	CHECK_STR(world_look(&w, DEV "Key"), "k 3 1");
}

TEST(catalog_poll, content_version_that_goes_down_moved_too)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_bump(&w, ID("v"), -1);
	CHECK(!world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_V);
}

struct poller {
	struct world *w;
	pthread_t thread;
	bool moved;
};

static void *run_poll(void *arg)
{
	struct poller *p = arg;

	p->moved = world_poll(p->w, false);
	return NULL;
}

/* The list is older than the vaults that another thread has read meanwhile, so it must be read again. */
TEST(catalog_poll, takes_the_content_version_before_the_list)
{
	CLEANUP(world_stop) struct world w = {0};
	struct poller p = {.w = &w};
	struct resolution r = {0};

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "DB", "", 2);
	world_hold(&w, LIST_V);
	sync_thread_start(&p.thread, "poller", run_poll, &p);
	world_wait_held(&w);
	world_set_item(&w, ID("i"), "DB", "", 3);
	CHECK_ERR(world_resolve(&w, "vaults/Nothing/items/DB", 0, &r), ERR_NOT_FOUND);
	world_hold(&w, NULL);
	sync_thread_join(p.thread);
	CHECK(p.moved);
	CHECK_STR(world_look(&w, OPS "DB"), "i 2 1");
	(void)world_requests(&w);
	CHECK(world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_V);
	CHECK_STR(world_look(&w, OPS "DB"), "i 3 1");
}

TEST(catalog_poll, versions_get_steady_and_say_so)
{
	static const struct {
		bool moved;
		const char *look;
	} polls[] = {{true, "i 1 1"}, {false, "i 1 2"}, {true, "i 1 3"}, {false, "i 1 4"}};
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "DB", "", 5);
	CHECK(world_poll(&w, false));
	settle(&w);

	/* A replica of Connect that lags behind, or a restored backup. */
	world_set_item(&w, ID("i"), "DB", "", 1);
	for (size_t i = 0; i < ARRAY_LEN(polls); i++) {
		CHECK_MSG(world_poll(&w, false) == polls[i].moved, "poll %zu", i);
		CHECK_STR(world_look(&w, OPS "DB"), polls[i].look);
	}
}

TEST(catalog_poll, version_that_comes_and_goes_is_never_steady)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	for (int i = 0; i < 3; i++) {
		world_set_item(&w, ID("i"), "DB", "", 5);
		CHECK(world_poll(&w, false));
		CHECK_STR(world_look(&w, OPS "DB"), "i 5 1");
		(void)world_poll(&w, false);
		CHECK_STR(world_look(&w, OPS "DB"), "i 5 2");
		world_set_item(&w, ID("i"), "DB", "", 4);
		CHECK(world_poll(&w, false));
		CHECK_STR(world_look(&w, OPS "DB"), "i 4 1");
	}
}

TEST(catalog_poll, sees_a_rename)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "Database", "", 1);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
	CHECK_STR(world_look(&w, OPS "Database"), "i 1 5");
	CHECK_STR(world_look(&w, OPS ID("i")), "i 1 5");
}

TEST(catalog_poll, sees_the_tag_to_ignore)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "DB", ITEM_IGNORE_TAG, 1);
	CHECK(world_poll(&w, false));
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	CHECK(r.ignored);
}

TEST(catalog_poll, sees_a_deletion)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_del_item(&w, ID("i"));
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
	CHECK_STR(world_look(&w, OPS ID("i")), "i 0 0");
}

/* An archived one: its list never tells its version. */
TEST(catalog_poll, unlisted_item_is_known_until_its_vault_moves)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_known(&w);
	settle(&w);
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	CHECK_INT(r.version, 0);
	CHECK(!r.ignored);
	world_note(&w, ID("v"), ID("z"), 7, ITEM_IGNORE_TAG);
	(void)world_requests(&w);
	for (int polls = 0; polls <= CATALOG_STEADY_POLLS; polls++) {
		/* From memory, however old the list is. */
		CHECK_OK(world_resolve(&w, OPS ID("z"), 0, &r));
		CHECK_INT(r.version, 7);
		CHECK_INT(r.steady_polls, polls);
		CHECK(r.ignored);
		world_expect(&w, "");
		CHECK_INT(world_poll(&w, false), polls + 1 == CATALOG_STEADY_POLLS);
		world_expect(&w, VAULTS);
	}
	(void)world_poll(&w, true);
	CHECK_STR(world_look(&w, OPS ID("z")), "z 7 5");
	world_bump(&w, ID("d"), 1);
	CHECK(!world_poll(&w, false));

	/* Whatever moved in the vault, it may be this one; it is unknown until it was fetched. */
	world_bump(&w, ID("v"), 1);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS ID("z")), "z 0 0");
	world_note(&w, ID("v"), ID("z"), 7, ""); /* this answer was under way */
	CHECK_STR(world_look(&w, OPS ID("z")), "z 0 0");
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	world_note(&w, ID("v"), ID("z"), 8, "");
	CHECK_STR(world_look(&w, OPS ID("z")), "z 8 0");
	CHECK(!world_poll(&w, false));
}

TEST(catalog_poll, unlisted_item_takes_newer_versions_only)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_known(&w);
	settle(&w);
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	world_note(&w, ID("v"), ID("z"), 7, "");
	world_note(&w, ID("v"), ID("z"), 6, ITEM_IGNORE_TAG);
	CHECK_STR(world_look(&w, OPS ID("z")), "z 7 0");
	CHECK(!world_poll(&w, false));
	world_note(&w, ID("v"), ID("z"), 8, "");
	CHECK_STR(world_look(&w, OPS ID("z")), "z 8 0");
	CHECK(world_poll(&w, false));
}

TEST(catalog_poll, unlisted_item_that_is_listed_again_counts_as_listed)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_known(&w);
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	world_note(&w, ID("v"), ID("z"), 7, "");
	world_add_item(&w, ID("v"), ID("z"), "Back", 1);
	world_bump(&w, ID("v"), -1); /* by a server that does not tell */
	CHECK(world_poll(&w, true));
	CHECK_STR(world_look(&w, OPS ID("z")), "z 1 1");
}

TEST(catalog_poll, double_titles_do_not_flip)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_add_item(&w, ID("v"), ID("z"), "DB", 1);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 5");
	settle(&w);

	/* The server gives them in another order. */
	world_del_item(&w, ID("i"));
	world_add_item(&w, ID("v"), ID("i"), "DB", 1);
	CHECK(!world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 9");

	/* An older one takes the title. */
	world_add_item(&w, ID("v"), ID("x"), "DB", 0);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "x 1 1");
}

TEST(catalog_poll, list_error_keeps_what_is_known_and_hides_no_other_vault)
{
	CLEANUP(world_stop) struct world w = {0};
	bool moved = false;

	start_known(&w);
	settle(&w);
	world_set_item(&w, ID("i"), "DB", "", 2);
	world_set_item(&w, ID("k"), "Key", "", 2);
	world_deny(&w, LIST_V);
	for (int i = 0; i < 2; i++) {
		moved = false;
		CLEANUP(err_freep) err_t e = catalog_poll(w.catalog, w.client, false, w.cancel, &moved);
		CHECK(err_is(e, ERR_DENIED));
		CHECK_STR(err_text(e), "read the items of vault " ID("v") ": status 403: not in scope");
		CHECK(catalog_is_reached(w.catalog));
		CHECK(moved);
	}
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 4");
	CHECK_STR(world_look(&w, DEV "Key"), "k 2 2");

	world_deny(&w, NULL);
	(void)world_requests(&w);
	CHECK(world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_V);
	CHECK_STR(world_look(&w, OPS "DB"), "i 2 1");
	CHECK(!world_poll(&w, false));
}

TEST(catalog_poll, vaults_error_keeps_what_is_known)
{
	CLEANUP(world_stop) struct world w = {0};
	bool moved = true;

	start_known(&w);
	settle(&w);
	world_deny(&w, VAULTS);
	CLEANUP(err_freep) err_t e = catalog_poll(w.catalog, w.client, false, w.cancel, &moved);
	CHECK(err_is(e, ERR_DENIED));
	CHECK_STR(err_text(e), "read the vaults: status 403: not in scope");
	CHECK(!catalog_is_reached(w.catalog));
	CHECK(!moved);
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 4");
	CHECK_INT(world_requests(&w), 1);
}

TEST(catalog_poll, renamed_vault_is_found_by_its_new_title)
{
	CLEANUP(world_stop) struct world w = {0};

	start_known(&w);
	settle(&w);
	world_del_vault(&w, ID("v"));
	world_add_vault(&w, ID("v"), "Operations", 1);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
	CHECK_STR(world_look(&w, "vaults/operations/items/DB"), "i 1 5");
	CHECK_STR(world_look(&w, "vaults/" ID("v") "/items/DB"), "i 1 5");
}

TEST(catalog_poll, vault_that_vanished_is_not_found_and_forgotten_by_a_good_poll)
{
	CLEANUP(world_stop) struct world w = {0};
	bool moved = false;

	start_known(&w);
	settle(&w);
	world_del_vault(&w, ID("v"));
	world_bump(&w, ID("d"), 1);
	world_deny(&w, LIST_D);
	CHECK_ERR(catalog_poll(w.catalog, w.client, false, w.cancel, &moved), ERR_DENIED);
	CHECK(moved);
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
	CHECK_STR(world_look(&w, "vaults/" ID("v") "/items/DB"), "not_found");

	/* It was a mistake of the server's: all is there again without a list. */
	world_deny(&w, NULL);
	world_add_vault(&w, ID("v"), "Ops", 1);
	world_bump(&w, ID("v"), 2);
	(void)world_requests(&w);
	CHECK(world_poll(&w, false));
	world_expect(&w, VAULTS " " LIST_D);
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 5");

	world_del_vault(&w, ID("v"));
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
	CHECK_STR(world_look(&w, "vaults/" ID("v") "/items/DB"), "?");
	CHECK_STR(world_look(&w, DEV "Key"), "k 1 6");
	CHECK(!world_poll(&w, false));
}

TEST(catalog_poll, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
