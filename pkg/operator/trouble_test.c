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
	CHECK(set(&t, ERR_UNAVAILABLE, "reset"));
	CHECK(set(&t, ERR_DENIED, "reset"));
	check_get(&t, ERR_DENIED, "reset");
	CHECK(trouble_set(&t, NULL));
	CHECK_OK(trouble_get(&t));
	CHECK(!trouble_set(&t, NULL));
	CHECK(set(&t, ERR_DENIED, "reset")); /* news again after it was over */
	trouble_release(&t);
	CHECK_INT(err_live(), 0);
}
