#include "connect/field_body.h"

#include "base/mem.h"
#include "base/rand.h"
#include "connect/category.h"
#include "connect/date.h"
#include "connect/recipe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WHERE_SIZE 32
#define SHOWN_MAX 64

static const char *const types[] = {
	"STRING",
	"EMAIL",
	"CONCEALED",
	"URL",
	"OTP",
	"DATE",
	"MONTH_YEAR",
	"MENU",
	"ADDRESS",
	"CREDIT_CARD_NUMBER",
	"CREDIT_CARD_TYPE",
	"GENDER",
	"PHONE",
	"REFERENCE",
	"FILE",
	"SSHKEY",
	"UNKNOWN",
};

/* Fields with a purpose have a fixed id, label and type of their own where the client gives none. */
static const struct purpose {
	const char *name, *id, *type, *shown;
} purposes[] = {
	{"USERNAME", "username", "STRING", "username"},
	{"PASSWORD", "password", "CONCEALED", "password"},
	{"NOTES", "notesPlain", "STRING", "notes"},
};

err_t body_text(const struct jsonx *object, const char *member, const char *where, const char **out)
{
	const struct jsonx *v = jsonx_get(object, member);

	*out = "";
	if (jsonx_type(v) == JSONX_NULL)
		return NULL;
	*out = jsonx_str(v);
	if (!*out)
		return err_new(ERR_INVALID, "%s%s is not a text", where, member);
	return NULL;
}

static char *upper(const char *s)
{
	char *copy = mem_strdup(s);

	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

static NODISCARD err_t parse_purpose(const struct jsonx *json, const char *where, const struct purpose **out)
{
	const char *text = NULL;

	*out = NULL;
	TRY_(body_text(json, "purpose", where, &text));
	if (str_empty(text))
		return NULL;
	CLEANUP(mem_freep) char *name = upper(text);
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
		if (streq(name, purposes[i].name))
			*out = &purposes[i];
	}
	return *out ? NULL : err_new(ERR_INVALID, "%spurpose is USERNAME, PASSWORD, NOTES or empty", where);
}

static NODISCARD err_t bad_type(size_t i, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf shown = {0};

	strbuf_init(&shown, SHOWN_MAX);
	str_add_printable(&shown, text, SHOWN_MAX);
	return err_new(ERR_INVALID,
		       "Validation: (validateVaultItem failed to Validate), Couldn't validate the item: "
		       "\"[ItemValidator] has found 1 errors, 0 warnings: \nErrors:{1. fields[%zu] has "
		       "unsupported field "
		       "type: %s}\"",
		       i, shown.p);
}

static const char *default_type(const struct vault_item *item, const struct purpose *purpose, const char *id)
{
	if (purpose)
		return purpose->type;
	return category_conceals(item->category, id) ? "CONCEALED" : "STRING";
}

static NODISCARD err_t parse_type(const struct jsonx *json, size_t i, const char *where,
				  const char *otherwise, char **out)
{
	const char *text = NULL;

	TRY_(body_text(json, "type", where, &text));
	if (str_empty(text)) {
		*out = mem_strdup(otherwise);
		return NULL;
	}
	CLEANUP(mem_freep) char *name = upper(text);
	/* Published descriptions of the API say TOTP where its servers say OTP. */
	if (streq(name, "TOTP")) {
		*out = mem_strdup("OTP");
		return NULL;
	}
	for (size_t k = 0; k < ARRAY_LEN(types); k++) {
		if (streq(name, types[k])) {
			*out = TAKE(name);
			return NULL;
		}
	}
	return bad_type(i, text);
}

static const struct vault_item_section *find_section(const struct vault_item *item, const char *id,
						     const char *label)
{
	for (size_t i = 0; i < item->n_sections; i++) {
		const struct vault_item_section *s = &item->sections[i];

		if (str_empty(id) ? streq(s->label, label) : streq(s->id, id))
			return s;
	}
	return NULL;
}

static NODISCARD err_t parse_section(const struct jsonx *json, const char *where, struct vault_item *item,
				     char **out)
{
	const struct jsonx *section = jsonx_get(json, "section");
	const char *id = NULL, *label = NULL;
	char made[RAND_ID_SIZE];

	if (section && jsonx_type(section) != JSONX_NULL && jsonx_type(section) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "%ssection is not an object", where);
	TRY_(body_text(section, "id", where, &id));
	TRY_(body_text(section, "label", where, &label));
	if (str_empty(id) && str_empty(label)) {
		*out = mem_strdup("");
		return NULL;
	}
	const struct vault_item_section *found = find_section(item, id, label);
	if (found) {
		*out = mem_strdup(found->id);
		return NULL;
	}
	if (item->n_sections == VAULT_ITEM_SECTIONS_MAX)
		return err_new(ERR_INVALID, "an item has at most %d sections", VAULT_ITEM_SECTIONS_MAX);
	rand_id(made);
	item->sections = mem_grow(item->sections, item->n_sections + 1, sizeof(*item->sections));
	item->sections[item->n_sections++] = (struct vault_item_section){
		.id = mem_strdup(str_empty(id) ? made : id), .label = mem_strdup(label)};
	*out = mem_strdup(item->sections[item->n_sections - 1].id);
	return NULL;
}

/* What the type asks of a value that is there. */
static NODISCARD err_t check_value(const char *where, const struct vault_item_field *f, const char *text,
				   struct secret **out)
{
	if (streq(f->type, "DATE"))
		return err_wrap(date_normalize(text, out), "%svalue", where);
	if (streq(f->type, "MONTH_YEAR") && !date_is_month_year(text))
		return err_new(ERR_INVALID, "%svalue: a month is YYYYMM or YYYY/MM", where);
	*out = secret_from_str(text);
	return NULL;
}

static NODISCARD err_t parse_value(const struct jsonx *json, const char *where, struct vault_item_field *f)
{
	struct recipe recipe = {0};
	const char *text = NULL;

	TRY_(body_text(json, "value", where, &text));
	if (!str_empty(text))
		return check_value(where, f, text, &f->value);
	if (!jsonx_true(jsonx_get(json, "generate"))) {
		f->value = secret_from("", 0);
		return NULL;
	}
	if (streq(f->type, "DATE") || streq(f->type, "MONTH_YEAR") || streq(f->type, "OTP"))
		return err_new(ERR_INVALID, "%sgenerate: makes passwords, no value of the type %s", where,
			       f->type);
	TRY(recipe_parse(jsonx_type(jsonx_get(json, "recipe")) == JSONX_NULL ? NULL
									     : jsonx_get(json, "recipe"),
			 &recipe),
	    "%.*s", (int)strlen(where) - 1, where);
	f->generated = true;
	return err_wrap(recipe_generate(&recipe, &f->value), "%.*s", (int)strlen(where) - 1, where);
}

err_t field_body_parse(const struct jsonx *json, size_t i, struct vault_item *item,
		       struct vault_item_field *out)
{
	const struct purpose *purpose = NULL;
	const char *id = NULL, *label = NULL;
	char where[WHERE_SIZE], made[RAND_ID_SIZE];

	(void)snprintf(where, sizeof(where), "fields[%zu].", i);
	if (jsonx_type(json) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "fields[%zu] is not an object", i);
	TRY_(parse_purpose(json, where, &purpose));
	TRY_(body_text(json, "id", where, &id));
	TRY_(body_text(json, "label", where, &label));
	rand_id(made);
	out->id = mem_strdup(!str_empty(id) ? id : purpose ? purpose->id : made);
	out->label = mem_strdup(!str_empty(label) || !purpose ? label : purpose->id);
	out->purpose = mem_strdup(purpose ? purpose->name : "");
	TRY_(parse_type(json, i, where, default_type(item, purpose, id), &out->type));
	TRY_(parse_section(json, where, item, &out->section_id));
	return parse_value(json, where, out);
}

err_t field_body_check_purposes(const struct vault_item *item)
{
	for (size_t p = 0; p < ARRAY_LEN(purposes); p++) {
		size_t n = 0;

		for (size_t i = 0; i < item->n_fields; i++)
			n += streq(item->fields[i].purpose, purposes[p].name);
		if (n > 1)
			return err_new(ERR_INVALID,
				       "Logic: (Unable to parse Item), Validation: (too many \"%s\" fields "
				       "in Apply()), "
				       "You can only use one \"%s\" field.",
				       purposes[p].shown, purposes[p].shown);
	}
	return NULL;
}
