#include "onepassword/itemindex.h"

#include "base/mem.h"
#include "onepassword/world_test.h"

#include <string.h>

static char strings[][27] = {ID("a"), ID("b"), ID("c"), ID("d"), "A", "B", "", "a"};
enum { A, B, C, D, TITLE_A, TITLE_B, NO_TITLE, SMALL_A };

static struct item_summary summary(int id, int title, int64_t version, int64_t created_ms)
{
	return (struct item_summary){
		.id = strings[id], .title = strings[title], .version = version, .created_ms = created_ms};
}

static struct item_index *index_of(struct item_summary *v, size_t n)
{
	const struct op_items items = {.v = v, .n = n};

	return item_index_new(&items);
}

static void check_title(const struct item_index *ix, const char *title, const char *id)
{
	const struct known_item *found = item_index_find_title(ix, title);

	CHECK_STR(found ? found->id : NULL, id);
}

TEST(itemindex, finds_by_id_and_by_exact_title)
{
	struct item_summary v[] = {summary(C, TITLE_B, 3, 30), summary(A, TITLE_A, 1, 10),
				   summary(B, NO_TITLE, 2, 20)};
	struct item_index *ix = index_of(v, ARRAY_LEN(v));

	CHECK_INT(item_index_find(ix, ID("a"))->version, 1);
	CHECK_INT(item_index_find(ix, ID("b"))->version, 2);
	CHECK_INT(item_index_find(ix, ID("c"))->version, 3);
	CHECK(!item_index_find(ix, ID("d")));
	CHECK(!item_index_find(ix, ID("0")));
	check_title(ix, "A", ID("a"));
	check_title(ix, "", ID("b"));
	check_title(ix, "B", ID("c"));
	check_title(ix, "a", NULL);
	check_title(ix, "AA", NULL);
	item_index_free(ix);
}

TEST(itemindex, empty_has_nothing)
{
	struct item_index *ix = index_of(NULL, 0);

	CHECK(!item_index_find(ix, ID("a")));
	check_title(ix, "", NULL);
	item_index_free(ix);
	item_index_free(NULL);
}

/* In any order of the list the same item is found. */
TEST(itemindex, of_equal_titles_the_oldest_then_the_smallest_id)
{
	struct item_summary v[] = {summary(A, TITLE_A, 1, 20), summary(B, TITLE_A, 1, 10),
				   summary(C, TITLE_A, 1, 10), summary(D, SMALL_A, 1, 0)};

	for (size_t turn = 0; turn < ARRAY_LEN(v); turn++) {
		struct item_summary turned[ARRAY_LEN(v)];

		for (size_t i = 0; i < ARRAY_LEN(v); i++)
			turned[i] = v[(i + turn) % ARRAY_LEN(v)];
		struct item_index *ix = index_of(turned, ARRAY_LEN(v));
		check_title(ix, "A", ID("b"));
		check_title(ix, "a", ID("d"));
		item_index_free(ix);
	}
}

TEST(itemindex, of_equal_ids_the_newest)
{
	struct item_summary v[] = {summary(B, TITLE_B, 1, 1), summary(A, TITLE_A, 4, 1),
				   summary(A, TITLE_B, 5, 1), summary(A, SMALL_A, 5, 1)};
	struct item_index *ix = index_of(v, ARRAY_LEN(v));

	CHECK_INT(ix->n, 2);
	CHECK_INT(item_index_find(ix, ID("a"))->version, 5);
	check_title(ix, "A", NULL);
	check_title(ix, "a", NULL);
	check_title(ix, "B", ID("a"));
	item_index_free(ix);
}

TEST(itemindex, carry_keeps_since_when_a_version_is_known)
{
	struct item_summary before[] = {summary(A, TITLE_A, 1, 1), summary(B, TITLE_B, 2, 1),
					summary(D, TITLE_B, 1, 1)};
	struct item_summary after[] = {summary(A, TITLE_A, 1, 1), summary(B, TITLE_B, 1, 1),
				       summary(C, TITLE_B, 1, 1)};
	struct item_index *old = index_of(before, ARRAY_LEN(before));
	struct item_index *ix = index_of(after, ARRAY_LEN(after));

	CHECK(item_index_carry(old, NULL, 5));
	CHECK_INT(item_index_find(old, ID("a"))->since, 5);
	CHECK(item_index_carry(ix, old, 9));
	CHECK_INT(item_index_find(ix, ID("a"))->since, 5);
	CHECK_INT(item_index_find(ix, ID("b"))->since, 9);
	CHECK_INT(item_index_find(ix, ID("c"))->since, 9);
	item_index_free(old);
	item_index_free(ix);
}

TEST(itemindex, carry_sees_every_difference)
{
	struct item_summary base[] = {summary(A, TITLE_A, 1, 1), summary(C, TITLE_B, 1, 1)};
	struct item_summary same[] = {summary(C, TITLE_B, 1, 1), summary(A, TITLE_A, 1, 1)};
	struct item_summary version[] = {summary(A, TITLE_A, 2, 1), summary(C, TITLE_B, 1, 1)};
	struct item_summary title[] = {summary(A, SMALL_A, 1, 1), summary(C, TITLE_B, 1, 1)};
	struct item_summary created[] = {summary(A, TITLE_A, 1, 2), summary(C, TITLE_B, 1, 1)};
	struct item_summary other[] = {summary(A, TITLE_A, 1, 1), summary(B, TITLE_B, 1, 1)};
	struct item_summary ignored[] = {summary(A, TITLE_A, 1, 1), summary(C, TITLE_B, 1, 1)};
	struct item_summary fewer[] = {summary(A, TITLE_A, 1, 1)};
	const struct {
		struct item_summary *v;
		size_t n;
		bool differ;
	} cases[] = {{same, 2, false}, {version, 2, true}, {title, 2, true}, {created, 2, true},
		     {other, 2, true}, {ignored, 2, true}, {fewer, 1, true}, {NULL, 0, true}};
	struct item_index *old = index_of(base, ARRAY_LEN(base));

	ignored[1].ignored = true;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct item_index *ix = index_of(cases[i].v, cases[i].n);

		CHECK_MSG(item_index_carry(ix, old, 1) == cases[i].differ, "case %zu", i);
		item_index_free(ix);
	}
	item_index_free(old);
}
