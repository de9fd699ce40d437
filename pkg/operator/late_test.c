#include "operator/late.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#define CREATED_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static struct workload *workload(const char *uid, int generation)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'metadata':{'name':'%s','namespace':'team','uid':'%s','resourceVersion':'1','generation':%"
		"d,"
		"'creationTimestamp':'2026-01-01T00:00:00Z'},'spec':{'template':{'spec':{'volumes':["
		"{'secret':{'secretName':'db'}}]}}}}",
		uid, uid, generation);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(workload_decode(&kube_deployments, json, NULL, &o));
	return (struct workload *)o;
}

TEST(late, is_who_comes_after_all_have_rolled_for_a_change_that_is_younger)
{
	static const struct {
		const char *name;
		int generation;
		int64_t all_for_ms;
		bool late;
	} cases[] = {
		{"older than the change", 1, CREATED_MS + 5, true},
		{"younger than the change", 1, CREATED_MS - 1, false},
		{"nothing has changed", 1, 0, false},
		{"edited since, perhaps to use the Secret", 2, CREATED_MS + 5, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workload *w = workload("u", cases[i].generation);
		struct memos *memos = memos_new();
		const struct memo memo = {.all_for_ms = cases[i].all_for_ms};
		struct late *l = late_new();

		memos_set(memos, "team/db", &memo);
		late_note(l, memos, w);
		CHECK_MSG(late_any(l) == cases[i].late, "%s", cases[i].name);
		CHECK_MSG(late_is(l, w, cases[i].all_for_ms) == cases[i].late, "%s", cases[i].name);
		CHECK(!late_is(l, w, CREATED_MS - 1));
		late_done(l, w);
		CHECK(!late_any(l));
		late_free(l);
		memos_free(memos);
		kobj_unref(&w->o);
	}
}

TEST(late, none_is_fine)
{
	struct workload *w = workload("u", 1);

	late_note(NULL, NULL, w);
	late_done(NULL, w);
	CHECK(!late_any(NULL) && !late_is(NULL, w, CREATED_MS));
	kobj_unref(&w->o);
}
