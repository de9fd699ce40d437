#include "operator/restart.h"

#include "base/clock.h"
#include "base/test.h"

#include <stdio.h>

#define T0 INT64_C(1700000000000)

TEST(restart, is_pending_only_for_workloads_whose_pods_may_hold_old_values)
{
	static const struct {
		const char *name;
		int64_t changed_at_ms, all_ms, entry_ms, created_ms;
		bool want;
	} cases[] = {
		{"values never changed", 0, 0, 0, 5, false},
		{"older than the change, nothing recorded", T0, 0, 0, T0 - 1000, true},
		{"recorded for this change", T0, 0, T0, T0 - 1000, false},
		{"recorded for an older change", T0, 0, T0 - 5, T0 - 1000, true},
		{"all had it", T0, T0, 0, T0 - 1000, false},
		{"all had an older one", T0, T0 - 1, 0, T0 - 1000, true},
		{"all had an older one, this one has it", T0, T0 - 1, T0, T0 - 1000, false},
		{"made within the skew of clocks", T0, 0, 0, T0 + RESTART_SKEW_MS, true},
		{"made after the change (a clone, a new one)", T0, 0, 0, T0 + RESTART_SKEW_MS + 1, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct restarted done = {.all_ms = cases[i].all_ms};

		if (cases[i].entry_ms)
			restarted_set(&done, "uid", cases[i].entry_ms);
		restarted_set(&done, "other", T0 + 99);
		CHECK_MSG(restart_is_pending(cases[i].changed_at_ms, &done, "uid", cases[i].created_ms) ==
				  cases[i].want,
			  "%s", cases[i].name);
		restarted_release(&done);
	}
}

TEST(restart, the_first_level_that_is_set_decides)
{
	static const struct {
		const char *secret, *workload, *namespace;
		bool otherwise, want;
	} cases[] = {
		{NULL, NULL, NULL, false, false},        {NULL, NULL, NULL, true, true},
		{"true", "false", "false", false, true}, {"false", "true", "true", true, false},
		{NULL, "true", "false", false, true},    {NULL, "false", "true", true, false},
		{"", NULL, "true", false, true},         {NULL, "", "false", true, false},
		{"T", NULL, NULL, false, true},          {"0", NULL, NULL, true, false},
		{"maybe", "true", "true", true, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_MSG(restart_is_wanted(cases[i].secret, cases[i].workload, cases[i].namespace,
					    cases[i].otherwise) == cases[i].want,
			  "row %zu", i);
}

TEST(restart, the_stamp_is_the_same_for_the_same_state_in_any_order)
{
	const struct stamp_part one[] = {{"a", T0}, {"b", T0 + 7}, {"quiet", 0}};
	const struct stamp_part other[] = {{"b", T0 + 7}, {"a", T0}};
	char first[STAMP_SIZE], second[STAMP_SIZE];

	restart_stamp(one, ARRAY_LEN(one), first);
	restart_stamp(other, ARRAY_LEN(other), second);
	CHECK_STR(first, second);
	CHECK(str_has_prefix(first, "2023-11-14T22:13:20.007Z-"));
}

TEST(restart, the_stamp_differs_after_any_change_of_any_secret)
{
	static const struct stamp_part before[] = {{"a", T0}, {"b", T0 + 7}};
	static const struct stamp_part after[][2] = {
		{{"a", T0 + 1}, {"b", T0 + 7}}, /* below the newest one */
		{{"a", T0}, {"b", T0 + 8}},
		{{"a", T0}, {"c", T0 + 7}},
	};
	char was[STAMP_SIZE], is[STAMP_SIZE];

	restart_stamp(before, ARRAY_LEN(before), was);
	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		restart_stamp(after[i], 2, is);
		CHECK_MSG(!streq(was, is), "row %zu", i);
	}
}

TEST(restart, a_change_is_always_later_than_the_last_one)
{
	CHECK_INT(restart_changed_at(T0, 0), T0);
	CHECK_INT(restart_changed_at(T0, T0), T0 + 1);
	CHECK_INT(restart_changed_at(T0, T0 + 500), T0 + 501); /* the server's clock went back */
}

static void check_round_trip(const struct restarted *r, const char *want)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct restarted again;

	strbuf_init(&text, 4096);
	CHECK_OK(restarted_format(r, &text));
	CHECK_STR(text.p, want);
	restarted_parse(text.p, &again);
	CHECK_INT(again.all_ms, r->all_ms);
	CHECK_INT(again.n, r->n);
	restarted_release(&again);
}

TEST(restart, the_record_survives_its_annotation)
{
	struct restarted r = {0};

	check_round_trip(&r, "{}");
	restarted_set(&r, "uid-1", T0);
	restarted_set(&r, "uid-1", T0 + 1);
	check_round_trip(&r, "{\"uid-1\":\"2023-11-14T22:13:20.001Z\"}");
	restarted_set_all(&r, T0 + 2);
	check_round_trip(&r, "{\"*\":\"2023-11-14T22:13:20.002Z\"}");
	restarted_release(&r);
}

TEST(restart, a_record_that_is_nonsense_counts_as_none)
{
	static const char *const texts[] = {
		NULL, "", "{", "[]", "\"x\"", "{\"uid\":3}", "{\"uid\":\"soon\"}", "{\"*\":null}"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct restarted r;

		restarted_parse(texts[i], &r);
		CHECK_MSG(r.n == 0 && r.all_ms == 0, "row %zu", i);
		restarted_release(&r);
	}
	CHECK_INT(err_live(), 0);
}

TEST(restart, the_record_has_a_ceiling)
{
	struct restarted r = {0};
	char uid[32];

	for (int i = 0; i < RESTARTED_MAX + 10; i++) {
		snprintf(uid, sizeof(uid), "uid-%d", i);
		restarted_set(&r, uid, T0);
	}
	CHECK_INT(r.n, RESTARTED_MAX);
	restarted_release(&r);
}
