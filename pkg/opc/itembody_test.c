#include "opc/itembody.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"

#include <string.h>

#define OLD                                                                                                  \
	"{\"id\":\"i\",\"title\":\"T\",\"category\":\"LOGIN\",\"version\":3,\"tags\":[\"a\"],"               \
	"\"sections\":[{\"id\":\"s\",\"label\":\"Extra\"}],\"fields\":["                                     \
	"{\"id\":\"username\",\"purpose\":\"USERNAME\",\"label\":\"username\",\"type\":\"STRING\","          \
	"\"value\":\"app\"},"                                                                                \
	"{\"id\":\"password\",\"purpose\":\"PASSWORD\",\"label\":\"password\",\"type\":\"CONCEALED\","       \
	"\"value\":\"old\",\"entropy\":10},"                                                                 \
	"{\"id\":\"t\",\"section\":{\"id\":\"s\"},\"label\":\"token\",\"type\":\"STRING\",\"value\":\"x\"}]" \
	"}"

/* The body that these assignments make of the item. */
static struct jsonx *changed(const char *base, const char *const *texts, size_t n, struct item_changes *c)
{
	struct assignment v[8] = {0};
	CLEANUP(jsonx_freep) struct jsonx *old = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(65536);
	struct jsonx *doc = NULL;

	if (base)
		CHECK_OK(jsonx_parse(base, strlen(base), &old));
	for (size_t i = 0; i < n; i++)
		CHECK_OK(assignment_parse(texts[i], &v[i]));
	c->fields = v;
	c->n_fields = n;
	CHECK_OK(itembody_write(old, NULL, base ? NULL : "Secure Note", c, out));
	CHECK_OK(jsonx_parse(secret_bytes(out), secret_len(out), &doc));
	for (size_t i = 0; i < n; i++)
		assignment_release(&v[i]);
	return doc;
}

TEST(itembody, an_assignment_changes_its_field_alone)
{
	const char *texts[] = {"password=new", "extra.token[delete]", "Other.pin=1", "Other.host=h"};
	struct item_changes c = {.title = "U"};
	CLEANUP(jsonx_freep) struct jsonx *doc = changed(OLD, texts, ARRAY_LEN(texts), &c);
	const struct jsonx *fields = jsonx_get(doc, "fields"), *sections = jsonx_get(doc, "sections");

	CHECK_STR(jsonx_get_str(doc, "title"), "U");
	CHECK_INT(jsonx_get_int(doc, "version", 0), 3);
	CHECK_STR(jsonx_str(jsonx_at(jsonx_get(doc, "tags"), 0)), "a");
	CHECK_INT(jsonx_len(fields), 4);
	CHECK_STR(jsonx_get_str(jsonx_at(fields, 0), "value"), "app");
	CHECK_STR(jsonx_get_str(jsonx_at(fields, 1), "value"), "new");
	CHECK_STR(jsonx_get_str(jsonx_at(fields, 1), "purpose"), "PASSWORD");
	CHECK(!jsonx_get(jsonx_at(fields, 1), "entropy"));
	CHECK_STR(jsonx_get_str(jsonx_at(fields, 2), "type"), "CONCEALED");
	CHECK_STR(jsonx_get_str(jsonx_at(fields, 3), "type"), "STRING");
	CHECK_INT(jsonx_len(sections), 2);
	CHECK_STR(jsonx_get_str(jsonx_at(sections, 1), "label"), "Other");
	CHECK_STR(jsonx_get_str(jsonx_get(jsonx_at(fields, 2), "section"), "id"),
		  jsonx_get_str(jsonx_at(sections, 1), "id"));
}

TEST(itembody, a_password_is_generated_by_the_recipe)
{
	struct item_changes c = {.recipe = "letters,20"};
	CLEANUP(jsonx_freep) struct jsonx *doc = changed(OLD, NULL, 0, &c);
	CLEANUP(jsonx_freep) struct jsonx *new = changed(NULL, NULL, 0, &c);
	const struct jsonx *password = jsonx_at(jsonx_get(doc, "fields"), 1);

	CHECK(jsonx_true(jsonx_get(password, "generate")));
	CHECK(!jsonx_get(password, "value"));
	CHECK_INT(jsonx_get_int(jsonx_get(password, "recipe"), "length", 0), 20);
	CHECK_INT(jsonx_len(jsonx_get(jsonx_get(password, "recipe"), "characterSets")), 1);
	CHECK_STR(jsonx_get_str(new, "category"), "SECURE_NOTE");
	CHECK(jsonx_true(jsonx_get(jsonx_at(jsonx_get(new, "fields"), 0), "generate")));
}

TEST(itembody, refuses_what_can_not_be)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(65536);
	CLEANUP(assignment_release) struct assignment a = {0};
	CLEANUP(err_freep) err_t recipe = NULL, missing = NULL;

	recipe = itembody_write(NULL, NULL, "LOGIN", &(struct item_changes){.recipe = "letters,65"}, out);
	CHECK(err_is(recipe, ERR_INVALID));
	CHECK_OK(assignment_parse("none[delete]", &a));
	missing =
		itembody_write(NULL, NULL, "LOGIN", &(struct item_changes){.fields = &a, .n_fields = 1}, out);
	CHECK(err_is(missing, ERR_NOT_FOUND));
}
