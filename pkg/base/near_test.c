#include "base/near.h"

#include "base/str.h"
#include "base/test.h"

TEST(near, distance_counts_letters_without_regard_to_case)
{
	static const struct {
		const char *a, *b;
		size_t want;
	} cases[] = {
		{"", "", 0},
		{"Database", "database", 0},
		{"database", "databaze", 1},
		{"team", "Teams", 1},
		{"team", "meat", 2},
		{"", "abc", 3},
		{"0123456789012345678901234567890123456789012345678901234567890123456789", "0", SIZE_MAX},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_INT(near_distance(cases[i].a, cases[i].b), cases[i].want);
		CHECK_INT(near_distance(cases[i].b, cases[i].a), cases[i].want);
	}
}

static void check_near(const char *like, size_t max, size_t limit, const char *want)
{
	static const char *const names[] = {"Other", "Databases", "Database", "database", "Database", "Date"};
	struct near near = {.like = like, .max = max, .limit = limit};
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 1000);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		near_add(&near, names[i]);
	for (size_t i = 0; i < near.n; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", near.v[i].name);
	CHECK_STR(text.p, want);
}

TEST(near, the_nearest_come_first_and_each_once)
{
	check_near("DATABASE", NEAR_MAX, near_limit("DATABASE"), "Database database Databases");
	check_near("DATABASE", 2, near_limit("DATABASE"), "Database database");
	check_near("Nowhere", NEAR_MAX, near_limit("Nowhere"), "");
	check_near("Dat", NEAR_MAX, SIZE_MAX, "Date Other Database database Databases");
}
