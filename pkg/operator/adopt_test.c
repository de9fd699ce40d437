#include "operator/adopt.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"
#include "json/jsonw.h"

#include <string.h>

/* Entries of managedFields as an API server 1.34 writes them. */

/* 1Password's operator: one PUT of the whole Secret. */
#define BY_ORIGINAL                                                                                          \
	"{'manager':'manager','operation':'Update','apiVersion':'v1','time':'2025-11-02T09:12:44Z',"         \
	"'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'.':{},'f:password':{},'f:username':{}},"             \
	"'f:metadata':{'f:annotations':{'.':{},'f:operator.1password.io/auto-restart':{},"                   \
	"'f:operator.1password.io/item-path':{},'f:operator.1password.io/item-version':{}},"                 \
	"'f:ownerReferences':{'.':{},'k:{\\'uid\\':\\'6a1c\\'}':{}}},'f:type':{}}}"
/* The same without auto-restart, as for a workload. */
#define BY_ORIGINAL_PLAIN                                                                                    \
	"{'manager':'manager','operation':'Update','apiVersion':'v1','time':'2025-11-02T09:12:44Z',"         \
	"'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'.':{},'f:password':{}},"                             \
	"'f:metadata':{'f:annotations':{'.':{},'f:operator.1password.io/item-path':{},"                      \
	"'f:operator.1password.io/item-version':{}}},'f:type':{}}}"
/* Another kubebuilder program that only labels. */
#define BY_NAMESAKE                                                                                          \
	"{'manager':'manager','operation':'Update','apiVersion':'v1','time':'2025-11-02T09:12:40Z',"         \
	"'fieldsType':'FieldsV1','fieldsV1':{'f:metadata':{'f:labels':{'.':{},'f:team':{}}}}}"
#define BY_KUBECTL_EDIT                                                                                      \
	"{'manager':'kubectl-edit','operation':'Update','apiVersion':'v1','time':'2025-11-03T10:00:00Z',"    \
	"'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:extra':{}}}}"
#define BY_US                                                                                                \
	"{'manager':'onepassword-operator','operation':'Apply','apiVersion':'v1','time':'2025-12-01T00:00:"  \
	"00Z',"                                                                                              \
	"'fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:password':{},'f:username':{}},"                    \
	"'f:metadata':{'f:labels':{'f:operator.1password.io/managed':{}}},'f:type':{}}}"
#define BY_US_RESTARTED                                                                                      \
	"{'manager':'onepassword-operator-restarted','operation':'Apply','apiVersion':'v1',"                 \
	"'time':'2025-12-01T00:00:05Z','fieldsType':'FieldsV1','fieldsV1':{'f:metadata':{'f:annotations':"   \
	"{'f:operator.1password.io/restarted':{}}}}}"

static struct jsonx *secret_with(const char *managed_fields)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'apiVersion':'v1','kind':'Secret','metadata':{'name':'db','namespace':'team','uid':'u',"
		"'resourceVersion':'4711'%s%s},'data':{'password':'aHVudGVy','username':'YWRtaW4='}}",
		managed_fields ? ",'managedFields':" : "", managed_fields ? managed_fields : "");

	return quoted_json(text);
}

/* What the item has today: "username" is no key of it any more. */
static char key_password[] = "password", key_new[] = "new";
static struct secretdata_entry item_entries[] = {{.key = key_password, .p = "x", .len = 1},
						 {.key = key_new, .p = "y", .len = 1}};
static const struct secretdata item_data = {item_entries, ARRAY_LEN(item_entries)};

/* The patch, parsed; NULL when none is needed. */
static struct jsonx *patch_of(const char *managed_fields, bool is_original)
{
	struct jsonx *live CLEANUP(jsonx_freep) = secret_with(managed_fields);
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *patch = NULL;
	bool needed = false;

	strbuf_init(&text, 65536);
	CHECK_OK(adopt_patch(live, is_original, &item_data, &text, &needed));
	CHECK(needed || text.len == 0);
	if (needed)
		CHECK_OK(jsonx_parse(text.p, text.len, &patch));
	/* Values have no business in it. */
	CHECK(!strstr(text.p, "aHVudGVy"));
	return patch;
}

static struct jsonx *patch_for(const char *managed_fields)
{
	return patch_of(managed_fields, true);
}

static char *text_of(const struct jsonx *v)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonw w;

	strbuf_init(&text, 65536);
	jsonw_init_str(&w, &text);
	jsonw_value(&w, v);
	CHECK_OK(jsonw_done(&w));
	return strbuf_take(&text);
}

/* want_value NULL: the step has none. */
static void check_step(const struct jsonx *patch, size_t i, const char *op, const char *path,
		       const char *want_value)
{
	const struct jsonx *step = jsonx_at(patch, i);

	CHECK_MSG(streq(jsonx_get_str(step, "op"), op), "step %zu: %s", i, jsonx_get_str(step, "op"));
	CHECK_MSG(streq(jsonx_get_str(step, "path"), path), "step %zu: %s", i, jsonx_get_str(step, "path"));
	CHECK_MSG(streq(jsonx_get_str(step, "value"), want_value), "step %zu: %s", i, path);
}

static void check_entry(const struct jsonx *entry, const char *want_fields)
{
	char *fields CLEANUP(mem_freep) = text_of(jsonx_get(entry, "fieldsV1"));
	char *want CLEANUP(mem_freep) = quoted_dup(want_fields);
	int64_t at_ms = 0;

	CHECK_STR(jsonx_get_str(entry, "manager"), "onepassword-operator");
	CHECK_STR(jsonx_get_str(entry, "operation"), "Apply");
	CHECK_STR(jsonx_get_str(entry, "apiVersion"), "v1");
	CHECK_STR(jsonx_get_str(entry, "fieldsType"), "FieldsV1");
	CHECK(clock_parse_rfc3339(jsonx_get_str(entry, "time"), &at_ms));
	CHECK_MSG(at_ms <= clock_wall_ms() && at_ms > clock_wall_ms() - 60000, "%lld", (long long)at_ms);
	CHECK_STR(fields, want);
}

TEST(adopt, moves_what_the_original_wrote_and_nothing_else)
{
	struct jsonx *patch CLEANUP(jsonx_freep) =
		patch_for("[" BY_NAMESAKE "," BY_KUBECTL_EDIT "," BY_ORIGINAL "]");

	CHECK(patch);
	CHECK_INT(jsonx_len(patch), 7);
	check_step(patch, 0, "replace", "/metadata/resourceVersion", "4711");
	check_step(patch, 1, "test", "/metadata/managedFields/2/manager", "manager");
	check_step(patch, 2, "remove", "/metadata/managedFields/2/fieldsV1/f:data", NULL);
	check_step(patch, 3, "remove",
		   "/metadata/managedFields/2/fieldsV1/f:metadata/f:annotations/"
		   "f:operator.1password.io~1item-path",
		   NULL);
	check_step(patch, 4, "remove",
		   "/metadata/managedFields/2/fieldsV1/f:metadata/f:annotations/"
		   "f:operator.1password.io~1item-version",
		   NULL);
	check_step(patch, 5, "remove",
		   "/metadata/managedFields/2/fieldsV1/f:metadata/f:annotations/"
		   "f:operator.1password.io~1auto-restart",
		   NULL);
	check_step(patch, 6, "add", "/metadata/managedFields/-", NULL);
	/* The annotations too: one that is no longer wanted must go with our next apply. */
	check_entry(jsonx_get(jsonx_at(patch, 6), "value"),
		    "{'f:data':{'.':{},'f:password':{},'f:username':{}},"
		    "'f:metadata':{'f:annotations':{'f:operator.1password.io/item-path':{},"
		    "'f:operator.1password.io/item-version':{},'f:operator.1password.io/auto-restart':{}}}}");
}

TEST(adopt, removes_only_annotations_that_are_there)
{
	struct jsonx *patch CLEANUP(jsonx_freep) = patch_for("[" BY_ORIGINAL_PLAIN "]");

	CHECK_INT(jsonx_len(patch), 6);
	check_step(patch, 1, "test", "/metadata/managedFields/0/manager", "manager");
	check_step(patch, 5, "add", "/metadata/managedFields/-", NULL);
}

TEST(adopt, makes_an_entry_where_managed_fields_were_reset)
{
	static const char *const resets[] = {NULL, "null", "[]"};

	for (size_t i = 0; i < ARRAY_LEN(resets); i++) {
		struct jsonx *patch CLEANUP(jsonx_freep) = patch_for(resets[i]);
		const struct jsonx *entries = jsonx_get(jsonx_at(patch, 1), "value");

		CHECK_INT(jsonx_len(patch), 2);
		check_step(patch, 0, "replace", "/metadata/resourceVersion", "4711");
		check_step(patch, 1, "add", "/metadata/managedFields", NULL);
		CHECK_INT(jsonx_len(entries), 1);
		check_entry(jsonx_at(entries, 0), "{'f:data':{'f:password':{}}}");
	}
}

TEST(adopt, is_not_needed_where_an_apply_does_it)
{
	static const struct {
		const char *name, *managed_fields;
	} cases[] = {
		{"ours", "[" BY_US "]"},
		{"ours, with our record of restarts", "[" BY_US "," BY_US_RESTARTED "]"},
		{"ours; a namesake owns data too", "[" BY_US "," BY_ORIGINAL "]"},
		{"written by kubectl, opted in", "[" BY_KUBECTL_EDIT "]"},
		{"a namesake that owns no data", "[" BY_NAMESAKE "," BY_KUBECTL_EDIT "]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_MSG(!patch_for(cases[i].managed_fields), "%s", cases[i].name);
	CHECK_INT(err_live(), 0);
}

TEST(adopt, nothing_is_taken_from_another_program_that_calls_itself_manager)
{
	CHECK(!patch_of("[" BY_ORIGINAL "]", false));
	CHECK_INT(err_live(), 0);
}

TEST(adopt, what_does_not_fit_is_an_error)
{
	struct jsonx *live CLEANUP(jsonx_freep) = secret_with("[" BY_ORIGINAL "]");
	struct strbuf text CLEANUP(strbuf_release) = {0};
	bool needed = false;

	strbuf_init(&text, 64);
	CHECK_ERR(adopt_patch(live, true, &item_data, &text, &needed), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
}
