#include "operator/trouble.h"

#include "base/test.h"

static bool set(struct trouble *t, enum err_kind kind, const char *text)
{
	err_t e CLEANUP(err_freep) = err_new(kind, "%s", text);

	return trouble_set(t, e);
}

static void check_get(struct trouble *t, enum err_kind kind, const char *text)
{
	err_t e CLEANUP(err_freep) = trouble_get(t);

	CHECK(err_is(e, kind));
	CHECK_STR(err_text(e), text);
}

TEST(trouble, only_a_change_is_news)
{
	struct trouble t;

	trouble_init(&t);
	CHECK_OK(trouble_get(&t));
	CHECK(!trouble_set(&t, NULL)); /* there was none */
	CHECK(set(&t, ERR_UNAVAILABLE, "refused"));
	CHECK(!set(&t, ERR_UNAVAILABLE, "refused"));
	check_get(&t, ERR_UNAVAILABLE, "refused");
	CHECK(!set(&t, ERR_UNAVAILABLE, "reset"));
	CHECK(!set(&t, ERR_TIMEOUT, "no answer"));
	check_get(&t, ERR_UNAVAILABLE, "refused");
	CHECK(set(&t, ERR_DENIED, "reset"));
	check_get(&t, ERR_DENIED, "reset");
	CHECK(set(&t, ERR_DENIED, "the token has expired"));
	CHECK(trouble_set(&t, NULL));
	CHECK_OK(trouble_get(&t));
	CHECK(!trouble_set(&t, NULL));
	CHECK(set(&t, ERR_DENIED, "reset")); /* news again after it was over */
	trouble_release(&t);
	CHECK_INT(err_live(), 0);
}

TEST(trouble, keeps_how_long_to_wait)
{
	struct trouble t;
	err_t asks CLEANUP(err_freep) = err_new(ERR_THROTTLED, "too many");
	err_t first CLEANUP(err_freep) = NULL;
	err_t second CLEANUP(err_freep) = NULL;

	trouble_init(&t);
	err_set_retry_after_ms(asks, 60000);
	CHECK(trouble_set(&t, asks));
	first = trouble_get(&t);
	CHECK(err_retry_after_ms(first) > 0 && err_retry_after_ms(first) <= 60000);
	err_set_retry_after_ms(asks, 0);
	CHECK(!trouble_set(&t, asks));
	second = trouble_get(&t);
	CHECK_INT(err_retry_after_ms(second), 0);
	trouble_release(&t);
}

static void count_look(void *arg)
{
	++*(int *)arg;
}

TEST(trouble, that_is_suspected_makes_somebody_look_once_a_second)
{
	struct trouble t;
	err_t away CLEANUP(err_freep) = err_new(ERR_TIMEOUT, "no answer");
	err_t other CLEANUP(err_freep) = err_new(ERR_NOT_FOUND, "no such item");
	int looks = 0;

	trouble_init(&t);
	trouble_suspect(&t, away); /* nobody is there to look */
	trouble_on_suspicion(&t, count_look, &looks);
	trouble_suspect(&t, other);
	CHECK_INT(looks, 0);
	trouble_suspect(&t, away);
	trouble_suspect(&t, away);
	CHECK_INT(looks, 1);
	trouble_release(&t);
}
