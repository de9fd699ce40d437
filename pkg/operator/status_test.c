#include "operator/status.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#include <string.h>

#define NOW_MS 1767225602500
#define NOW "2026-01-01T00:00:02Z"
#define THEN "2025-12-01T00:00:00Z"

static struct onepassworditem *item_with(const char *status)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("{'metadata':{'name':'db','namespace':'team','uid':'u','resourceVersion':'7',"
			   "'generation':3},'status':%s}",
			   status);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(onepassworditem_decode(json, false, &o));
	return (struct onepassworditem *)o;
}

TEST(status, the_reason_follows_the_stage_and_the_kind)
{
	static const struct {
		enum status_stage stage;
		enum err_kind kind;
		const char *want;
	} cases[] = {
		{STATUS_STAGE_SPEC, ERR_INVALID, "Invalid"},
		{STATUS_STAGE_CONNECT, ERR_INVALID, "Invalid"},
		{STATUS_STAGE_CONNECT, ERR_TOO_LARGE, "Invalid"},
		{STATUS_STAGE_CONNECT, ERR_NOT_FOUND, "ItemNotFound"},
		{STATUS_STAGE_CONNECT, ERR_DENIED, "AccessDenied"},
		{STATUS_STAGE_CONNECT, ERR_THROTTLED, "RateLimited"},
		{STATUS_STAGE_CONNECT, ERR_UNAVAILABLE, "ConnectUnavailable"},
		{STATUS_STAGE_CONNECT, ERR_TIMEOUT, "ConnectUnavailable"},
		{STATUS_STAGE_CONNECT, ERR_EXISTS, "ConnectError"},
		{STATUS_STAGE_CONNECT, ERR_CONFLICT, "ConnectError"},
		{STATUS_STAGE_CONNECT, ERR_GONE, "ConnectError"},
		{STATUS_STAGE_CONNECT, ERR_CANCELED, "ConnectError"},
		{STATUS_STAGE_CONNECT, ERR_PROTOCOL, "ConnectError"},
		{STATUS_STAGE_CONNECT, ERR_INTERNAL, "ConnectError"},
		{STATUS_STAGE_SECRET, ERR_EXISTS, "SecretExists"},
		{STATUS_STAGE_SECRET, ERR_INVALID, "SecretWriteFailed"},
		{STATUS_STAGE_SECRET, ERR_NOT_FOUND, "SecretWriteFailed"},
		{STATUS_STAGE_SECRET, ERR_DENIED, "SecretWriteFailed"},
	};

	CHECK_STR(status_reason(STATUS_STAGE_SPEC, NULL), "Synced");
	CHECK_STR(status_reason(STATUS_STAGE_SECRET, NULL), "Synced");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_t e CLEANUP(err_freep) = err_new(cases[i].kind, "x");

		CHECK_MSG(streq(status_reason(cases[i].stage, e), cases[i].want), "row %zu", i);
	}
}

TEST(status, the_message_has_the_prefix_that_the_original_gives_it)
{
	static const struct {
		enum status_stage stage;
		enum err_kind kind;
		const char *text, *want;
	} cases[] = {
		{STATUS_STAGE_SPEC, ERR_INVALID, "bad type", "bad type"},
		{STATUS_STAGE_CONNECT, ERR_NOT_FOUND, "no items", "failed to retrieve item: no items"},
		{STATUS_STAGE_CONNECT, ERR_INVALID, "\"x\" is not", "failed to retrieve item: \"x\" is not"},
		{STATUS_STAGE_SECRET, ERR_DENIED, "forbidden", "kubernetes secret update failed: forbidden"},
		{STATUS_STAGE_SECRET, ERR_INVALID, "cannot change secret type", "cannot change secret type"},
		{STATUS_STAGE_SECRET, ERR_EXISTS, "is there", "is there"},
		{STATUS_STAGE_SPEC, ERR_INVALID, "a\nb",
		 "a\xef\xbf\xbd"
		 "b"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_t e CLEANUP(err_freep) = err_new(cases[i].kind, "%s", cases[i].text);
		struct strbuf message CLEANUP(strbuf_release) = {0};

		strbuf_init(&message, 2 * ERR_TEXT_MAX);
		status_message(cases[i].stage, e, &message);
		CHECK_MSG(str_is_utf8(message.p, message.len) && !strchr(message.p, '\n'), "row %zu", i);
		CHECK_MSG(strchr(cases[i].text, '\n') || streq(message.p, cases[i].want), "row %zu: %s", i,
			  message.p);
	}
	CHECK_INT(err_live(), 0);
}

/* What an old CRD keeps of a status is type, status, message and lastTransitionTime of its condition. */
TEST(status, is_current_when_it_says_all_that_the_crd_keeps)
{
	static const char full[] =
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced',"
		"'observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}";
	static const char old[] =
		"{'conditions':[{'type':'Ready','status':'True','lastTransitionTime':'" THEN "'}]}";
	static const struct status_want synced = {
		.ready = true, .reason = "Synced", .message = "", .item_path = "p", .item_version = 5};
	static const struct status_want failed = {
		.ready = false, .reason = "ItemNotFound", .message = "gone"};
	static const struct {
		const char *name, *status;
		const struct status_want *want;
		bool all, old; /* what is current with_all, and without */
	} cases[] = {
		{"as written", full, &synced, true, true},
		{"none", "null", &synced, false, false},
		{"what an old CRD kept", old, &synced, false, true},
		{"it was not ready", "{'conditions':[{'type':'Ready','status':'False','message':''}]}",
		 &synced, false, false},
		{"it is not ready", full, &failed, false, false},
		{"another message", "{'conditions':[{'type':'Ready','status':'False','message':'denied'}]}",
		 &failed, false, false},
		{"the same failure, pruned",
		 "{'conditions':[{'type':'Ready','status':'False','message':'gone'}]}", &failed, false, true},
		{"the same failure; the path stays",
		 "{'conditions':[{'type':'Ready','status':'False','message':'gone','reason':'ItemNotFound','"
		 "observedGeneration':3}],"
		 "'observedGeneration':3,'itemPath':'p','itemVersion':4}",
		 &failed, true, true},
		{"another reason",
		 "{'conditions':[{'type':'Ready','status':'False','message':'gone','reason':'ConnectError','"
		 "observedGeneration':3}],"
		 "'observedGeneration':3}",
		 &failed, false, true},
		{"another version",
		 "{'conditions':[{'type':'Ready','status':'True','reason':'Synced','observedGeneration':3}],"
		 "'observedGeneration':3,'itemPath':'p','itemVersion':4}",
		 &synced, false, true},
		{"another path",
		 "{'conditions':[{'type':'Ready','status':'True','reason':'Synced','observedGeneration':3}],"
		 "'observedGeneration':3,'itemPath':'q','itemVersion':5}",
		 &synced, false, true},
		{"an older generation",
		 "{'conditions':[{'type':'Ready','status':'True','reason':'Synced','observedGeneration':3}],"
		 "'observedGeneration':2,'itemPath':'p','itemVersion':5}",
		 &synced, false, true},
		{"an older generation of the condition",
		 "{'conditions':[{'type':'Ready','status':'True','reason':'Synced','observedGeneration':2}],"
		 "'observedGeneration':3,'itemPath':'p','itemVersion':5}",
		 &synced, false, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct onepassworditem *item = item_with(cases[i].status);

		CHECK_MSG(status_is_current(item, cases[i].want, true) == cases[i].all, "%s", cases[i].name);
		CHECK_MSG(status_is_current(item, cases[i].want, false) == cases[i].old, "%s, old CRD",
			  cases[i].name);
		kobj_unref(&item->o);
	}
}

static void check_written(const char *name, const char *had, const struct status_want *want,
			  const char *status)
{
	struct onepassworditem *item = item_with(had);
	struct strbuf text CLEANUP(strbuf_release) = {0};
	char *envelope CLEANUP(mem_freep) = mem_printf(
		"{'apiVersion':'onepassword.com/v1','kind':'OnePasswordItem','metadata':{'name':'db',"
		"'namespace':'team','uid':'u'},'status':%s}",
		status);
	char *expected CLEANUP(mem_freep) = quoted_dup(envelope);

	strbuf_init(&text, 16384);
	CHECK_OK(status_write(item, want, NOW_MS, &text));
	CHECK_MSG(streq(text.p, expected), "%s: %s", name, text.p);
	kobj_unref(&item->o);
}

TEST(status, transition_time_moves_only_with_the_condition)
{
	static const struct status_want synced = {
		.ready = true, .reason = "Synced", .message = "", .item_path = "p", .item_version = 5};
	static const struct status_want failed = {
		.ready = false, .reason = "ItemNotFound", .message = "gone"};

	check_written(
		"first", "null", &synced,
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" NOW
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}");
	check_written(
		"ready as before",
		"{'conditions':[{'type':'Ready','status':'True','lastTransitionTime':'" THEN "'}]}", &synced,
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" THEN
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}");
	check_written(
		"ready as before, nobody wrote when", "{'conditions':[{'type':'Ready','status':'True'}]}",
		&synced,
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" NOW
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}");
	check_written(
		"no longer ready; what the Secret holds stays",
		"{'conditions':[{'type':'Ready','status':'True','lastTransitionTime':'" THEN "'}],"
		"'itemPath':'q','itemVersion':4}",
		&failed,
		"{'conditions':[{'type':'Ready','status':'False','reason':'ItemNotFound','message':'gone',"
		"'lastTransitionTime':'" NOW
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'q','itemVersion':4}");
	check_written(
		"another message alone",
		"{'conditions':[{'type':'Ready','status':'False','message':'denied','lastTransitionTime':"
		"'" THEN "'}]}",
		&failed,
		"{'conditions':[{'type':'Ready','status':'False','reason':'ItemNotFound','message':'gone',"
		"'lastTransitionTime':'" THEN "','observedGeneration':3}],'observedGeneration':3}");
	CHECK_INT(err_live(), 0);
}

TEST(status, is_stalled_where_only_a_change_in_the_cluster_helps)
{
	static const struct {
		const char *reason;
		bool want;
	} cases[] = {
		{"Invalid", true},
		{"SecretExists", true},
		{"ItemNotFound", false},
		{"AccessDenied", false},
		{"ConnectUnavailable", false},
		{"SecretWriteFailed", false},
		{"Contested", false},
		{"Synced", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct status_want want = {.reason = cases[i].reason, .message = "why"};
		char *ready CLEANUP(mem_freep) =
			mem_printf("{'type':'Ready','status':'False','reason':'%s','message':'why',"
				   "'lastTransitionTime':'" NOW "','observedGeneration':3}",
				   cases[i].reason);
		char *stalled CLEANUP(mem_freep) =
			mem_printf(",{'type':'Stalled','status':'True','reason':'%s','message':'why',"
				   "'lastTransitionTime':'" NOW "','observedGeneration':3}",
				   cases[i].reason);
		char *told CLEANUP(mem_freep) = mem_printf("{'conditions':[%s%s],'observedGeneration':3}",
							   ready, cases[i].want ? stalled : "");
		char *without CLEANUP(mem_freep) =
			mem_printf("{'conditions':[%s],'observedGeneration':3}", ready);
		struct onepassworditem *after = item_with(told), *before = item_with(without);

		check_written(cases[i].reason, "null", &want, told);
		CHECK(status_is_current(after, &want, true));
		CHECK(status_is_current(before, &want, true) == !cases[i].want);
		kobj_unref(&after->o);
		kobj_unref(&before->o);
	}
}

TEST(status, names_the_keys_and_the_time_of_a_sync)
{
	struct strv keys CLEANUP(strv_release) = {0};
	struct status_want synced = {.ready = true,
				     .reason = "Synced",
				     .message = "",
				     .item_path = "p",
				     .item_version = 5,
				     .wrote = true,
				     .keys = &keys};
	static const char had[] =
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" THEN
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}";
	struct onepassworditem *item = item_with(had);

	strv_add(&keys, "password");
	strv_add(&keys, "user");
	check_written(
		"what the Secret has", had, &synced,
		"{'conditions':[{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" THEN
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5,"
		"'lastSyncTime':'" NOW "','keys':['password','user']}");
	CHECK(!status_is_current(item, &synced, true));
	CHECK(status_is_current(item, &synced, false));
	synced.wrote = false;
	CHECK(status_is_current(item, &synced, true)); /* compared, and found right */
	kobj_unref(&item->o);
}

TEST(status, names_only_so_many_keys)
{
	struct strv keys CLEANUP(strv_release) = {0};
	const struct status_want synced = {
		.ready = true, .reason = "Synced", .message = "", .item_path = "p", .keys = &keys};
	struct onepassworditem *item = item_with("null");
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;

	for (int i = 0; i < STATUS_KEYS_MAX + 1; i++) {
		char *key CLEANUP(mem_freep) = mem_printf("%0253d", i);

		strv_add(&keys, key);
	}
	strbuf_init(&text, 128u << 10);
	CHECK_OK(status_write(item, &synced, NOW_MS, &text));
	CHECK_OK(jsonx_parse(text.p, text.len, &json));
	CHECK_INT(jsonx_len(jsonx_get(jsonx_get(json, "status"), "keys")), STATUS_KEYS_MAX);
	kobj_unref(&item->o);
}

#define TOKEN_ENDS "the access token for Connect ends at 2026-01-03T00:00:00Z: give the operator a new one"

TEST(status, tells_of_a_token_that_ends_until_there_is_another)
{
	static const char ready[] =
		"{'type':'Ready','status':'True','reason':'Synced','lastTransitionTime':'" THEN
		"','observedGeneration':3}";
	struct status_want want = {.ready = true,
				   .reason = "Synced",
				   .message = "",
				   .item_path = "p",
				   .item_version = 5,
				   .token_ends_s = INT64_C(1767398400)};
	char *had CLEANUP(mem_freep) = mem_printf(
		"{'conditions':[%s],'observedGeneration':3,'itemPath':'p','itemVersion':5}", ready);
	char *told CLEANUP(mem_freep) = mem_printf(
		"{'conditions':[%s,{'type':'TokenExpiring','status':'True','reason':'ConnectTokenEndsSoon','"
		"message':'" TOKEN_ENDS "','lastTransitionTime':'" NOW
		"','observedGeneration':3}],'observedGeneration':3,'itemPath':'p','itemVersion':5}",
		ready);
	struct onepassworditem *before = item_with(had), *after = item_with(told);

	CHECK(!status_is_current(before, &want, true));
	CHECK(!status_is_current(before, &want, false));
	check_written("the token ends", had, &want, told);
	CHECK(status_is_current(after, &want, true));
	want.token_ends_s = 0;
	CHECK(!status_is_current(after, &want, false));
	check_written("there is another", told, &want, had);
	kobj_unref(&before->o);
	kobj_unref(&after->o);
}
