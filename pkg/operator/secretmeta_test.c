#include "operator/secretmeta.h"

#include "base/test.h"
#include "operator/quoted_test.h"

/* As a store gives it out. */
static struct secretmeta *decode(const char *metadata, bool with_annotations)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct kobj *o = NULL;

	strbuf_init(&text, 65536);
	strbuf_addf(&text, "{'metadata':{'name':'db','namespace':'team','uid':'u','resourceVersion':'7'%s}}",
		    metadata);
	json = quoted_json(text.p);
	CHECK_OK(secretmeta_decode(json, with_annotations, &o));
	o = kept_take(&secretmeta_form, kept_new(&secretmeta_form, o), "team/db");
	return (struct secretmeta *)o;
}

#define OUR_ENTRY                                                                                            \
	",'managedFields':[{'manager':'onepassword-operator','operation':'Apply',"                           \
	"'time':'2026-01-01T00:00:02Z','fieldsV1':{'f:data':{}}}]"

TEST(secretmeta, keeps_what_we_wrote)
{
	struct secretmeta *s =
		decode(",'labels':{'operator.1password.io/managed':'true','team':'a'},"
		       "'annotations':{'operator.1password.io/item-path':'vaults/v/items/i',"
		       "'operator.1password.io/item-version':'12','operator.1password.io/keys':'2',"
		       "'operator.1password.io/changed-at':'2026-01-01T00:00:02.500Z','note':'x'},"
		       "'managedFields':[{'manager':'onepassword-operator','operation':'Apply','time':'2026-"
		       "01-01T00:00:02Z',"
		       "'fieldsV1':{'f:data':{'f:a':{},'f:b':{}},"
		       "'f:metadata':{'f:annotations':{'f:operator.1password.io/changed-at':{},"
		       "'f:operator.1password.io/item-version':{}}}}}]",
		       false);

	CHECK_STR(s->o.meta.name, "db");
	CHECK_STR(secretmeta_item_path(s), "vaults/v/items/i");
	CHECK_INT(s->item_version, 12);
	CHECK_INT(s->keys_applied, 2);
	CHECK_INT(s->keys_owned, 2);
	CHECK_INT(s->changed_at_ms, 1767225602500);
	CHECK_INT(s->applied_ms, 1767225602000);
	CHECK(!s->string_data_ms);
	CHECK_INT(s->labels.n, 2);
	CHECK_INT(s->annotations.n, 4); /* the others cost memory and are not looked at */
	CHECK(secretmeta_is_ours(s));
	CHECK(!secretmeta_is_original(s));
	kobj_unref(&s->o);
}

TEST(secretmeta, counts_what_is_whose)
{
	struct secretmeta *s = decode(
		",'managedFields':[{'manager':'onepassword-operator','operation':'Apply',"
		"'time':'2026-01-01T00:00:02Z','fieldsV1':{'f:data':{'f:a':{}},'f:metadata':{"
		"'f:labels':{'f:x':{},'f:y':{}},'f:annotations':{'f:1':{},'f:2':{},'f:3':{}},"
		"'f:ownerReferences':{'k:1':{},'k:2':{},'k:3':{},'k:4':{}}}}},"
		"{'manager':'onepassword-operator-owners','operation':'Apply','fieldsV1':{'f:metadata':{"
		"'f:ownerReferences':{'k:1':{},'k:2':{},'k:3':{},'k:4':{},'k:5':{}}}}},"
		"{'manager':'kubectl','operation':'Update','time':'2026-01-01T00:00:03Z','fieldsV1':{"
		"'f:stringData':{}}}]",
		false);

	CHECK_INT(s->keys_owned, 1);
	CHECK_INT(s->labels_owned, 2);
	CHECK_INT(s->annotations_owned, 3);
	CHECK_INT(s->owners_owned, 4);
	CHECK_INT(s->kept_owners, 5);
	CHECK_INT(s->string_data_ms, 1767225603000);
	kobj_unref(&s->o);
}

TEST(secretmeta, keeps_all_annotations_where_they_are_copied)
{
	struct secretmeta *s = decode(",'annotations':{'note':'x','operator.1password.io/keys':'0'}", true);

	CHECK_STR(kvlist_get(&s->annotations, "note"), "x");
	CHECK_INT(s->keys_applied, 0);
	kobj_unref(&s->o);
}

TEST(secretmeta, what_is_no_number_and_no_time_counts_as_absent)
{
	static const char *const texts[] = {
		"",
		",'annotations':{'operator.1password.io/item-version':'','operator.1password.io/keys':'x',"
		"'operator.1password.io/changed-at':'yesterday'}",
		",'annotations':{'operator.1password.io/item-version':'-1','operator.1password.io/"
		"keys':'1.5',"
		"'operator.1password.io/changed-at':''}",
		",'annotations':{'operator.1password.io/item-version':7,'operator.1password.io/keys':null}",
		",'annotations':null,'labels':null,'managedFields':null",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct secretmeta *s = decode(texts[i], false);

		CHECK_MSG(s->item_version == -1, "row %zu", i);
		CHECK_MSG(s->keys_applied == -1, "row %zu", i);
		CHECK_MSG(s->changed_at_ms == 0, "row %zu", i);
		CHECK_MSG(s->keys_owned == 0, "row %zu", i);
		kobj_unref(&s->o);
	}
	CHECK_INT(err_live(), 0);
}

TEST(secretmeta, tells_whose_a_secret_is)
{
	static const struct {
		const char *name, *metadata;
		bool ours, original;
	} cases[] = {
		{"a stranger's", "", false, false},
		{"the original's",
		 ",'annotations':{'operator.1password.io/item-path':'p','operator.1password.io/"
		 "item-version':'3'}",
		 false, true},
		{"a path alone is anybody's", ",'annotations':{'operator.1password.io/item-path':'p'}", false,
		 false},
		{"a version alone is anybody's", ",'annotations':{'operator.1password.io/item-version':'3'}",
		 false, false},
		{"ours",
		 OUR_ENTRY ",'labels':{'operator.1password.io/managed':'true'},"
			   "'annotations':{'operator.1password.io/item-path':'p','operator.1password.io/"
			   "item-version':'3'}",
		 true, false},
		{"ours without its annotations",
		 OUR_ENTRY ",'labels':{'operator.1password.io/managed':'true'}", true, false},
		{"our label alone is anybody's", ",'labels':{'operator.1password.io/managed':'true'}", false,
		 false},
		{"the label says no", OUR_ENTRY ",'labels':{'operator.1password.io/managed':'false'}", false,
		 false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secretmeta *s = decode(cases[i].metadata, false);

		CHECK_MSG(secretmeta_is_ours(s) == cases[i].ours, "%s", cases[i].name);
		CHECK_MSG(secretmeta_is_original(s) == cases[i].original, "%s", cases[i].name);
		kobj_unref(&s->o);
	}
}

TEST(secretmeta, refuses_what_is_no_object)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json("{'metadata':{'name':'db'}}");
	struct kobj *o = NULL;

	CHECK_ERR(secretmeta_decode(json, false, &o), ERR_PROTOCOL);
	CHECK(!o);
	CHECK_INT(err_live(), 0);
}
