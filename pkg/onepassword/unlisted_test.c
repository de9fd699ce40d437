#include "onepassword/unlisted.h"

#include "base/test.h"

#include <stdio.h>

TEST(unlisted, only_what_was_expected_is_kept)
{
	struct unlisted *u = unlisted_new();

	CHECK(!unlisted_clear(u));
	CHECK(!unlisted_find(u, "a"));
	unlisted_expect(u, "a");
	CHECK_INT(unlisted_find(u, "a")->version, 0);
	unlisted_find(u, "a")->version = 3;
	unlisted_expect(u, "a");
	CHECK_INT(unlisted_find(u, "a")->version, 3);
	CHECK(unlisted_clear(u));
	CHECK(!unlisted_find(u, "a"));
	CHECK(!unlisted_clear(u));
	unlisted_free(u);
	unlisted_free(NULL);
}

TEST(unlisted, has_a_ceiling)
{
	struct unlisted *u = unlisted_new();
	char id[16];

	for (int i = 0; i <= UNLISTED_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		unlisted_expect(u, id);
	}
	CHECK(unlisted_find(u, "0") && !unlisted_find(u, id));
	unlisted_free(u);
}
