#include "base/mem.h"
#include "base/test.h"

TEST(strv, owns_what_is_added)
{
	CLEANUP(strv_release) struct strv l = {0};
	char *mine = mem_strdup("b");

	strv_add(&l, "a");
	strv_add_take(&l, &mine);
	CHECK(!mine);
	CHECK_INT(l.n, 2);
	CHECK(strv_has(&l, "a") && strv_has(&l, "b") && !strv_has(&l, "c"));
}

TEST(strv, grows_past_powers_of_two)
{
	CLEANUP(strv_release) struct strv l = {0};

	for (int i = 0; i < 1000; i++) {
		char *s = mem_printf("%d", i);

		strv_add_take(&l, &s);
	}
	CHECK_INT(l.n, 1000);
	for (int64_t i = 0, n = 0; i < 1000; i++)
		CHECK(str_to_int(l.v[i], i, i, &n));
}

TEST(strv, sorts_by_bytes)
{
	CLEANUP(strv_release) struct strv l = {0};

	strv_sort(&l);
	strv_split(&l, "b,a,C,aa,", ',');
	strv_sort(&l);
	static const char *const want[] = {"", "C", "a", "aa", "b"};
	CHECK_INT(l.n, ARRAY_LEN(want));
	for (size_t i = 0; i < l.n; i++)
		CHECK_STR(l.v[i], want[i]);
}

TEST(strv, split_keeps_empty_pieces)
{
	static const struct {
		const char *in;
		size_t n;
		const char *first, *last;
	} cases[] = {{"", 1, "", ""},
		     {",", 2, "", ""},
		     {"a", 1, "a", "a"},
		     {"a,b", 2, "a", "b"},
		     {"a,,b,", 4, "a", ""}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strv_release) struct strv l = {0};

		strv_split(&l, cases[i].in, ',');
		CHECK_INT(l.n, cases[i].n);
		CHECK_STR(l.v[0], cases[i].first);
		CHECK_STR(l.v[l.n - 1], cases[i].last);
	}
}

TEST(strv, release_leaves_an_empty_list)
{
	struct strv l = {0};

	strv_add(&l, "a");
	strv_release(&l);
	CHECK_INT(l.n, 0);
	CHECK(!l.v);
	strv_release(&l);
}
