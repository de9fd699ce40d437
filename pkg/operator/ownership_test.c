#include "operator/ownership.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#define OURS(time, data)                                                                                     \
	"{'manager':'onepassword-operator','operation':'Apply','time':'" time "','fieldsV1':{'f:data':" data \
	"}}"
#define OTHER(manager, operation, time, fields)                                                              \
	"{'manager':'" manager "','operation':'" operation "','time':'" time "','fieldsV1':" fields "}"
#define T1 "2026-01-01T00:00:01Z"
#define T2 "2026-01-01T00:00:02Z"
#define T2_MS 1767225602000

static void parse(const char *entries, struct ownership *out)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;

	strbuf_init(&text, 65536);
	strbuf_addf(&text, "{'metadata':{'managedFields':%s}}", entries);
	json = quoted_json(text.p);
	ownership_parse(json, out);
}

TEST(ownership, counts_the_data_keys_of_our_apply_entry)
{
	static const struct {
		const char *name, *entries;
		size_t keys, original_keys;
		int64_t applied_ms;
	} cases[] = {
		{"no list", "null", 0, 0, 0},
		{"empty", "[]", 0, 0, 0},
		{"no objects in it", "[1,'x',null,[]]", 0, 0, 0},
		{"ours", "[" OURS(T2, "{'f:a':{},'f:b':{}}") "]", 2, 0, T2_MS},
		{"the map itself is no key", "[" OURS(T2, "{'.':{},'f:a':{}}") "]", 1, 0, T2_MS},
		{"no data at all", "[" OURS(T2, "{}") "]", 0, 0, T2_MS},
		{"time is no time", "[" OURS("soon", "{'f:a':{}}") "]", 1, 0, 0},
		{"our name, but an update",
		 "[" OTHER("onepassword-operator", "Update", T2, "{'f:data':{'f:a':{}}}") "]", 0, 0, 0},
		{"our manager of restarts",
		 "[" OTHER("onepassword-operator-restarted", "Apply", T2, "{'f:data':{'f:a':{}}}") "]", 0, 0,
		 0},
		{"the original's",
		 "[" OTHER("manager", "Update", T2, "{'f:data':{'.':{},'f:a':{}},'f:type':{}}") "]", 0, 1, 0},
		{"somebody else's", "[" OTHER("kubectl-edit", "Update", T2, "{'f:data':{'f:a':{}}}") "]", 0,
		 0, 0},
		{"both",
		 "[" OTHER("manager", "Update", T1,
			   "{'f:data':{'f:a':{}}}") "," OURS(T2, "{'f:a':{},'f:b':{}}") "]",
		 2, 1, T2_MS},
		{"of a subresource",
		 "[{'manager':'onepassword-operator','operation':'Apply','subresource':'status','time':'" T2
		 "','fieldsV1':{'f:data':{'f:a':{}}}}]",
		 0, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ownership o CLEANUP(ownership_release) = {0};

		parse(cases[i].entries, &o);
		CHECK_MSG(o.keys.n == cases[i].keys, "%s: %zu keys", cases[i].name, o.keys.n);
		CHECK_MSG(o.original_keys.n == cases[i].original_keys, "%s: %zu keys of the original",
			  cases[i].name, o.original_keys.n);
		CHECK_MSG(o.applied_ms == cases[i].applied_ms, "%s: %lld", cases[i].name,
			  (long long)o.applied_ms);
		CHECK_MSG(!o.string_data_ms, "%s", cases[i].name);
	}
	CHECK_INT(err_live(), 0);
}

TEST(ownership, knows_the_keys_by_name)
{
	struct ownership o CLEANUP(ownership_release) = {0};

	parse("[" OURS(T1, "{'f:user':{},'f:tls.crt':{}}") "]", &o);
	CHECK(strv_has(&o.keys, "user"));
	CHECK(strv_has(&o.keys, "tls.crt"));
}

TEST(ownership, of_labels_annotations_and_owners_is_counted_for_our_entry_only)
{
	static const char fields[] =
		"'fieldsV1':{'f:metadata':{'f:labels':{'f:a':{},'f:b':{}},"
		"'f:annotations':{'.':{},'f:operator.1password.io/changed-at':{},'f:x':{},'f:y':{}},"
		"'f:ownerReferences':{'k:{\\'uid\\':\\'1\\'}':{}}}}";
	static const struct {
		const char *manager, *operation;
		bool ours;
	} cases[] = {
		{"onepassword-operator", "Apply", true},
		{"onepassword-operator", "Update", false},
		{"kubectl-annotate", "Update", false},
		{"onepassword-operator-restarted", "Apply", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ownership o CLEANUP(ownership_release) = {0};
		char *entries CLEANUP(mem_freep) = mem_printf("[{'manager':'%s','operation':'%s',%s}]",
							      cases[i].manager, cases[i].operation, fields);

		parse(entries, &o);
		CHECK_INT(o.labels, cases[i].ours ? 2 : 0);
		CHECK_INT(o.annotations, cases[i].ours ? 3 : 0);
		CHECK_INT(o.owners, cases[i].ours ? 1 : 0);
		CHECK_INT(o.changed_at, cases[i].ours);
	}
}

TEST(ownership, string_data_counts_from_the_second_of_our_apply_on)
{
	static const struct {
		const char *name, *entries;
		bool want;
	} cases[] = {
		{"before ours",
		 "[" OURS(T2, "{}") "," OTHER("edit", "Update", T1, "{'f:stringData':{'f:a':{}}}") "]",
		 false},
		{"after ours",
		 "[" OURS(T1, "{}") "," OTHER("edit", "Update", T2, "{'f:stringData':{'f:a':{}}}") "]", true},
		{"the same second",
		 "[" OTHER("edit", "Update", T1, "{'f:stringData':{}}") "," OURS(T1, "{}") "]", true},
		{"we have no entry", "[" OTHER("edit", "Update", T1, "{'f:stringData':{}}") "]", true},
		{"without a time, and ours has one",
		 "[" OURS(T1,
			  "{}") ",{'manager':'edit','operation':'Update','fieldsV1':{'f:stringData':{}}}]",
		 false},
		{"ours",
		 "[{'manager':'onepassword-operator','operation':'Apply','time':'" T1
		 "','fieldsV1':{'f:stringData':{'f:a':{}}}}]",
		 false},
		{"our name, but an update",
		 "[" OURS(T1, "{}") "," OTHER("onepassword-operator", "Update", T2,
					      "{'f:stringData':{}}") "]",
		 true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ownership o CLEANUP(ownership_release) = {0};

		parse(cases[i].entries, &o);
		CHECK_MSG((o.string_data_ms != 0) == cases[i].want, "%s", cases[i].name);
	}
}

TEST(ownership, the_other_program_is_the_newest_that_is_not_us)
{
	static const struct {
		const char *entries, *subresource, *want;
	} cases[] = {
		{"null", NULL, NULL},
		{"[" OURS(T1, "{}") "]", NULL, NULL},
		{"[" OURS(T1, "{}") "," OTHER("manager", "Update", T2, "{}") "]", NULL, "manager"},
		{"[" OTHER("manager", "Update", T1, "{}") "," OURS(T1, "{}") "]", NULL, "manager"},
		/* An old label of somebody's is not what has just been done. */
		{"[" OTHER("kubectl-label", "Update", T1, "{}") "," OURS(T2, "{}") "]", NULL, NULL},
		{"[" OTHER("kubectl-label", "Update", T1, "{}") "," OTHER("manager", "Update", T2, "{}") "]",
		 NULL, "manager"},
		{"[" OTHER("manager", "Update", T2, "{}") "]", "status", NULL},
		{"[{'manager':'other','operation':'Update','subresource':'status','time':'" T2 "'}]",
		 "status", "other"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text CLEANUP(mem_freep) =
			mem_printf("{'metadata':{'managedFields':%s}}", cases[i].entries);
		struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);

		CHECK_STR(ownership_other(json, "onepassword-operator", cases[i].subresource), cases[i].want);
	}
}
