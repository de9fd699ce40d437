#include "operator/secretbody.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"
#include "operator/quoted_test.h"

static char v1[] = "v1", kind[] = "K", name[] = "n", uid[] = "owner-1";
static struct kube_owner owner = {.api_version = v1, .kind = kind, .name = name, .uid = uid};
static char key_user[] = "user";
static struct secretdata_entry user = {.key = key_user, .p = "admin", .len = 5};

static void check_apply(const struct secretbody_object *object, const struct secretbody_item *item,
			bool with_data, const char *want_text)
{
	struct desired want = {.type = "Opaque", .owners = &owner, .n_owners = 1};
	const struct secretdata data = {.v = &user, .n = with_data ? 1 : 0};
	struct secret *body CLEANUP(secret_freep) = secret_new(65536);
	char *expected CLEANUP(mem_freep) = quoted_dup(want_text);

	kvlist_set(&want.labels, "team", "a");
	kvlist_set(&want.annotations, NAME_ITEM_NAME, "db");
	CHECK_OK(secretbody_apply(object, &want, item, &data, body));
	CHECK_STR(secret_bytes(body), expected);
	kvlist_release(&want.labels);
	kvlist_release(&want.annotations);
}

TEST(secretbody, a_create_must_not_overwrite)
{
	const struct secretbody_object object = {.namespace = "team", .name = "db"};
	const struct secretbody_item item = {.path = "vaults/v/items/i", .version = 7};

	check_apply(&object, &item, true,
		    "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'db','namespace':'team','"
		    "resourceVersion':'1',"
		    "'labels':{'team':'a'},'annotations':{'operator.1password.io/item-name':'db',"
		    "'operator.1password.io/item-path':'vaults/v/items/i','operator.1password.io/"
		    "item-version':'7',"
		    "'operator.1password.io/keys':'1'},"
		    "'ownerReferences':[{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-1'}]},"
		    "'type':'Opaque','data':{'user':'YWRtaW4='}}");
}

TEST(secretbody, an_update_means_one_version_of_one_object_and_repeats_when_values_changed)
{
	const struct secretbody_object object = {
		.namespace = "team", .name = "db", .uid = "u", .resource_version = "42"};
	const struct secretbody_item item = {.path = "p", .version = 7, .changed_at_ms = 1767225602500};

	check_apply(&object, &item, false,
		    "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'db','namespace':'team','uid':'u',"
		    "'resourceVersion':'42','labels':{'team':'a'},'annotations':{'operator.1password.io/"
		    "item-name':'db',"
		    "'operator.1password.io/item-path':'p','operator.1password.io/item-version':'7',"
		    "'operator.1password.io/keys':'0','operator.1password.io/"
		    "changed-at':'2026-01-01T00:00:02.500Z'},"
		    "'ownerReferences':[{'apiVersion':'v1','kind':'K','name':'n','uid':'owner-1'}]},"
		    "'type':'Opaque','data':{}}");
}

TEST(secretbody, the_record_of_restarts_is_all_that_its_manager_writes)
{
	const struct secretbody_object object = {
		.namespace = "team", .name = "db", .uid = "u", .resource_version = "42"};
	struct strbuf body CLEANUP(strbuf_release) = {0};
	char *expected CLEANUP(mem_freep) = quoted_dup(
		"{'apiVersion':'v1','kind':'Secret','metadata':{'name':'db','namespace':'team','uid':'u',"
		"'resourceVersion':'42','annotations':{'operator.1password.io/"
		"restarted':'{\\'*\\':\\'t\\'}'}}}");

	strbuf_init(&body, 65536);
	CHECK_OK(secretbody_restarted(&object, "{\"*\":\"t\"}", &body));
	CHECK_STR(body.p, expected);
}

TEST(secretbody, what_does_not_fit_is_an_error)
{
	const struct secretbody_object object = {.namespace = "team", .name = "db"};
	const struct secretbody_item item = {.path = "p", .version = 7};
	const struct desired want = {.type = "Opaque"};
	const struct secretdata data = {.v = &user, .n = 1};
	struct secret *body CLEANUP(secret_freep) = secret_new(100);

	CHECK_ERR(secretbody_apply(&object, &want, &item, &data, body), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
}
