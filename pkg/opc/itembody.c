#include "opc/itembody.h"

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "onepassword/fold.h"
#include "json/jsonw.h"

#include <ctype.h>
#include <string.h>

#define RECIPE_LENGTH_MAX 64

struct recipe {
	int64_t length;
	bool letters, digits, symbols;
};

struct body {
	const struct jsonx *base;
	const char *category;
	const struct item_changes *changes;
	struct recipe recipe;
	bool *used;         /* of each assignment */
	bool generated;     /* the password has found its field */
	struct strv titles; /* of new sections, and their ids */
	struct strv ids;
	struct jsonw w;
};

static void body_release(struct body *b)
{
	mem_free(b->used);
	strv_release(&b->titles);
	strv_release(&b->ids);
}

char *itembody_category(const char *text)
{
	char *out = mem_strdup(text);

	for (char *c = out; *c; c++)
		*c = (char)(*c == ' ' || *c == '-' ? '_' : toupper((unsigned char)*c));
	return out;
}

const char *itembody_file(const struct jsonx *item, const char *name)
{
	const struct jsonx *files = jsonx_get(item, "files");

	for (size_t i = 0; i < jsonx_len(files); i++) {
		const char *called = jsonx_get_str(jsonx_at(files, i), "name");

		if (called && fold_equal(called, name))
			return jsonx_get_str(jsonx_at(files, i), "id");
	}
	return NULL;
}

static NODISCARD err_t parse_recipe(const char *text, struct recipe *out)
{
	CLEANUP(strv_release) struct strv parts = {0};
	struct recipe r = {0};

	if (streq(text, "default"))
		text = "letters,digits,symbols,32";
	strv_split(&parts, text, ',');
	for (size_t i = 0; i < parts.n; i++) {
		if (fold_equal(parts.v[i], "letters"))
			r.letters = true;
		else if (fold_equal(parts.v[i], "digits"))
			r.digits = true;
		else if (fold_equal(parts.v[i], "symbols"))
			r.symbols = true;
		else if (!str_to_int(parts.v[i], 1, RECIPE_LENGTH_MAX, &r.length))
			return err_new(ERR_INVALID,
				       "a recipe is letters, digits, symbols and a length of 1 to %d, with "
				       "commas between them",
				       RECIPE_LENGTH_MAX);
	}
	r.length = r.length > 0 ? r.length : 32;
	if (!r.letters && !r.digits && !r.symbols)
		r.letters = r.digits = r.symbols = true;
	*out = r;
	return NULL;
}

/* --- which field is meant --- */

static const struct jsonx *section_named(const struct jsonx *base, const char *name)
{
	const struct jsonx *sections = jsonx_get(base, "sections");

	for (size_t i = 0; i < jsonx_len(sections); i++) {
		const struct jsonx *s = jsonx_at(sections, i);
		const char *id = jsonx_get_str(s, "id"), *label = jsonx_get_str(s, "label");

		if (id && (fold_equal(id, name) || (label && fold_equal(label, name))))
			return s;
	}
	return NULL;
}

/* Without a section a field of any section is meant. */
static bool means(const struct body *b, const struct assignment *a, const struct jsonx *field)
{
	const char *id = jsonx_get_str(field, "id"), *label = jsonx_get_str(field, "label");
	const char *section = jsonx_get_str(jsonx_get(field, "section"), "id");

	if (!(id && fold_equal(id, a->field)) && !(label && fold_equal(label, a->field)))
		return false;
	return !a->section ||
	       (section && streq(section, jsonx_get_str(section_named(b->base, a->section), "id")));
}

/* The last of the command line wins. */
static const struct assignment *assigned(struct body *b, const struct jsonx *field)
{
	const struct assignment *found = NULL;

	for (size_t i = 0; i < b->changes->n_fields; i++) {
		if (b->changes->fields[i].is_file || !means(b, &b->changes->fields[i], field))
			continue;
		found = &b->changes->fields[i];
		b->used[i] = true;
	}
	return found;
}

/* --- fields --- */

static void write_recipe(struct body *b)
{
	struct jsonw *w = &b->w;

	b->generated = true;
	jsonw_kbool(w, "generate", true);
	jsonw_kobject(w, "recipe");
	jsonw_kint(w, "length", b->recipe.length);
	jsonw_karray(w, "characterSets");
	if (b->recipe.letters)
		jsonw_str(w, "LETTERS");
	if (b->recipe.digits)
		jsonw_str(w, "DIGITS");
	if (b->recipe.symbols)
		jsonw_str(w, "SYMBOLS");
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void write_value(struct body *b, const struct assignment *a)
{
	jsonw_key(&b->w, "value");
	jsonw_strn(&b->w, secret_bytes(a->value), secret_len(a->value));
}

/* A field that is there, with another value. */
static void write_changed(struct body *b, const struct jsonx *field, const struct assignment *a)
{
	static const char *const kept[] = {"id", "section", "purpose", "label"};

	jsonw_object(&b->w);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (!jsonx_get(field, kept[i]))
			continue;
		jsonw_key(&b->w, kept[i]);
		jsonw_value(&b->w, jsonx_get(field, kept[i]));
	}
	jsonw_kstr(&b->w, "type", a && a->type ? a->type : jsonx_get_str(field, "type"));
	if (a)
		write_value(b, a);
	else
		write_recipe(b);
	jsonw_end_object(&b->w);
}

static bool is_password(const struct jsonx *field)
{
	const char *id = jsonx_get_str(field, "id");

	return streq(jsonx_get_str(field, "purpose"), "PASSWORD") || (id && streq(id, "password"));
}

static void write_old_fields(struct body *b)
{
	const struct jsonx *fields = jsonx_get(b->base, "fields");

	for (size_t i = 0; i < jsonx_len(fields); i++) {
		const struct jsonx *f = jsonx_at(fields, i);
		const struct assignment *a = assigned(b, f);

		if (a && a->remove)
			continue;
		if (a || (b->changes->recipe && !b->generated && is_password(f)))
			write_changed(b, f, a);
		else
			jsonw_value(&b->w, f);
	}
}

static const char *purpose_of(const struct body *b, const struct assignment *a)
{
	const bool login = streq(b->category, "LOGIN");

	if (a->section)
		return NULL;
	if (fold_equal(a->field, "notesPlain"))
		return "NOTES";
	if (login && fold_equal(a->field, "username"))
		return "USERNAME";
	return (login || streq(b->category, "PASSWORD")) && fold_equal(a->field, "password") ? "PASSWORD"
											     : NULL;
}

/* Concealed, unless the name is one that is known to be shown. */
static const char *type_of(const struct assignment *a)
{
	static const char *const shown[] = {"username", "hostname", "server", "host",  "port",
					    "database", "url",      "email",  "notes", "notesPlain"};

	if (a->type)
		return a->type;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		if (fold_equal(a->field, shown[i]))
			return "STRING";
	return "CONCEALED";
}

static const char *section_id(struct body *b, const char *name)
{
	const char *id = jsonx_get_str(section_named(b->base, name), "id");
	char made[RAND_ID_SIZE];

	if (id)
		return id;
	for (size_t i = 0; i < b->titles.n; i++)
		if (fold_equal(b->titles.v[i], name))
			return b->ids.v[i];
	rand_id(made);
	strv_add(&b->titles, name);
	strv_add(&b->ids, made);
	return b->ids.v[b->ids.n - 1];
}

static void write_new_field(struct body *b, const struct assignment *a)
{
	const char *purpose = purpose_of(b, a);

	jsonw_object(&b->w);
	if (purpose)
		jsonw_kstr(&b->w, "purpose", purpose);
	if (a->section) {
		jsonw_kobject(&b->w, "section");
		jsonw_kstr(&b->w, "id", section_id(b, a->section));
		jsonw_end_object(&b->w);
	}
	jsonw_kstr(&b->w, "label", a->field);
	jsonw_kstr(&b->w, "type", type_of(a));
	write_value(b, a);
	jsonw_end_object(&b->w);
}

/* A file is taken away by a request of its own. */
static bool is_file(const struct body *b, const struct assignment *a)
{
	return !a->section && itembody_file(b->base, a->field);
}

static NODISCARD err_t write_fields(struct body *b)
{
	jsonw_karray(&b->w, "fields");
	write_old_fields(b);
	for (size_t i = 0; i < b->changes->n_fields; i++) {
		const struct assignment *a = &b->changes->fields[i];

		if (b->used[i] || a->is_file)
			continue;
		if (a->remove && is_file(b, a))
			continue;
		if (a->remove)
			return err_new(ERR_NOT_FOUND, "the item has no field '%s%s%s' to delete",
				       a->section ? a->section : "", a->section ? "." : "", a->field);
		write_new_field(b, a);
	}
	if (b->changes->recipe && !b->generated) {
		const bool login = streq(b->category, "LOGIN") || streq(b->category, "PASSWORD");

		jsonw_object(&b->w);
		if (login)
			jsonw_kstr(&b->w, "purpose", "PASSWORD");
		jsonw_kstr(&b->w, "id", "password");
		jsonw_kstr(&b->w, "label", "password");
		jsonw_kstr(&b->w, "type", "CONCEALED");
		write_recipe(b);
		jsonw_end_object(&b->w);
	}
	jsonw_end_array(&b->w);
	return NULL;
}

static void write_sections(struct body *b)
{
	const struct jsonx *sections = jsonx_get(b->base, "sections");

	jsonw_karray(&b->w, "sections");
	for (size_t i = 0; i < jsonx_len(sections); i++)
		jsonw_value(&b->w, jsonx_at(sections, i));
	for (size_t i = 0; i < b->titles.n; i++) {
		jsonw_object(&b->w);
		jsonw_kstr(&b->w, "id", b->ids.v[i]);
		jsonw_kstr(&b->w, "label", b->titles.v[i]);
		jsonw_end_object(&b->w);
	}
	jsonw_end_array(&b->w);
}

/* --- the rest of the item --- */

static bool is_written_apart(const struct body *b, const char *key, const char *vault_id)
{
	const struct item_changes *c = b->changes;

	return streq(key, "fields") || streq(key, "sections") || streq(key, "category") ||
	       (vault_id && streq(key, "vault")) || (c->title && streq(key, "title")) ||
	       (c->tags && streq(key, "tags")) || (c->url && streq(key, "urls")) ||
	       (c->favorite && streq(key, "favorite"));
}

static void write_url(struct body *b)
{
	jsonw_karray(&b->w, "urls");
	jsonw_object(&b->w);
	jsonw_kbool(&b->w, "primary", true);
	jsonw_kstr(&b->w, "href", b->changes->url);
	jsonw_end_object(&b->w);
	jsonw_end_array(&b->w);
}

static void write_attributes(struct body *b, const char *vault_id)
{
	const struct item_changes *c = b->changes;
	const struct jsonx *value = NULL;
	const char *key = NULL;

	for (size_t i = 0; jsonx_next(b->base, &i, &key, &value);) {
		if (is_written_apart(b, key, vault_id))
			continue;
		jsonw_key(&b->w, key);
		jsonw_value(&b->w, value);
	}
	jsonw_kstr(&b->w, "category", b->category);
	if (vault_id) {
		jsonw_kobject(&b->w, "vault");
		jsonw_kstr(&b->w, "id", vault_id);
		jsonw_end_object(&b->w);
	}
	if (c->title)
		jsonw_kstr(&b->w, "title", c->title);
	if (c->favorite)
		jsonw_kbool(&b->w, "favorite", true);
	if (c->url)
		write_url(b);
	if (!c->tags)
		return;
	jsonw_karray(&b->w, "tags");
	for (size_t i = 0; i < c->n_tags; i++)
		jsonw_str(&b->w, c->tags[i]);
	jsonw_end_array(&b->w);
}

err_t itembody_write(const struct jsonx *base, const char *vault_id, const char *category,
		     const struct item_changes *changes, struct secret *out)
{
	CLEANUP(body_release) struct body b = {.base = base, .changes = changes};
	CLEANUP(mem_freep) char *name = NULL;

	if (!category)
		category = jsonx_get_str(base, "category");
	if (!category)
		return err_new(ERR_INVALID, "an item needs a category");
	b.category = name = itembody_category(category);
	b.used = mem_calloc(changes->n_fields + 1, sizeof(*b.used));
	if (changes->recipe)
		TRY(parse_recipe(changes->recipe, &b.recipe), "--generate-password");
	jsonw_init_secret(&b.w, out);
	jsonw_object(&b.w);
	write_attributes(&b, vault_id);
	TRY_(write_fields(&b));
	write_sections(&b);
	jsonw_end_object(&b.w);
	return jsonw_done(&b.w);
}
