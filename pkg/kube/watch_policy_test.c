#include "kube/watch_policy.h"

#include "base/test.h"

TEST(watch_policy, some_ends_need_a_list_at_once)
{
	static const struct {
		int kind;
		bool list;
	} cases[] = {
		{0, false},
		{ERR_CANCELED, false},
		{ERR_THROTTLED, false},
		{ERR_TIMEOUT, false},
		{ERR_UNAVAILABLE, false},
		{ERR_GONE, true},
		{ERR_DENIED, true},
		{ERR_NOT_FOUND, true},
		{ERR_PROTOCOL, true},
		{ERR_TOO_LARGE, true},
		{ERR_INVALID, true},
		{ERR_CONFLICT, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct watch_policy p = {0};
		const struct watch_end end = {.kind = cases[i].kind, .lasted_ms = 100};

		CHECK_MSG(watch_policy_end(&p, &end, NS_PER_S) == cases[i].list, "%s",
			  cases[i].kind ? err_kind_name((enum err_kind)cases[i].kind) : "none");
	}
}

TEST(watch_policy, the_second_silence_needs_a_list)
{
	const struct watch_end silence = {.kind = ERR_TIMEOUT, .lasted_ms = 120000};
	const struct watch_end after_events = {.kind = ERR_TIMEOUT, .lasted_ms = 120000, .events = 1};
	struct watch_policy p = {0};

	CHECK(!watch_policy_end(&p, &silence, NS_PER_S));
	CHECK(!watch_policy_end(&p, &after_events, NS_PER_S));
	CHECK(watch_policy_end(&p, &silence, NS_PER_S));
}

TEST(watch_policy, a_server_that_is_away_for_a_minute_needs_a_list)
{
	const struct watch_end refused = {.kind = ERR_UNAVAILABLE, .lasted_ms = 1};
	const struct watch_end reset = {.kind = ERR_UNAVAILABLE, .lasted_ms = 200000};
	const struct watch_end clean = {.lasted_ms = 300000};
	struct watch_policy p = {0};
	int64_t now_ns = NS_PER_S;

	CHECK(!watch_policy_end(&p, &refused, now_ns));
	now_ns += 59 * NS_PER_S;
	CHECK(!watch_policy_end(&p, &refused, now_ns));
	now_ns += NS_PER_S;
	CHECK(watch_policy_end(&p, &refused, now_ns));
	CHECK(!watch_policy_end(&p, &reset, now_ns));
	now_ns += 59 * NS_PER_S;
	CHECK(!watch_policy_end(&p, &refused, now_ns));
	CHECK(!watch_policy_end(&p, &clean, now_ns));
	now_ns += 10 * NS_PER_S;
	CHECK(!watch_policy_end(&p, &refused, now_ns));
}

TEST(watch_policy, only_an_empty_watch_can_be_too_short)
{
	static const struct {
		struct watch_end end;
		bool too_short;
	} cases[] = {
		{{.lasted_ms = 999}, true},
		{{.lasted_ms = 1000}, false},
		{{.lasted_ms = 0, .events = 1}, false},
		{{.lasted_ms = 0, .kind = ERR_UNAVAILABLE}, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(watch_end_is_too_short(&cases[i].end), cases[i].too_short);
	CHECK_INT(err_live(), 0);
}
