#include "kube/meta.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

static err_t parse(const char *text, struct kube_meta *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(jsonx_parse(text, strlen(text), &doc));
	return kube_meta_parse(doc, out);
}

TEST(meta, reads_what_every_object_carries)
{
	CLEANUP(kube_meta_release) struct kube_meta m = {0};

	CHECK_OK(parse(
		"{\"metadata\":{\"namespace\":\"team\",\"name\":\"db\",\"uid\":\"u-1\",\"generation\":7,"
		"\"resourceVersion\":\"42\",\"creationTimestamp\":\"1970-01-01T00:00:02Z\","
		"\"deletionTimestamp\":\"1970-01-01T00:00:03Z\",\"ownerReferences\":[{\"apiVersion\":"
		"\"apps/v1\",\"kind\":\"Deployment\",\"name\":\"web\",\"uid\":\"u-2\"}]}}",
		&m));
	CHECK_STR(m.namespace, "team");
	CHECK_STR(m.name, "db");
	CHECK_STR(m.uid, "u-1");
	CHECK_STR(m.resource_version, "42");
	CHECK_INT(m.generation, 7);
	CHECK_INT(m.created_ms, 2000);
	CHECK(m.deleting);
	CHECK_INT(m.n_owners, 1);
	CHECK_STR(m.owners[0].api_version, "apps/v1");
	CHECK_STR(m.owners[0].kind, "Deployment");
	CHECK_STR(m.owners[0].name, "web");
	CHECK_STR(m.owners[0].uid, "u-2");
}

TEST(meta, has_defaults_for_what_may_be_absent)
{
	CLEANUP(kube_meta_release) struct kube_meta m = {0};

	CHECK_OK(parse("{\"metadata\":{\"name\":\"db\",\"uid\":\"u-1\",\"resourceVersion\":\"1\","
		       "\"creationTimestamp\":null,\"deletionTimestamp\":null,\"ownerReferences\":[]}}",
		       &m));
	CHECK_STR(m.namespace, "");
	CHECK_INT(m.generation, 0);
	CHECK_INT(m.created_ms, 0);
	CHECK(!m.deleting);
	CHECK_INT(m.n_owners, 0);
}

TEST(meta, refuses_what_no_api_server_sends)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
		"{\"metadata\":{\"name\":\"\",\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
		"{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}",
		"{\"metadata\":{\"name\":\"n\",\"uid\":\"u\"}}",
		"{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":1}}",
		"{\"metadata\":{\"name\":\"a\\u0000b\",\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
		"{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"1\",\"creationTimestamp\":"
		"\"soon\"}}",
		"{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"1\",\"ownerReferences\":{"
		"\"a\":"
		"1}}}",
		"{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"1\",\"ownerReferences\":[{"
		"\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\"}]}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct kube_meta m = {0};
		err_t e = parse(texts[i], &m);

		CHECK_MSG(err_is(e, ERR_PROTOCOL), "%s", texts[i]);
		err_free(e);
		CHECK(!m.name);
	}
	CHECK_INT(err_live(), 0);
}

TEST(meta, refuses_names_longer_than_kubernetes_allows)
{
	for (size_t len = 253; len <= 254; len++) {
		char name[256] = {0};
		CLEANUP(kube_meta_release) struct kube_meta m = {0};

		memset(name, 'a', len);
		CLEANUP(mem_freep)
		char *text = mem_printf(
			"{\"metadata\":{\"name\":\"%s\",\"uid\":\"u\",\"resourceVersion\":\"1\"}}", name);
		err_t e = parse(text, &m);
		CHECK_INT(err_is(e, ERR_PROTOCOL), len == 254);
		err_free(e);
	}
}

TEST(meta, annotations_and_labels_are_objects_or_absent)
{
	static const char text[] = "{\"metadata\":{\"annotations\":{\"a\":\"1\"},\"labels\":[\"no\"]}}";
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &doc));
	CHECK_STR(jsonx_get_str(kube_annotations(doc), "a"), "1");
	CHECK(!kube_labels(doc));
	CHECK(!kube_labels(NULL));
}

TEST(meta, keys_survive_the_round_trip)
{
	static const struct {
		const char *namespace, *name, *key;
	} cases[] = {{"team", "db", "team/db"}, {"", "node-1", "node-1"}, {NULL, "node-1", "node-1"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char key[KUBE_KEY_SIZE], namespace[254], name[254];

		kube_key_format(cases[i].namespace, cases[i].name, key);
		CHECK_STR(key, cases[i].key);
		CHECK(kube_key_parse(key, namespace, name));
		CHECK_STR(namespace, cases[i].namespace ? cases[i].namespace : "");
		CHECK_STR(name, cases[i].name);
	}
}

TEST(meta, broken_keys_are_refused)
{
	static const char *const keys[] = {"", "/", "/name", "team/", "a/b/c"};
	char namespace[254], name[254], longest[255 + 1] = {0};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		CHECK_MSG(!kube_key_parse(keys[i], namespace, name), "%s", keys[i]);
	memset(longest, 'a', 254);
	CHECK(!kube_key_parse(longest, namespace, name));
	longest[253] = '\0';
	CHECK(kube_key_parse(longest, namespace, name));
}

TEST(meta, knows_kubernetes_names)
{
	static const struct {
		const char *s;
		bool subdomain, label, key;
	} cases[] = {
		{"db", true, true, true},
		{"db-1.example", true, false, true},
		{"a", true, true, true},
		{"", false, false, false},
		{NULL, false, false, false},
		{"-db", false, false, true},
		{"db-", false, false, true},
		{"db..x", false, false, true},
		{".db", false, false, true},
		{"db.", false, false, true},
		{"a-.b", false, false, true},
		{"Db", false, false, true},
		{"d_b", false, false, true},
		{"d b", false, false, false},
		{"d/b", false, false, false},
		{".", false, false, false},
		{"..", false, false, false},
		{"..data", false, false, false},
		{"d\xc3\xa9", false, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_MSG(kube_is_dns_subdomain(cases[i].s) == cases[i].subdomain, "%s", cases[i].s);
		CHECK_MSG(kube_is_dns_label(cases[i].s) == cases[i].label, "%s", cases[i].s);
		CHECK_MSG(kube_is_config_key(cases[i].s) == cases[i].key, "%s", cases[i].s);
	}
}

TEST(meta, names_have_a_longest_length)
{
	char s[256] = {0};

	memset(s, 'a', 253);
	CHECK(kube_is_dns_subdomain(s) && kube_is_config_key(s) && !kube_is_dns_label(s));
	s[253] = 'a';
	CHECK(!kube_is_dns_subdomain(s) && !kube_is_config_key(s));
	s[63] = '\0';
	CHECK(kube_is_dns_label(s));
	s[63] = 'a';
	s[64] = '\0';
	CHECK(!kube_is_dns_label(s));
}

TEST(meta, versions_compare_as_numbers_of_any_length)
{
	static const struct {
		const char *a, *b;
		bool comparable;
		int sign;
	} cases[] = {
		{"1", "1", true, 0},
		{"9", "10", true, -1},
		{"10", "9", true, 1},
		{"0010", "9", true, 1},
		{"123456789012345678901234567890", "123456789012345678901234567891", true, -1},
		{"", "1", false, 0},
		{"1a", "1", false, 0},
		{"1", "-1", false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int sign = 0;

		CHECK_MSG(kube_version_compare(cases[i].a, cases[i].b, &sign) == cases[i].comparable, "%s %s",
			  cases[i].a, cases[i].b);
		CHECK_INT((sign > 0) - (sign < 0), cases[i].sign);
	}
}

/* What Kubernetes 1.26 serves, and what no later one takes away: no beta. */
TEST(meta, kubernetes_own_kinds_are_asked_for_by_versions_that_stay)
{
	static const struct kube_resource *const kinds[] = {
		&kube_secrets,  &kube_services,   &kube_deployments, &kube_statefulsets, &kube_daemonsets,
		&kube_cronjobs, &kube_namespaces, &kube_leases,      &kube_events,
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		CHECK_MSG(streq(kinds[i]->version, "v1"), "%s", kinds[i]->plural);
}
