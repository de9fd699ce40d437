#include "operator/memo.h"

#include "base/test.h"

TEST(memo, is_kept_by_key_until_it_is_deleted)
{
	struct memos *memos = memos_new();
	struct memo memo = {.uid = "u", .applied_ms = 7};
	struct memo out = {0};

	CHECK(!memos_get(memos, "team/db", &out));
	memos_set(memos, "team/db", &memo);
	memo.applied_ms = 8;
	memos_set(memos, "team/web", &memo);
	CHECK(memos_get(memos, "team/db", &out));
	CHECK_STR(out.uid, "u");
	CHECK_INT(out.applied_ms, 7);
	memos_set(memos, "team/db", &memo);
	CHECK(memos_get(memos, "team/db", &out));
	CHECK_INT(out.applied_ms, 8);
	memos_del(memos, "team/db");
	memos_del(memos, "team/db");
	CHECK(!memos_get(memos, "team/db", &out));
	CHECK(memos_get(memos, "team/web", &out));
	memos_free(memos);
	memos_free(NULL);
}
