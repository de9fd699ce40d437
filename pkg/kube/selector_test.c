#include "kube/selector.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static bool matches(const char *selector, const char *labels)
{
	struct kube_selector *s = NULL;
	struct jsonx *json = NULL;
	bool result;

	CHECK_OK(kube_selector_parse(selector, &s));
	CHECK_OK(jsonx_parse(labels, strlen(labels), &json));
	result = kube_selector_matches(s, json);
	jsonx_free(json);
	kube_selector_free(s);
	return result;
}

#define BLUE "{\"team\": \"blue\", \"example.com/tier\": \"web\", \"empty\": \"\"}"

TEST(selector, each_kind_of_requirement)
{
	static const struct {
		const char *selector;
		bool want;
	} rows[] = {
		{"", true},
		{"team=blue", true},
		{"team==blue", true},
		{"team=red", false},
		{"team!=red", true},
		{"team!=blue", false},
		{"other!=blue", true},
		{"team", true},
		{"other", false},
		{"!other", true},
		{"! other", true},
		{"!team", false},
		{"empty=", true},
		{"empty", true},
		{"team=", false},
		{"team in (red,blue)", true},
		{"team in ( red , blue )", true},
		{"team in (red)", false},
		{"team notin (red, green)", true},
		{"team notin (blue)", false},
		{"other notin (blue)", true},
		{"other in (blue)", false},
		{"empty in (,x)", true},
		{"example.com/tier=web,team=blue", true},
		{" example.com/tier = web , team in (blue),!other ", true},
		{"example.com/tier=web,team=red", false},
		{"in=x", false},
		{"in in (x)", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK_MSG(matches(rows[i].selector, BLUE) == rows[i].want, "%s", rows[i].selector);
}

TEST(selector, no_labels_satisfy_what_asks_for_none)
{
	struct kube_selector *s = NULL;

	CHECK_OK(kube_selector_parse("a!=b,!c", &s));
	CHECK(kube_selector_matches(s, NULL));
	kube_selector_free(s);
	CHECK_OK(kube_selector_parse("a", &s));
	CHECK(!kube_selector_matches(s, NULL));
	kube_selector_free(s);
}

TEST(selector, what_is_wrong_is_named)
{
	static const struct {
		const char *selector, *text;
	} rows[] = {
		{"=blue", "\"\" can't be the key"},
		{",", "\"\" can't be the key"},
		{"team=blue,", "\"\" can't be the key"},
		{"-team=blue", "\"-team\" can't be the key"},
		{"a/b/c=x", "\"a/b/c\" can't be the key"},
		{"Upper.Case/x=y", "can't be the key"},
		{"/x=y", "can't be the key"},
		{"team=-blue", "\"-blue\" can't be the value"},
		{"team=blue/red", "\"blue/red\" can't be the value"},
		{"team!blue", "= must follow the ! behind team"},
		{"team in blue", "parentheses"},
		{"team in (blue", "a ) is missing"},
		{"team like blue", "\"like\" is not one of"},
		{"team>3", "a comma must stand before \">3\""},
		{"team=blue red", "a comma must stand before \"red\""},
		{"t\xc3\xa9", "a comma must stand before"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kube_selector *s = NULL;
		err_t e = kube_selector_parse(rows[i].selector, &s);

		CHECK_MSG(e, "%s", rows[i].selector);
		CHECK_MSG(strstr(err_text(e), rows[i].text), "%s: %s", rows[i].selector, err_text(e));
		err_free(e);
	}
}

TEST(selector, its_length_has_a_ceiling)
{
	char *text CLEANUP(mem_freep) = mem_alloc(5001);
	struct kube_selector *s = NULL;

	memset(text, 'a', 5000);
	text[5000] = '\0';
	CHECK_ERR(kube_selector_parse(text, &s), ERR_TOO_LARGE);
}
