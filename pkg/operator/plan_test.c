#include "operator/plan.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"
#include "operator/quoted_test.h"

#include <stdio.h>

#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ID_I "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define ID_J "jjjjjjjjjjjjjjjjjjjjjjjjjj"
#define PATH "vaults/" ID_V "/items/" ID_I
#define APPLIED_MS 1767225602000

/* A Secret as our last apply left it, with one thing changed after that. */
struct change {
	const char *label, *annotations, *owners, *managed_fields;
};
#define NO_SECRET "<none>"
#define LABEL ",'operator.1password.io/managed':'true'"
#define ANNOTATIONS                                                                                          \
	"'operator.1password.io/item-path':'" PATH "','operator.1password.io/item-version':'5',"             \
	"'operator.1password.io/keys':'2'"
#define OWNERS "{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-1'}"
#define MARKS                                                                                                \
	"'f:operator.1password.io/item-path':{},'f:operator.1password.io/item-version':{},"                  \
	"'f:operator.1password.io/keys':{}"
#define OWNED(data, more_labels, more_annotations)                                                           \
	"{'manager':'onepassword-operator','operation':'Apply','time':'2026-01-01T00:00:02Z',"               \
	"'fieldsV1':{'f:data':" data ",'f:metadata':{"                                                       \
	"'f:labels':{'f:operator.1password.io/managed':{}" more_labels "},"                                  \
	"'f:annotations':{" MARKS more_annotations "},'f:ownerReferences':{'k:owner-1':{}}}}}"
#define OUR_ENTRY(data) OWNED(data, "", "")
#define BOTH "{'f:a':{},'f:b':{}}"
#define FIELDS OUR_ENTRY(BOTH)
#define FIELDS_AUTO_RESTART OWNED(BOTH, "", ",'f:operator.1password.io/auto-restart':{}")
#define FIELDS_TEAM OWNED(BOTH, ",'f:team':{}", "")

static struct secretmeta *secret_of(const struct change *c)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'metadata':{'name':'db','namespace':'team','uid':'u','resourceVersion':'7',"
		"'labels':{'others':'x'%s},'annotations':{%s},'ownerReferences':[%s],'managedFields':[%s]}}",
		c->label ? c->label : LABEL, c->annotations ? c->annotations : ANNOTATIONS,
		c->owners ? c->owners : OWNERS, c->managed_fields ? c->managed_fields : FIELDS);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(secretmeta_decode(json, false, &o));
	return (struct secretmeta *)o;
}

static void want_init(struct desired *want, struct kube_owner *owner)
{
	*want = (struct desired){.owners = owner, .n_owners = 1};
	kvlist_set(&want->labels, NAME_MANAGED_LABEL, "true");
}

static void want_release(struct desired *want)
{
	kvlist_release(&want->labels);
	kvlist_release(&want->annotations);
}

/* A constant's fields are not freed; kube_owner has no const texts. */
static char owner_uid[] = "owner-1";
static struct kube_owner one_owner = {.uid = owner_uid};

TEST(plan, what_stands_as_written_is_intact)
{
	static const struct {
		const char *name;
		struct change change;
		const char *want_label, *want_auto_restart;
		int64_t applied_ms; /* of the memo; -1: there is no memo */
		bool intact;
	} cases[] = {
		{"as applied", {0}, NULL, NULL, APPLIED_MS, true},
		{"nobody remembers", {0}, NULL, NULL, -1, true},
		{"not written since start", {0}, NULL, NULL, 0, true},
		{"our entry has another time", {0}, NULL, NULL, APPLIED_MS + 1000, false},
		{"somebody took a key", {.managed_fields = OUR_ENTRY("{'f:a':{}}")}, NULL, NULL, -1, false},
		{"somebody gave us one",
		 {.managed_fields = OUR_ENTRY("{'f:a':{},'f:b':{},'f:c':{}}")},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"managedFields were reset", {.managed_fields = ""}, NULL, NULL, -1, false},
		{"stringData after us",
		 {.managed_fields =
			  FIELDS ",{'manager':'edit','operation':'Update','time':'2026-01-01T00:00:02Z',"
				 "'fieldsV1':{'f:stringData':{'f:a':{}}}}"},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"how many keys there were is not said",
		 {.annotations = "'operator.1password.io/item-path':'" PATH
				 "','operator.1password.io/item-version':'5'"},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"our label is gone", {.label = ""}, NULL, NULL, -1, false},
		{"a label is missing", {0}, "b", NULL, -1, false},
		{"a label is there",
		 {.label = LABEL ",'team':'a'", .managed_fields = FIELDS_TEAM},
		 "a",
		 NULL,
		 -1,
		 true},
		{"a label has another value",
		 {.label = LABEL ",'team':'a'", .managed_fields = FIELDS_TEAM},
		 "b",
		 NULL,
		 -1,
		 false},
		{"a label is no longer asked for",
		 {.label = LABEL ",'team':'a'", .managed_fields = FIELDS_TEAM},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"a label is somebody's own", {.label = LABEL ",'team':'a'"}, NULL, NULL, -1, true},
		{"an owner of ours is no longer wanted",
		 {.owners = "{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-2'}," OWNERS,
		  .managed_fields = "{'manager':'onepassword-operator','operation':'Apply',"
				    "'time':'2026-01-01T00:00:02Z','fieldsV1':{'f:data':" BOTH
				    ",'f:metadata':{'f:labels':{'f:operator.1password.io/managed':{}},"
				    "'f:annotations':{" MARKS "},"
				    "'f:ownerReferences':{'k:owner-1':{},'k:owner-2':{}}}}}"},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"somebody else wrote what it says of the item",
		 {.managed_fields =
			  "{'manager':'onepassword-operator','operation':'Apply','time':'2026-01-01T00:00:"
			  "02Z',"
			  "'fieldsV1':{'f:data':{'f:a':{},'f:b':{}},'f:metadata':{'f:annotations':{"
			  "'f:operator.1password.io/item-path':{},'f:operator.1password.io/keys':{}}}}},"
			  "{'manager':'kubectl-annotate','operation':'Update','time':'2026-01-01T00:00:03Z',"
			  "'fieldsV1':{'f:metadata':{'f:annotations':{"
			  "'f:operator.1password.io/item-version':{}}}}}"},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"auto-restart is missing", {0}, NULL, "true", -1, false},
		{"auto-restart is there",
		 {.annotations = ANNOTATIONS ",'operator.1password.io/auto-restart':'true'",
		  .managed_fields = FIELDS_AUTO_RESTART},
		 NULL,
		 "true",
		 -1,
		 true},
		{"auto-restart is no longer asked for",
		 {.annotations = ANNOTATIONS ",'operator.1password.io/auto-restart':'true'",
		  .managed_fields = FIELDS_AUTO_RESTART},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"auto-restart is somebody's own",
		 {.annotations = ANNOTATIONS ",'operator.1password.io/auto-restart':'true'"},
		 NULL,
		 NULL,
		 -1,
		 true},
		{"the owner is gone", {.owners = ""}, NULL, NULL, -1, false},
		{"another owner took its place",
		 {.owners = "{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-2'}"},
		 NULL,
		 NULL,
		 -1,
		 false},
		{"one more owner",
		 {.owners = "{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-2'}," OWNERS},
		 NULL,
		 NULL,
		 -1,
		 true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secretmeta *have = secret_of(&cases[i].change);
		const struct memo memo = {.applied_ms = cases[i].applied_ms};
		struct desired want CLEANUP(want_release);

		want_init(&want, &one_owner);
		if (cases[i].want_label)
			kvlist_set(&want.labels, "team", cases[i].want_label);
		if (cases[i].want_auto_restart)
			kvlist_set(&want.annotations, NAME_AUTO_RESTART, cases[i].want_auto_restart);
		CHECK_MSG(plan_is_intact(have, &want, cases[i].applied_ms < 0 ? NULL : &memo) ==
				  cases[i].intact,
			  "%s", cases[i].name);
		kobj_unref(&have->o);
	}
}

static struct resolution where_of(const char *item_id, int64_t version, int steady_polls)
{
	struct resolution r = {.version = version, .steady_polls = steady_polls};

	snprintf(r.vault_id, sizeof(r.vault_id), "%s", ID_V);
	snprintf(r.item_id, sizeof(r.item_id), "%s", item_id);
	return r;
}

TEST(plan, decides_by_path_version_and_what_stands)
{
	static const struct {
		const char *name;
		struct change change;
		const char *item_id;
		int64_t version;
		int steady_polls;
		enum plan plan;
	} cases[] = {
		{"there is no Secret", {.label = NO_SECRET}, ID_I, 5, 9, PLAN_SYNC},
		{"it is as it should be", {0}, ID_I, 5, 0, PLAN_KEEP},
		{"a newer version", {0}, ID_I, 6, 0, PLAN_SYNC},
		{"the list does not have the item", {0}, ID_I, 0, 0, PLAN_SYNC},
		{"an older version, once", {0}, ID_I, 4, 1, PLAN_WAIT},
		{"an older version, not long enough", {0}, ID_I, 4, CATALOG_STEADY_POLLS - 1, PLAN_WAIT},
		{"an older version, steadily", {0}, ID_I, 4, CATALOG_STEADY_POLLS, PLAN_SYNC},
		{"another item", {0}, ID_J, 5, 9, PLAN_SYNC},
		{"another item, older, at once", {0}, ID_J, 1, 0, PLAN_SYNC},
		{"not ours", {.label = ""}, ID_I, 5, 9, PLAN_SYNC},
		{"not intact", {.owners = ""}, ID_I, 5, 9, PLAN_SYNC},
		{"not intact, and the version is older", {.owners = ""}, ID_I, 4, 0, PLAN_SYNC},
		{"no version",
		 {.annotations =
			  "'operator.1password.io/item-path':'" PATH "','operator.1password.io/keys':'2'"},
		 ID_I,
		 5,
		 0,
		 PLAN_SYNC},
		{"no path",
		 {.annotations = "'operator.1password.io/item-version':'5','operator.1password.io/keys':'2'"},
		 ID_I,
		 5,
		 0,
		 PLAN_SYNC},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secretmeta *have =
			streq(cases[i].change.label, NO_SECRET) ? NULL : secret_of(&cases[i].change);
		const struct resolution where =
			where_of(cases[i].item_id, cases[i].version, cases[i].steady_polls);
		struct desired want CLEANUP(want_release);

		want_init(&want, &one_owner);
		CHECK_MSG(plan_secret(have, &want, &where, NULL) == cases[i].plan, "%s", cases[i].name);
		if (have)
			kobj_unref(&have->o);
	}
}

TEST(plan, what_we_remember_of_our_last_apply_counts)
{
	struct secretmeta *have = secret_of(&(struct change){0});
	const struct resolution where = where_of(ID_I, 5, 0);
	struct memo memo = {.applied_ms = APPLIED_MS};
	struct desired want CLEANUP(want_release);

	want_init(&want, &one_owner);
	CHECK_INT(plan_secret(have, &want, &where, &memo), PLAN_KEEP);
	memo.applied_ms++;
	CHECK_INT(plan_secret(have, &want, &where, &memo), PLAN_SYNC);
	kobj_unref(&have->o);
}

TEST(plan, the_path_names_ids)
{
	const struct resolution where = where_of(ID_J, 5, 0);
	char path[PLAN_PATH_SIZE];

	plan_path(&where, path);
	CHECK_STR(path, "vaults/" ID_V "/items/" ID_J);
}
