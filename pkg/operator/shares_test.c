#include "operator/shares.h"

#include "base/test.h"

#define WAIT(n, until) (&(struct shares_change){.secrets = 1, .workloads = (n), .until_ns = (until)})
#define STILL_WAITS(until) (&(struct shares_change){.until_ns = (until)})

static void take_turns(struct shares *s, const char *namespace, int n)
{
	while (n-- > 0)
		shares_note_turn(s, namespace);
}

TEST(shares, keep_nothing_for_a_namespace_that_does_not_wait)
{
	struct shares *s = shares_new();

	shares_note_places(s, "busy", 1, 1);
	shares_note_places(s, "idle", 1, 1);
	take_turns(s, "busy", 9);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).turns, 0);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).places, 0);
	shares_free(s);
}

TEST(shares, keep_no_more_than_is_waited_for_and_no_more_than_makes_equal)
{
	struct shares *s = shares_new();

	shares_wait(s, "busy", WAIT(100, 50), 1);
	shares_wait(s, "other", WAIT(4, 50), 1);
	for (int i = 0; i < 3; i++)
		shares_note_places(s, "busy", 1, 1);
	take_turns(s, "busy", 6);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).turns, 4);
	CHECK_INT(shares_of_others(s, "busy", 3, 1).turns, 3);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).places, 4); /* of equal ones, who has had fewer turns */
	CHECK_INT(shares_of_others(s, "other", 0, 1).turns, 0);
	CHECK_INT(shares_of_others(s, "other", 0, 1).places, 0);
	take_turns(s, "other", 6);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).turns, 0);
	CHECK_INT(shares_of_others(s, "busy", 0, 1).places, 3);
	shares_free(s);
}

TEST(shares, who_did_not_come_back_in_time_has_no_claim_and_does_not_catch_up)
{
	struct shares *s = shares_new();

	shares_wait(s, "busy", WAIT(100, 1000), 1);
	shares_wait(s, "away", WAIT(100, 50), 1);
	take_turns(s, "busy", 80);
	CHECK_INT(shares_of_others(s, "busy", 0, 49).turns, 80);
	CHECK_INT(shares_of_others(s, "busy", 0, 50).turns, 0);
	shares_wait(s, "away", STILL_WAITS(200), 100);
	CHECK_INT(shares_of_others(s, "busy", 0, 100).turns, 0);
	CHECK_INT(shares_of_others(s, "away", 0, 100).turns, 0);
	shares_free(s);
}

TEST(shares, who_comes_new_stands_beside_who_has_had_least)
{
	struct shares *s = shares_new();

	shares_wait(s, "old", WAIT(100, 1000), 1);
	take_turns(s, "old", 80);
	shares_wait(s, "new", WAIT(100, 1000), 1);
	CHECK_INT(shares_of_others(s, "old", 0, 1).turns, 0);
	take_turns(s, "new", 1);
	CHECK_INT(shares_of_others(s, "new", 0, 1).turns, 1);
	CHECK_INT(shares_namespaces(s), 2);
	CHECK_INT(shares_secrets(s, "new"), 1);
	shares_wait(s, "new", &(struct shares_change){.secrets = -1, .workloads = -100}, 1);
	CHECK_INT(shares_namespaces(s), 1);
	CHECK_INT(shares_secrets(s, "new"), 0);
	shares_free(s);
}
