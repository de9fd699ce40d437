#include "operator/workload.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#define META                                                                                                 \
	"'name':'web','namespace':'team','uid':'u1','resourceVersion':'7','creationTimestamp':'2026-01-"     \
	"01T00:00:00Z'"
#define ANNOTATED                                                                                            \
	"'annotations':{'operator.1password.io/item-path':'vaults/v/items/i','operator.1password.io/"        \
	"item-name':'db'}"
#define USES_TLS "{'containers':[{'envFrom':[{'secretRef':{'name':'tls'}}]}]}"

/* NULL: of no interest. */
static struct workload *decode(const char *text)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(workload_decode(&kube_deployments, json, NULL, &o));
	return (struct workload *)o;
}

static struct workload *decode_parts(const char *annotations, const char *template_annotations)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'metadata':{" META ",'annotations':%s},'spec':{'template':{'metadata':{'annotations':%s},"
		"'spec':" USES_TLS "}}}",
		annotations, template_annotations);

	return decode(text);
}

TEST(workload, asks_for_a_secret_by_its_annotations)
{
	struct workload *w = decode("{'metadata':{" META "," ANNOTATED "},'spec':{'template':{'spec':{}}}}");

	CHECK_INT(w->n_requests, 1);
	CHECK_STR(w->requests[0].item_path, "vaults/v/items/i");
	CHECK_STR(w->requests[0].secret_name, "db");
	CHECK_STR(w->api_version, "apps/v1");
	CHECK(w->resource == &kube_deployments);
	CHECK_INT(w->o.meta.created_ms, 1767225600000);
	CHECK_STR(w->auto_restart, NULL);
	CHECK_STR(w->stamp, NULL);
	CHECK(!w->has_finalizer);
	/* What it asks for counts as used, however its pods get at it. */
	CHECK_INT(w->secrets.n, 1);
	CHECK_STR(w->secrets.v[0], "db");
	kobj_unref(&w->o);
}

TEST(workload, the_pod_template_is_asked_only_where_the_workload_says_nothing)
{
	static const struct {
		const char *name, *annotations, *template_annotations;
		const char *item_path, *secret_name;
	} cases[] = {
		{"the workload's own",
		 "{'operator.1password.io/item-path':'p','operator.1password.io/item-name':'n'}",
		 "{'operator.1password.io/item-path':'q','operator.1password.io/item-name':'m'}", "p", "n"},
		{"the template's", "{}",
		 "{'operator.1password.io/item-path':'q','operator.1password.io/item-name':'m'}", "q", "m"},
		{"never merged", "{'operator.1password.io/item-path':'p'}",
		 "{'operator.1password.io/item-name':'m'}", NULL, NULL},
		{"any of ours on the workload hides the template", "{'operator.1password.io/inject':'app'}",
		 "{'operator.1password.io/item-path':'q','operator.1password.io/item-name':'m'}", NULL, NULL},
		{"those about restarts do not",
		 "{'operator.1password.io/auto-restart':'true','operator.1password.io/last-restarted':'x'}",
		 "{'operator.1password.io/item-path':'q','operator.1password.io/item-name':'m'}", "q", "m"},
		{"those of others do not",
		 "{'example.com/item-name':'x','operator.1password.io/':'x','operator.1password.io/7':'x'}",
		 "{'operator.1password.io/item-path':'q','operator.1password.io/item-name':'m'}", "q", "m"},
		{"no path", "{'operator.1password.io/item-name':'n'}", "{}", "", "n"},
		{"an empty name",
		 "{'operator.1password.io/item-path':'p','operator.1password.io/item-name':''}", "{}", NULL,
		 NULL},
		{"none", "{}", "{}", NULL, NULL},
		{"wrong types", "{'operator.1password.io/item-path':7,'operator.1password.io/item-name':[]}",
		 "null", NULL, NULL},
		{"a name to be mended",
		 "{'operator.1password.io/item-path':'p','operator.1password.io/item-name':'My DB!'}", "{}",
		 "p", "my-db"},
		{"a name that can't be mended",
		 "{'operator.1password.io/item-path':'p','operator.1password.io/item-name':'a..b'}", "{}",
		 NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workload *w = decode_parts(cases[i].annotations, cases[i].template_annotations);

		CHECK_MSG(w->n_requests == (cases[i].secret_name ? 1 : 0), "%s", cases[i].name);
		if (w->n_requests == 1) {
			CHECK_MSG(streq(w->requests[0].item_path, cases[i].item_path), "%s", cases[i].name);
			CHECK_MSG(streq(w->requests[0].secret_name, cases[i].secret_name), "%s",
				  cases[i].name);
		}
		CHECK_MSG(strv_has(&w->secrets, "tls"), "%s", cases[i].name);
		kobj_unref(&w->o);
	}
	CHECK_INT(err_live(), 0);
}

TEST(workload, asks_for_several_secrets_by_suffixed_pairs)
{
	struct workload *w = decode_parts(
		"{'operator.1password.io/item-name':'db','operator.1password.io/item-path':'p',"
		"'operator.1password.io/item-name.cache':'Cache','operator.1password.io/item-path.cache':'q',"
		"'operator.1password.io/item-name.again':'db','operator.1password.io/"
		"item-path.again':'other',"
		"'operator.1password.io/item-name.':'dot','operator.1password.io/item-name.bad':'###',"
		"'operator.1password.io/item-path.alone':'r','operator.1password.io/"
		"item-name.no-path':'empty'}",
		"{}");

	CHECK_INT(w->n_requests, 3);
	CHECK_STR(workload_request(w, "db")->item_path, "p");
	CHECK_STR(workload_request(w, "cache")->item_path, "q");
	CHECK_STR(workload_request(w, "cache")->item_name, "Cache");
	/* Of a pair that is not whole, the Secret's status tells what is wrong. */
	CHECK_STR(workload_request(w, "empty")->item_path, "");
	CHECK(!workload_request(w, "dot"));
	CHECK(strv_has(&w->secrets, "cache"));
	kobj_unref(&w->o);
}

TEST(workload, only_annotations_that_describe_the_secret_are_kept_for_it)
{
	struct workload *w = decode_parts(
		"{'operator.1password.io/item-name':'n','operator.1password.io/"
		".x':'1','operator.1password.io/team':'a',"
		"'operator.1password.io/auto-restart':'true','operator.1password.io/last-restarted':'t',"
		"'operator.1password.io/9':'no','kubectl.kubernetes.io/x':'no'}",
		"{'operator.1password.io/last-restarted':'stamp'}");

	CHECK_INT(w->annotations.n, 3);
	CHECK_STR(kvlist_get(&w->annotations, "operator.1password.io/team"), "a");
	CHECK_STR(kvlist_get(&w->annotations, "operator.1password.io/.x"), "1");
	CHECK_STR(w->auto_restart, "true");
	CHECK_STR(w->stamp, "stamp");
	kobj_unref(&w->o);
}

TEST(workload, is_kept_only_where_it_concerns_us)
{
	static const struct {
		const char *name, *text;
		bool kept;
	} cases[] = {
		{"nothing of ours",
		 "{'metadata':{" META "},'spec':{'template':{'spec':{'containers':[{'name':'c'}]}}}}", false},
		{"not even a spec", "{'metadata':{" META "}}", false},
		{"uses a Secret", "{'metadata':{" META "},'spec':{'template':{'spec':" USES_TLS "}}}", true},
		{"asks for one", "{'metadata':{" META "," ANNOTATED "}}", true},
		{"has the original's finalizer",
		 "{'metadata':{" META ",'finalizers':['onepassword.com/finalizer.secret']}}", true},
		{"has another finalizer", "{'metadata':{" META ",'finalizers':['foregroundDeletion']}}",
		 false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workload *w = decode(cases[i].text);

		CHECK_MSG(!!w == cases[i].kept, "%s", cases[i].name);
		if (w)
			kobj_unref(&w->o);
	}
}

TEST(workload, of_another_operator_asks_nothing_of_this_one)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(
		"{'metadata':{" META
		",'labels':{'team':'red'},'finalizers':['onepassword.com/finalizer.secret']," ANNOTATED
		"},'spec':{'template':{'spec':" USES_TLS "}}}");
	struct kube_selector *blue = NULL, *red = NULL;
	struct kobj *theirs = NULL, *ours = NULL;

	CHECK_OK(kube_selector_parse("team=blue", &blue));
	CHECK_OK(kube_selector_parse("team=red", &red));
	CHECK_OK(workload_decode(&kube_deployments, json, blue, &theirs));
	CHECK_OK(workload_decode(&kube_deployments, json, red, &ours));
	CHECK_INT(((struct workload *)theirs)->n_requests, 0);
	CHECK(!((struct workload *)theirs)->has_finalizer);
	CHECK_INT(((struct workload *)theirs)->secrets.n, 1); /* it rolls when that changes */
	CHECK_INT(((struct workload *)ours)->n_requests, 1);
	CHECK(((struct workload *)ours)->has_finalizer);
	kobj_unref(theirs);
	kobj_unref(ours);
	kube_selector_free(blue);
	kube_selector_free(red);
}

TEST(workload, that_is_a_cronjob_may_ask_and_is_never_restarted)
{
	static const char asks[] =
		"{'metadata':{" META "},'spec':{'jobTemplate':{'spec':{'template':{'metadata':{" ANNOTATED
		"},'spec':" USES_TLS "}}}}}";
	static const char uses[] =
		"{'metadata':{" META "},'spec':{'jobTemplate':{'spec':{'template':{'spec':" USES_TLS "}}}}}";
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(asks);
	struct jsonx *other CLEANUP(jsonx_freep) = quoted_json(uses);
	struct kobj *o = NULL, *none = NULL;
	const struct workload *w;

	CHECK_OK(workload_decode(&kube_cronjobs, json, NULL, &o));
	w = (const struct workload *)o;
	CHECK_INT(w->n_requests, 1);
	CHECK_STR(w->requests[0].secret_name, "db");
	CHECK_STR(w->api_version, "batch/v1");
	CHECK_INT(w->secrets.n, 1);
	CHECK(w->never_restarted && !w->rolling);
	kobj_unref(o);
	CHECK_OK(workload_decode(&kube_cronjobs, other, NULL, &none));
	CHECK(!none);
}

TEST(workload, refuses_what_is_no_object)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json("{'spec':{}}");
	struct kobj *o = NULL;

	CHECK_ERR(workload_decode(&kube_deployments, json, NULL, &o), ERR_PROTOCOL);
	CHECK(!o);
	CHECK_INT(err_live(), 0);
}

TEST(workload, is_indexed_by_what_it_asks_for_and_by_all_that_it_uses)
{
	struct workload *w =
		decode("{'metadata':{" META "," ANNOTATED "},'spec':{'template':{'spec':" USES_TLS "}}}");
	struct strv index CLEANUP(strv_release) = {0}, keys CLEANUP(strv_release) = {0};
	char want[WORKLOAD_INDEX_SIZE];

	workload_index_keys(&w->o, &index);
	CHECK_INT(index.n, 3);
	workload_index_makes("team/db", want);
	CHECK(strv_has(&index, want));
	workload_index_uses("team/db", want);
	CHECK(strv_has(&index, want));
	workload_index_uses("team/tls", want);
	CHECK(strv_has(&index, want));

	workload_secret_keys(w, &keys);
	CHECK_INT(keys.n, 2);
	CHECK(strv_has(&keys, "team/db") && strv_has(&keys, "team/tls"));
	kobj_unref(&w->o);
}

/* By that key its finalizer goes, whatever it asks for. */
TEST(workload, with_the_originals_finalizer_has_a_key_of_its_own)
{
	struct workload *w =
		decode("{'metadata':{" META ",'finalizers':['onepassword.com/finalizer.secret']}}");
	struct strv keys CLEANUP(strv_release) = {0};

	workload_secret_keys(w, &keys);
	CHECK_INT(keys.n, 1);
	CHECK_STR(keys.v[0], "team/web");
	kobj_unref(&w->o);
}

TEST(workload, with_a_name_that_no_secret_can_have_has_a_key_of_its_own)
{
	struct workload *w =
		decode("{'metadata':{" META ",'annotations':{'operator.1password.io/item-name':'a..b',"
		       "'operator.1password.io/item-path':'vaults/v/items/i'}}}");
	struct strv keys CLEANUP(strv_release) = {0};

	CHECK_STR(w->bad_name, "a..b");
	CHECK_INT(w->n_requests, 0);
	workload_secret_keys(w, &keys);
	CHECK_INT(keys.n, 1);
	CHECK_STR(keys.v[0], "team/web");
	kobj_unref(&w->o);
}

TEST(workload, a_status_update_is_no_change)
{
	static const char base[] =
		"{'metadata':{" META "," ANNOTATED "},'spec':{'template':{'spec':" USES_TLS "}}}";
	static const struct {
		const char *name, *text;
		bool equal;
	} cases[] = {
		{"itself", base, true},
		{"another version, a status, another field of the spec",
		 "{'metadata':{'name':'web','namespace':'team','uid':'u1','resourceVersion':'8'," ANNOTATED
		 "},'spec':{'replicas':3,'template':{'spec':" USES_TLS "}},'status':{'replicas':2}}",
		 true},
		{"another uid",
		 "{'metadata':{'name':'web','namespace':'team','uid':'u2','resourceVersion':'8'," ANNOTATED
		 "},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"being deleted",
		 "{'metadata':{" META ",'deletionTimestamp':'2026-01-02T00:00:00Z'," ANNOTATED
		 "},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"another path",
		 "{'metadata':{" META ",'annotations':{'operator.1password.io/item-path':'vaults/v/items/j',"
		 "'operator.1password.io/item-name':'db'}},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"another Secret",
		 "{'metadata':{" META ",'annotations':{'operator.1password.io/item-path':'vaults/v/items/i',"
		 "'operator.1password.io/item-name':'dc'}},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"one more annotation",
		 "{'metadata':{" META ",'annotations':{'operator.1password.io/item-path':'vaults/v/items/i',"
		 "'operator.1password.io/item-name':'db','operator.1password.io/"
		 "x':'y'}},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"auto-restart",
		 "{'metadata':{" META ",'annotations':{'operator.1password.io/item-path':'vaults/v/items/i',"
		 "'operator.1password.io/item-name':'db','operator.1password.io/"
		 "auto-restart':'true'}},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
		{"uses one more",
		 "{'metadata':{" META "," ANNOTATED
		 "},'spec':{'template':{'spec':{'containers':[{'envFrom':[{'secretRef':{'name':'tls'}},"
		 "{'secretRef':{'name':'b'}}]}]}}}}",
		 false},
		{"uses another",
		 "{'metadata':{" META "," ANNOTATED "},'spec':{'template':{'spec':{'containers':[{'envFrom':["
		 "{'secretRef':{'name':'tlz'}}]}]}}}}",
		 false},
		{"stamped",
		 "{'metadata':{" META "," ANNOTATED
		 "},'spec':{'template':{'metadata':{'annotations':{'operator.1password.io/"
		 "last-restarted':'t'}},'spec':" USES_TLS "}}}",
		 false},
		{"finalizer",
		 "{'metadata':{" META ",'finalizers':['onepassword.com/finalizer.secret']," ANNOTATED
		 "},'spec':{'template':{'spec':" USES_TLS "}}}",
		 false},
	};
	struct workload *was = decode(base);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workload *is = decode(cases[i].text);

		CHECK_MSG(workload_equal(was, is) == cases[i].equal, "%s", cases[i].name);
		kobj_unref(&is->o);
	}
	kobj_unref(&was->o);
}
