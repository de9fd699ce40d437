#include "kube/path.h"

#include "base/test.h"

TEST(path, addresses_core_and_group_resources)
{
	static const struct kube_resource items = {"onepassword.com", "v1", "onepassworditems",
						   "OnePasswordItem", true};
	static const struct {
		struct kube_target target;
		const char *want;
	} cases[] = {
		{{&kube_secrets, "team", "db", NULL}, "/api/v1/namespaces/team/secrets/db"},
		{{&kube_secrets, "team", NULL, NULL}, "/api/v1/namespaces/team/secrets"},
		{{&kube_secrets, NULL, NULL, NULL}, "/api/v1/secrets"},
		{{&kube_secrets, "", NULL, NULL}, "/api/v1/secrets"},
		{{&kube_namespaces, NULL, "team", NULL}, "/api/v1/namespaces/team"},
		{{&kube_deployments, "team", "web", NULL}, "/apis/apps/v1/namespaces/team/deployments/web"},
		{{&items, "team", "db", "status"},
		 "/apis/onepassword.com/v1/namespaces/team/onepassworditems/db/status"},
		{{&kube_secrets, "team", "a?b#c d\xc3\xa9", NULL},
		 "/api/v1/namespaces/team/secrets/a%3Fb%23c%20d%C3%A9"},
		{{&kube_secrets, "team", "system:x", NULL}, "/api/v1/namespaces/team/secrets/system%3Ax"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf path = {0};

		strbuf_init(&path, KUBE_PATH_MAX);
		CHECK_OK(kube_path_add(&path, &cases[i].target));
		CHECK_STR(path.p, cases[i].want);
	}
}

TEST(path, never_leads_to_another_object)
{
	static const struct {
		struct kube_target target;
		enum err_kind kind;
	} cases[] = {
		{{&kube_secrets, NULL, "db", NULL}, ERR_INTERNAL},
		{{&kube_secrets, "", "db", NULL}, ERR_INTERNAL},
		{{&kube_namespaces, "team", "team", NULL}, ERR_INTERNAL},
		{{&kube_secrets, "team", "", NULL}, ERR_INVALID},
		{{&kube_secrets, "team", "..", NULL}, ERR_INVALID},
		{{&kube_secrets, "..", "db", NULL}, ERR_INVALID},
		{{&kube_secrets, "team", ".", NULL}, ERR_INVALID},
		{{&kube_secrets, "team", "a/b", NULL}, ERR_INVALID},
		{{&kube_secrets, "team/secrets/x?", "b", NULL}, ERR_INVALID},
		{{&kube_secrets, "team", "a%2fb", NULL}, ERR_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf path = {0};

		strbuf_init(&path, KUBE_PATH_MAX);
		CHECK_ERR(kube_path_add(&path, &cases[i].target), cases[i].kind);
	}
	CHECK_INT(err_live(), 0);
}

TEST(path, query_is_encoded)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};

	strbuf_init(&path, KUBE_PATH_MAX);
	strbuf_adds(&path, "/x");
	kube_query_add(&path, "none", NULL);
	kube_query_add(&path, "empty", "");
	kube_query_add(&path, "labelSelector", "a/b=c,!d");
	kube_query_add(&path, "limit", "500");
	CHECK_STR(path.p, "/x?labelSelector=a%2Fb%3Dc%2C%21d&limit=500");
}
