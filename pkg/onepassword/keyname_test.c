#include "onepassword/keyname.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

struct vector {
	const char *in, *want;
};

static void check(const struct vector *v, size_t n, char *(*name)(const char *in))
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(mem_freep) char *got = name(v[i].in);

		CHECK_MSG(streq(got, v[i].want), "\"%s\" gives \"%s\", not \"%s\"", v[i].in, got, v[i].want);
	}
}

TEST(keyname, label_keeps_a_valid_key)
{
	static const struct vector cases[] = {
		{"a", "a"},
		{"AWS_access.Key-1", "AWS_access.Key-1"},
		{".dockerconfigjson", ".dockerconfigjson"},
		{"-._", "-._"},
		{"trailing-", "trailing-"},
		{"_", "_"},
		{"-", "-"},
		{"a..b", "a..b"},
		{".a.", ".a."},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_label);
}

TEST(keyname, label_gets_its_invalid_characters_replaced)
{
	static const struct vector cases[] = {
		{"AWS Access Key", "AWS-Access-Key"},
		{"\xF0\x9F\x98\x84 ice-cream type", "ice-cream-type"},
		{"foo - bar", "foo---bar"},
		{"label w%th invalid ch!rs-", "label-w-th-invalid-ch-rs-"},
		{"one-time password", "one-time-password"},
		{"na\xC3\xAFve key \xC3\xA9", "na-ve-key"},
		{"a/b:c", "a-b-c"},
		{"###", ""},
		{"", ""},
		{" ", ""},
		{"  a  ", "a"},
		{" -a- ", "-a-"},
		{"a \t\n\xC3\xA9 b", "a-b"},
		{"a\xFF\xC3\xFEz", "a-z"},
		{"\xC3", ""},
		{"a\xC3", "a"},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_label);
}

/* The API server refuses a whole Secret for one such key. */
TEST(keyname, label_that_kubernetes_refuses_is_dropped)
{
	static const struct vector cases[] = {
		{".", ""},      {"..", ""},  {"...", ""},    {"..foo", ""},  {"# ..", ""},
		{"#..foo", ""}, {". #", ""}, {". .", ".-."}, {".-.", ".-."},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_label);
}

static char *repeated(char c, size_t n)
{
	char *s = mem_alloc(n + 1);

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

TEST(keyname, label_is_cut_to_253_bytes)
{
	static const struct {
		size_t in, want;
	} cases[] = {{252, 252}, {253, 253}, {254, 253}, {5000, 253}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *in = repeated('x', cases[i].in);
		CLEANUP(mem_freep) char *want = repeated('x', cases[i].want);
		CLEANUP(mem_freep) char *got = keyname_for_label(in);

		CHECK_STR(got, want);
	}
}

TEST(keyname, secret_keeps_a_dns_subdomain)
{
	static const struct vector cases[] = {
		{"a", "a"},
		{"0", "0"},
		{"db-credentials", "db-credentials"},
		{"a.b-c.d0", "a.b-c.d0"},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_secret);
}

TEST(keyname, secret_gets_lower_case_dashes_and_trimmed_ends)
{
	static const struct vector cases[] = {
		{"inV@l1d k8s secret%name", "inv-l1d-k8s-secret-name"},
		{"someName", "somename"},
		{"-a-", "a"},
		{"\xC3\xA9", ""},
		{"", ""},
		{"-.-", ""},
		{"under_score", "under-score"},
		{".a.b.", "a.b"},
		{" My Secret! ", "my-secret"},
		{"\xC4\xB0stanbul", "istanbul"},
		{"\xE2\x84\xAA"
		 "elvin",
		 "kelvin"},
		{"a\xC4\xB1" /* U+0131, whose capital is I, but which is small already */
		 "b",
		 "a-b"},
		{"\xE2\x84\xAB" /* U+212B, whose small letter is outside of ASCII */
		 "a",
		 "a"},
		{"a\xE2\x84", "a"},
		{"a\xFF\xFE#b", "a-b"},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_secret);
}

/* As the original does; the API server says what is wrong with them. */
TEST(keyname, secret_may_still_be_invalid)
{
	static const struct vector cases[] = {
		{"a..b", "a..b"},
		{"a.-b", "a.-b"},
		{"A-.b", "a-.b"},
	};

	check(cases, ARRAY_LEN(cases), keyname_for_secret);
}

TEST(keyname, secret_is_cut_before_its_ends_are_trimmed)
{
	CLEANUP(mem_freep) char *long_one = repeated('X', 300);
	CLEANUP(mem_freep) char *want = repeated('x', 253);
	CLEANUP(mem_freep) char *got = keyname_for_secret(long_one);

	CHECK_STR(got, want);

	CLEANUP(mem_freep) char *dash_at_the_cut = repeated('x', 300);
	CLEANUP(mem_freep) char *shorter = repeated('x', 252);

	dash_at_the_cut[252] = '#';
	CLEANUP(mem_freep) char *trimmed = keyname_for_secret(dash_at_the_cut);
	CHECK_STR(trimmed, shorter);
}
