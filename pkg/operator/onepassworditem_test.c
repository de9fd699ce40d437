#include "operator/onepassworditem.h"

#include "base/test.h"
#include "operator/quoted_test.h"

#define META "'name':'db','namespace':'team','uid':'u','resourceVersion':'7','generation':3"

/* As a store gives it out. */
static struct onepassworditem *decode(const char *text, bool with_annotations)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(onepassworditem_decode(json, with_annotations, &o));
	o = kept_take(&onepassworditem_form, kept_new(&onepassworditem_form, o), "team/db");
	return (struct onepassworditem *)o;
}

TEST(onepassworditem, reads_what_a_user_and_we_have_written)
{
	struct onepassworditem *i =
		decode("{'apiVersion':'onepassword.com/v1','kind':'OnePasswordItem','metadata':{" META
		       ",'labels':{'team':'a'},'annotations':{'operator.1password.io/"
		       "auto-restart':'true','note':'x'},"
		       "'finalizers':['other/one','onepassword.com/finalizer.secret']},"
		       "'spec':{'itemPath':'vaults/Team/items/Database'},'type':'kubernetes.io/basic-auth',"
		       "'status':{'conditions':[{'type':'Stalled','status':'Unknown','message':'no'},"
		       "{'type':'Ready','status':'False','reason':'ItemNotFound','message':'gone',"
		       "'lastTransitionTime':'2026-01-01T00:00:00Z','observedGeneration':2}],"
		       "'observedGeneration':2,'itemPath':'vaults/v/items/i','itemVersion':9}}",
		       false);

	CHECK_STR(i->o.meta.name, "db");
	CHECK_INT(i->o.meta.generation, 3);
	CHECK_STR(i->item_path, "vaults/Team/items/Database");
	CHECK_STR(i->type, "kubernetes.io/basic-auth");
	CHECK_STR(i->auto_restart, "true");
	CHECK_STR(kvlist_get(&i->labels, "team"), "a");
	CHECK_INT(i->annotations.n, 0);
	CHECK(i->has_finalizer);
	CHECK_STR(i->status.ready, "False");
	CHECK_STR(i->status.reason, "ItemNotFound");
	CHECK_STR(i->status.message, "gone");
	CHECK_STR(i->status.transition, "2026-01-01T00:00:00Z");
	CHECK_INT(i->status.condition_generation, 2);
	CHECK_INT(i->status.observed_generation, 2);
	CHECK_STR(i->status.item_path, "vaults/v/items/i");
	CHECK_INT(i->status.item_version, 9);
	kobj_unref(&i->o);
}

TEST(onepassworditem, reads_what_stands_in_a_status_at_times)
{
	struct onepassworditem *i = decode(
		"{'metadata':{" META ",'annotations':{'operator.1password.io/force-sync':'now'}},'status':{"
		"'conditions':[{'type':'TokenExpiring','message':'soon','lastTransitionTime':'2026-01-01T00:"
		"00:00Z'},"
		"{'type':'Stalled','lastTransitionTime':'2026-01-02T00:00:00Z'}],'forceSync':'then','"
		"restartsPending':4}}",
		false);

	CHECK_STR(i->force_sync, "now");
	CHECK_STR(i->status.token_message, "soon");
	CHECK_STR(i->status.token_transition, "2026-01-01T00:00:00Z");
	CHECK(i->status.stalled);
	CHECK_STR(i->status.stalled_transition, "2026-01-02T00:00:00Z");
	CHECK_STR(i->status.force_sync, "then");
	CHECK_INT(i->status.restarts_pending, 4);
	CHECK_STR(i->status.ready, NULL);
	kobj_unref(&i->o);
}

TEST(onepassworditem, keeps_annotations_only_where_they_are_copied)
{
	struct onepassworditem *i = decode(
		"{'metadata':{" META ",'annotations':{'note':'x','operator.1password.io/auto-restart':''}}}",
		true);

	CHECK_STR(kvlist_get(&i->annotations, "note"), "x");
	CHECK_STR(i->auto_restart, "");
	kobj_unref(&i->o);
}

TEST(onepassworditem, what_is_missing_or_of_the_wrong_type_counts_as_absent)
{
	static const char *const texts[] = {
		"{'metadata':{" META "}}",
		"{'metadata':{" META
		",'labels':null,'annotations':null,'finalizers':null},'spec':null,'type':null,'status':null}",
		"{'metadata':{" META
		",'labels':[],'annotations':'x','finalizers':{}},'spec':'x','type':1,'status':[]}",
		"{'metadata':{" META "},'spec':{'itemPath':7},'status':{'conditions':[null,3,{'type':7}]}}",
		"{'metadata':{" META
		"},'spec':{},'status':{'conditions':{'type':'Ready'},'itemPath':[],'itemVersion':'9'}}",
	};

	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		struct onepassworditem *i = decode(texts[n], true);

		CHECK_MSG(streq(i->item_path, "") && streq(i->type, ""), "row %zu", n);
		CHECK_MSG(!i->auto_restart && i->labels.n == 0 && i->annotations.n == 0, "row %zu", n);
		CHECK_MSG(!i->has_finalizer, "row %zu", n);
		CHECK_MSG(!i->status.ready && !i->status.message && !i->status.item_path, "row %zu", n);
		CHECK_MSG(i->status.item_version == 0 && i->status.observed_generation == 0, "row %zu", n);
		kobj_unref(&i->o);
	}
	CHECK_INT(err_live(), 0);
}

TEST(onepassworditem, refuses_what_is_no_object)
{
	static const char *const texts[] = {"{}", "[]", "{'metadata':{'name':'db','uid':'u'}}"};

	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(texts[n]);
		struct kobj *o = NULL;

		CHECK_ERR(onepassworditem_decode(json, false, &o), ERR_PROTOCOL);
		CHECK(!o);
	}
	CHECK_INT(err_live(), 0);
}
