#include "connect/waiting.h"

#include "base/test.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbb"

TEST(waiting, one_token_has_a_quarter_of_the_places)
{
	struct waiting *w = waiting_new(16);

	for (size_t i = 0; i < 4; i++)
		CHECK(waiting_enter(w, A));
	CHECK(!waiting_enter(w, A));
	CHECK(waiting_enter(w, B));
	waiting_leave(w, A);
	CHECK_INT(waiting_count(w), 4);
	CHECK(waiting_enter(w, A));
	CHECK(!waiting_enter(w, A));
	waiting_free(w);
}

TEST(waiting, every_token_has_one_place_while_there_are_any)
{
	struct waiting *w = waiting_new(1);

	CHECK(waiting_enter(w, A));
	CHECK(!waiting_enter(w, B));
	waiting_leave(w, A);
	CHECK(waiting_enter(w, B));
	waiting_free(w);
	w = waiting_new(0);
	CHECK(!waiting_enter(w, A));
	waiting_free(w);
}
