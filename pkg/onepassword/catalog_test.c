#include "onepassword/catalog.h"

#include "base/mem.h"
#include "onepassword/catalog_state.h"
#include "onepassword/world_test.h"

#include <string.h>

#define OPS "vaults/Ops/items/"
#define LIST_V "/v1/vaults/" ID("v") "/items"

/* One vault Ops with one item DB. */
static void start_with_db(struct world *w)
{
	world_start(w);
	world_add_vault(w, ID("v"), "Ops", 1);
	world_add_item(w, ID("v"), ID("i"), "DB", 1);
}

TEST(catalog, knows_nothing_at_first)
{
	CLEANUP(world_stop) struct world w = {0};

	start_with_db(&w);
	CHECK_STR(world_look(&w, OPS "DB"), "?");
	CHECK_STR(world_look(&w, "vaults/" ID("v") "/items/" ID("i")), "?");
	CHECK_STR(world_look(&w, "vaults//items/"), "?");
	CHECK_INT(world_requests(&w), 0);
}

TEST(catalog, resolve_reads_two_lists_once)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	CHECK_STR(r.vault_id, ID("v"));
	CHECK_STR(r.item_id, ID("i"));
	CHECK_INT(r.version, 1);
	CHECK_INT(r.steady_polls, 0);
	CHECK(!r.ignored);
	world_expect(&w, "/v1/vaults " LIST_V);

	/* What is known needs no request, however new the answer shall be. */
	CHECK_OK(world_resolve(&w, OPS "DB", 0, &r));
	CHECK_OK(world_resolve(&w, "vaults/" ID("v") "/items/" ID("i"), 0, &r));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 0");
	world_expect(&w, "");
}

TEST(catalog, vaults_are_found_by_the_rules)
{
	static const struct {
		const char *vault, *want; /* NULL: none */
	} cases[] = {
		{"Ops", ID("c")},
		{"oPS", ID("c")},
		{"Undated", ID("f")},
		{"Tie", ID("g")},
		{"\xE2\x84\xAA"
		 "ey",
		 ID("i")},
		/* a title that looks like an id wins over the id */
		{ID("a"), ID("j")},
		{ID("b"), ID("b")},
		{"Nothing", NULL},
		{"", NULL},
		{"Ops ", NULL},
	};
	CLEANUP(world_stop) struct world w = {0};

	world_start(&w);
	world_add_vault(&w, ID("a"), "Ops", 9);
	world_add_vault(&w, ID("c"), "OPS", 3);
	world_add_vault(&w, ID("b"), "ops", 5);
	world_add_vault(&w, ID("f"), "undated", 0);
	world_add_vault(&w, ID("h"), "tie", 7);
	world_add_vault(&w, ID("g"), "TIE", 7);
	world_add_vault(&w, ID("i"), "KEY", 1);
	world_add_vault(&w, ID("j"), ID("a"), 20);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *path = mem_printf("vaults/%s/items/%s", cases[i].vault, ID("z"));
		struct resolution r = {0};
		CLEANUP(err_freep) err_t e = world_resolve(&w, path, FRESH, &r);

		CHECK_MSG(e ? !cases[i].want : streq(r.vault_id, cases[i].want), "%s: %s", path,
			  e ? err_text(e) : r.vault_id);
		CHECK(!e || err_is(e, ERR_NOT_FOUND));
	}
}

TEST(catalog, vault_without_a_date_is_the_oldest)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	world_start(&w);
	world_add_vault(&w, ID("a"), "Ops", 1);
	world_add_vault(&w, ID("b"), "Ops", 0);
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	CHECK_STR(r.vault_id, ID("b"));
}

TEST(catalog, items_are_found_by_the_rules)
{
	static const struct {
		const char *item, *want;
	} cases[] = {
		{"DB", "c 1 0"},    {"db", "not_found"}, {"DB ", "not_found"},
		{"", "e 1 0"},      {"Tie", "f 1 0"},    {ID("a"), "a 1 0"},
		{ID("h"), "i 1 0"}, {ID("z"), "z 0 0"},  {"Nothing", "not_found"},
	};
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	world_start(&w);
	world_add_vault(&w, ID("v"), "Ops", 1);
	world_add_item(&w, ID("v"), ID("b"), "DB", 9);
	world_add_item(&w, ID("v"), ID("c"), "DB", 3);
	world_add_item(&w, ID("v"), ID("d"), "DB", 5);
	world_add_item(&w, ID("v"), ID("e"), "", 1);
	world_add_item(&w, ID("v"), ID("g"), "Tie", 4);
	world_add_item(&w, ID("v"), ID("f"), "Tie", 4);
	world_add_item(&w, ID("v"), ID("a"), "A", 4);
	/* an id wins over a title that looks like it; such a title is found when no item has that id */
	world_add_item(&w, ID("v"), ID("j"), ID("a"), 1);
	world_add_item(&w, ID("v"), ID("i"), ID("h"), 1);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *path = mem_printf(OPS "%s", cases[i].item);

		CHECK_STR(world_look(&w, path), cases[i].want);
	}
}

static void check_text(struct world *w, const char *path, enum err_kind kind, const char *want)
{
	struct resolution r = {0};
	CLEANUP(err_freep) err_t e = world_resolve(w, path, 0, &r);

	CHECK_MSG(err_is(e, kind), "%s: %s", path, e ? err_text(e) : "found");
	CHECK_STR(err_text(e), want);
}

static void check_near(struct world *w, const char *path, const char *want)
{
	struct resolution r = {0};
	CLEANUP(err_freep) err_t e = world_resolve(w, path, 0, &r);
	const char *near = strstr(err_text(e), " (near: ");

	CHECK_MSG(err_is(e, ERR_NOT_FOUND), "%s", path);
	CHECK_STR(near ? near : "", want);
}

TEST(catalog, what_is_not_found_comes_with_at_most_three_names_that_are_near)
{
	CLEANUP(world_stop) struct world w = {0};

	world_start(&w);
	world_add_vault(&w, ID("v"), "Operations", 1);
	world_add_vault(&w, ID("w"), "Operation", 1);
	world_add_item(&w, ID("v"), ID("a"), "database", 1);
	world_add_item(&w, ID("v"), ID("b"), "Databases", 1);
	world_add_item(&w, ID("v"), ID("c"), "Database\\u0001", 1);
	world_add_item(&w, ID("v"), ID("d"), "Databank", 1);
	world_add_item(&w, ID("w"), ID("e"), "Database", 1);
	check_near(&w, "vaults/Operations2/items/database", " (near: \"Operations\", \"Operation\")");
	world_add_vault(&w, ID("z"), "Zulu", 1);
	check_near(&w, "vaults/Zoom/items/database", "");
	check_near(&w, "vaults/Zluu/items/database", " (near: \"Zulu\")");
	check_near(&w, "vaults/Elsewhere/items/database", "");
	check_near(&w, "vaults/Operations/items/Database",
		   " (near: \"database\", \"Databases\", \"Database?\")");
	check_near(&w, "vaults/Operations/items/Mail", "");
}

TEST(catalog, errors_speak_as_the_original_does)
{
	CLEANUP(world_stop) struct world w = {0};

	start_with_db(&w);
	check_text(&w, "vaults/Dev/items/DB", ERR_NOT_FOUND,
		   "failed to 'getVaultID' for vaultNameOrID='Dev': no vaults found with identifier \"Dev\"");
	check_text(
		&w, OPS "Mail", ERR_NOT_FOUND,
		"failed to get item for vaultID='" ID("v") "' and itemNameOrID='Mail': no items found with "
							   "identifier \"Mail\" in vault \"" ID("v") "\"");
	check_text(&w, "vaults/\n\x01/items/x", ERR_NOT_FOUND,
		   "failed to 'getVaultID' for vaultNameOrID='?\?': no vaults found with identifier \"??\"");
	check_text(&w, "vaults/" ID("x") "/items/Mail", ERR_NOT_FOUND,
		   "failed to get item for vaultID='" ID(
			   "x") "' and itemNameOrID='Mail': failed to GetItemsByTitle "
				"for vaultID='" ID("x") "' and itemTitle='Mail': failed to "
							"GetItemsByTitle using 1Password "
							"Connect: status 404: vault not "
							"found");
	world_deny(&w, LIST_V);
	check_text(&w, OPS "Mail", ERR_DENIED,
		   "failed to get item for vaultID='" ID(
			   "v") "' and itemNameOrID='Mail': failed to GetItemsByTitle "
				"for vaultID='" ID("v") "' and itemTitle='Mail': failed to "
							"GetItemsByTitle using 1Password "
							"Connect: status 403: not in scope");
	world_deny(&w, "/v1/vaults");
	check_text(&w, "vaults/Dev/items/DB", ERR_DENIED,
		   "failed to 'getVaultID' for vaultNameOrID='Dev': failed to get vault by title \"Dev\": "
		   "failed to "
		   "GetVaultsByTitle using 1Password Connect: status 403: not in scope");
}

TEST(catalog, long_titles_are_cut_in_errors)
{
	CLEANUP(world_stop) struct world w = {0};
	CLEANUP(strbuf_release) struct strbuf path = {0};
	struct resolution r = {0};

	start_with_db(&w);
	strbuf_init(&path, 10000);
	strbuf_adds(&path, "vaults/");
	for (int i = 0; i < 1000; i++)
		strbuf_addc(&path, 'x');
	strbuf_adds(&path, "/items/DB");
	CLEANUP(err_freep) err_t e = world_resolve(&w, path.p, 0, &r);
	CHECK(err_is(e, ERR_NOT_FOUND));
	CHECK(strlen(err_text(e)) < 600);
	CHECK(str_has_suffix(err_text(e), "x\""));
}

TEST(catalog, lists_that_are_too_old_are_read_again_before_the_answer_is_no)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	world_expect(&w, "/v1/vaults " LIST_V);

	CHECK_ERR(world_resolve(&w, OPS "Mail", FRESH, &r), ERR_NOT_FOUND);
	CHECK_ERR(world_resolve(&w, "vaults/Dev/items/DB", FRESH, &r), ERR_NOT_FOUND);
	CHECK_OK(world_resolve(&w, OPS ID("z"), FRESH, &r));
	world_expect(&w, "");

	CHECK_ERR(world_resolve(&w, OPS "Mail", 0, &r), ERR_NOT_FOUND);
	world_expect(&w, LIST_V);
	CHECK_OK(world_resolve(&w, OPS ID("z"), 0, &r));
	world_expect(&w, LIST_V);
	CHECK_ERR(world_resolve(&w, "vaults/Dev/items/DB", 0, &r), ERR_NOT_FOUND);
	world_expect(&w, "/v1/vaults");
}

TEST(catalog, what_was_just_made_is_found_at_once)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	world_add_item(&w, ID("v"), ID("m"), "Mail", 2);
	CHECK_OK(world_resolve(&w, OPS "Mail", 0, &r));
	CHECK_STR(r.item_id, ID("m"));

	world_add_vault(&w, ID("d"), "Dev", 1);
	world_add_item(&w, ID("d"), ID("k"), "Key", 2);
	CHECK_OK(world_resolve(&w, "vaults/Dev/items/Key", 0, &r));
	CHECK_STR(r.vault_id, ID("d"));
	CHECK_STR(r.item_id, ID("k"));

	world_add_item(&w, ID("v"), ID("n"), "New", 2);
	CHECK_OK(world_resolve(&w, OPS ID("n"), 0, &r));
	CHECK_INT(r.version, 1);
}

TEST(catalog, id_that_is_no_known_vault_is_asked_for_itself)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	world_expect(&w, "/v1/vaults " LIST_V);
	CHECK_STR(world_look(&w, "vaults/" ID("x") "/items/DB"), "?");
	CHECK_ERR(world_resolve(&w, "vaults/" ID("x") "/items/DB", FRESH, &r), ERR_NOT_FOUND);
	world_expect(&w, "/v1/vaults/" ID("x") "/items");

	/* It may be a vault's title by now. */
	world_add_vault(&w, ID("y"), ID("x"), 1);
	world_add_item(&w, ID("y"), ID("j"), "DB", 1);
	CHECK_OK(world_resolve(&w, "vaults/" ID("x") "/items/DB", 0, &r));
	CHECK_STR(r.vault_id, ID("y"));
	world_expect(&w, "/v1/vaults /v1/vaults/" ID("y") "/items");
}

TEST(catalog, ids_that_lead_nowhere_do_not_pile_up)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	for (char c = 'a'; c < 'k'; c++) {
		char path[] = "vaults/" ID("?") "/items/DB";

		memset(path + strlen("vaults/"), c, 26);
		CHECK_ERR(world_resolve(&w, path, FRESH, &r), ERR_NOT_FOUND);
	}
	CHECK_INT(map_len(w.catalog->items), 0);
}

/* Connect shows no vaults until its first sync is done. */
TEST(catalog, empty_list_of_vaults_is_no_knowledge)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	world_start(&w);
	CHECK_ERR(world_resolve(&w, OPS "DB", FRESH, &r), ERR_UNAVAILABLE);
	CHECK_STR(world_look(&w, OPS "DB"), "?");
	world_add_vault(&w, ID("v"), "Ops", 1);
	world_add_item(&w, ID("v"), ID("i"), "DB", 1);
	CHECK_OK(world_resolve(&w, OPS "DB", 0, &r));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 0");
	CHECK_STR(world_look(&w, "vaults/Dev/items/DB"), "not_found");
}

TEST(catalog, empty_vault_is_knowledge)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	world_start(&w);
	world_add_vault(&w, ID("v"), "Ops", 1);
	CHECK_ERR(world_resolve(&w, OPS "DB", FRESH, &r), ERR_NOT_FOUND);
	CHECK_STR(world_look(&w, OPS "DB"), "not_found");
}

TEST(catalog, fetched_item_is_newer_than_the_list)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	world_note(&w, ID("v"), ID("i"), 9, "");
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	CHECK_INT(r.version, 1);
	(void)world_poll(&w, false);
	CHECK(!world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 2");

	world_note(&w, ID("v"), ID("i"), 4, "");
	CHECK_STR(world_look(&w, OPS "DB"), "i 4 0");
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	CHECK(!r.ignored);
	world_note(&w, ID("v"), ID("i"), 4, ITEM_IGNORE_TAG);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	CHECK(r.ignored);

	/* Others that rest on the item must be looked at. */
	CHECK(world_poll(&w, false));
	CHECK(!world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 4 2");

	/* None adds what nobody asked for. */
	world_note(&w, ID("v"), ID("z"), 4, "");
	world_note(&w, ID("x"), ID("i"), 4, "");
	CHECK_STR(world_look(&w, OPS ID("z")), "z 0 0");
}

/* The poller's replica of Connect is ahead of the one that a worker asks. */
TEST(catalog, fetched_item_that_is_behind_the_list_takes_nothing_back)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	world_set_item(&w, ID("i"), "DB", "", 6);
	CHECK(world_poll(&w, false));
	for (int polls = 1; polls <= CATALOG_STEADY_POLLS; polls++) {
		world_note(&w, ID("v"), ID("i"), 5, ITEM_IGNORE_TAG);
		CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
		CHECK_INT(r.version, 6);
		CHECK_INT(r.steady_polls, polls);
		CHECK(!r.ignored);
		/* Nothing is news but that the version has become steady. */
		CHECK_INT(world_poll(&w, false), polls + 1 == CATALOG_STEADY_POLLS);
	}

	/* Only a list does: a backup was restored. */
	world_set_item(&w, ID("i"), "DB", "", 5);
	CHECK(world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 5 1");
}

TEST(catalog, fetched_item_that_agrees_changes_nothing)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	(void)world_poll(&w, false);
	world_note(&w, ID("v"), ID("i"), 1, "other");
	CHECK(!world_poll(&w, false));
	CHECK_STR(world_look(&w, OPS "DB"), "i 1 2");
}

TEST(catalog, clear_forgets_all)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	(void)world_poll(&w, false);
	(void)world_requests(&w);
	catalog_clear(w.catalog);
	CHECK_STR(world_look(&w, OPS "DB"), "?");
	CHECK(world_poll(&w, true));
	world_expect(&w, "/v1/vaults");
	CHECK_STR(world_look(&w, OPS "DB"), "?");
	CHECK_OK(world_resolve(&w, OPS "DB", FRESH, &r));
	world_expect(&w, LIST_V);
}

TEST(catalog, cancel_ends_a_resolve)
{
	CLEANUP(world_stop) struct world w = {0};
	struct resolution r = {0};

	start_with_db(&w);
	cancel_set(w.cancel);
	CHECK_ERR(world_resolve(&w, OPS "DB", FRESH, &r), ERR_CANCELED);
}

TEST(catalog, no_error_is_left)
{
	catalog_free(NULL);
	CHECK_INT(err_live(), 0);
}
