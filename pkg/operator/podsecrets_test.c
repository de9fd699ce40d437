#include "operator/podsecrets.h"

#include "base/test.h"
#include "operator/quoted_test.h"

static void check_found(const char *name, const char *pod_spec, const char *want)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(pod_spec);
	struct strv found CLEANUP(strv_release) = {0};
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 4096);
	podsecrets_find(json, &found);
	for (size_t i = 0; i < found.n; i++)
		strbuf_addf(&text, "%s ", found.v[i]);
	CHECK_MSG(streq(text.p, want), "%s: %s", name, text.p);
}

TEST(podsecrets, finds_every_way_into_a_container)
{
	static const struct {
		const char *name, *pod_spec, *want;
	} cases[] = {
		{"none", "{'containers':[{'name':'c','env':[{'name':'A','value':'b'}]}]}", ""},
		{"env", "{'containers':[{'env':[{'valueFrom':{'secretKeyRef':{'name':'db','key':'k'}}}]}]}",
		 "db "},
		{"envFrom",
		 "{'containers':[{'envFrom':[{'configMapRef':{'name':'no'}},{'secretRef':{'name':'db'}}]}]}",
		 "db "},
		{"init container", "{'initContainers':[{'envFrom':[{'secretRef':{'name':'db'}}]}]}", "db "},
		{"volume among others",
		 "{'volumes':[{'emptyDir':{}},{'secret':{'secretName':'db'}},{'configMap':{'name':'no'}}]}",
		 "db "},
		{"every source of a projected volume",
		 "{'volumes':[{'projected':{'sources':[{'configMap':{'name':'no'}},{'secret':{'name':'b'}},"
		 "{'secret':{'name':'a'}}]}}]}",
		 "a b "},
		{"sorted, once each",
		 "{'containers':[{'env':[{'valueFrom':{'secretKeyRef':{'name':'z'}}},{'valueFrom':{'"
		 "secretKeyRef':{'name':'a'}}},"
		 "{'valueFrom':{'secretKeyRef':{'name':'z'}}}]}],'volumes':[{'secret':{'secretName':'a'}}]}",
		 "a z "},
		{"optional ones too",
		 "{'containers':[{'envFrom':[{'secretRef':{'name':'db','optional':true}}]}]}", "db "},
		{"a name that is missing, empty or no text",
		 "{'containers':[{'envFrom':[{'secretRef':{}},{'secretRef':{'name':''}},{'secretRef':{'name':"
		 "7}}]}],"
		 "'volumes':[{'secret':{'secretName':null}}]}",
		 ""},
		{"a name that no Secret has",
		 "{'containers':[{'envFrom':[{'secretRef':{'name':'UPPER'}},{'secretRef':{'name':'a/b'}},"
		 "{'secretRef':{'name':'ok'}}]}]}",
		 "ok "},
		{"pulling an image is not using it", "{'imagePullSecrets':[{'name':'no'}],'containers':[]}",
		 ""},
		{"wrong types", "{'containers':{'env':[]},'initContainers':'x','volumes':[1,[],null]}", ""},
		{"nothing", "null", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_found(cases[i].name, cases[i].pod_spec, cases[i].want);
}
