#include "connect/patch.h"

#include "base/mem.h"
#include "json/jsonw.h"

#include <string.h>

#define SHOWN_MAX 100

enum patch_op { PATCH_ADD, PATCH_REMOVE, PATCH_REPLACE };

struct patch {
	enum patch_op op;
	struct strv path; /* pieces, unescaped */
	const struct jsonx *value;
	struct jsonw w;
	bool hit; /* the path was there, or could be added */
};

static void copy(struct patch *p, const struct jsonx *v, size_t depth);

static bool is_last(const struct patch *p, size_t depth)
{
	return depth + 1 == p->path.n;
}

/* RFC 6901: ~1 is a slash, ~0 a tilde. */
static char *unescaped(const char *piece)
{
	char *out = mem_strdup(piece), *to = out;

	for (const char *from = piece; *from; from++) {
		if (*from == '~' && (from[1] == '0' || from[1] == '1'))
			*to++ = *++from == '1' ? '/' : '~';
		else
			*to++ = *from;
	}
	*to = '\0';
	return out;
}

static NODISCARD err_t parse_path(const char *text, struct strv *out)
{
	CLEANUP(strv_release) struct strv pieces = {0};

	if (!text)
		return err_new(ERR_INVALID, "an operation has a path");
	if (str_empty(text) || streq(text, "/"))
		return NULL;
	if (*text != '/')
		return err_new(ERR_INVALID, "a path begins with /");
	strv_split(&pieces, text + 1, '/');
	for (size_t i = 0; i < pieces.n; i++) {
		char *piece = unescaped(pieces.v[i]);

		strv_add_take(out, &piece);
	}
	return NULL;
}

static NODISCARD err_t parse_op(const char *text, enum patch_op *out)
{
	static const char *const names[] = {
		[PATCH_ADD] = "add", [PATCH_REMOVE] = "remove", [PATCH_REPLACE] = "replace"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (streq(text, names[i])) {
			*out = (enum patch_op)i;
			return NULL;
		}
	}
	return err_new(ERR_INVALID, "op is add, remove or replace");
}

static NODISCARD err_t check_member(const char *name)
{
	static const char *const changeable[] = {"title", "category", "favorite", "tags",
						 "urls",  "sections", "fields"};

	for (size_t i = 0; i < ARRAY_LEN(changeable); i++) {
		if (streq(name, changeable[i]))
			return NULL;
	}
	return err_new(
		ERR_INVALID,
		"a patch changes title, category, favorite, tags, urls, sections or fields of an item");
}

static NODISCARD err_t parse(const struct jsonx *operation, struct patch *p)
{
	if (jsonx_type(operation) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "an operation is an object with op, path and value");
	TRY_(parse_op(jsonx_get_str(operation, "op"), &p->op));
	TRY_(parse_path(jsonx_get_str(operation, "path"), &p->path));
	p->value = jsonx_get(operation, "value");
	if (p->op != PATCH_REMOVE && !p->value)
		return err_new(ERR_INVALID, "add and replace have a value");
	if (p->path.n > 0)
		return check_member(p->path.v[0]);
	if (p->op == PATCH_REMOVE)
		return err_new(ERR_INVALID, "an item is deleted by DELETE");
	return NULL;
}

/* An element of fields or sections is named by its id. */
static bool goes_by_id(const struct patch *p, size_t depth)
{
	return depth == 1 && (streq(p->path.v[0], "fields") || streq(p->path.v[0], "sections"));
}

/* The value as an element with that id, whatever id it names itself. */
static void write_element(struct patch *p, size_t depth)
{
	const char *key;
	const struct jsonx *value;

	if (!goes_by_id(p, depth) || jsonx_type(p->value) != JSONX_OBJECT || streq(p->path.v[depth], "-")) {
		jsonw_value(&p->w, p->value);
		return;
	}
	jsonw_object(&p->w);
	jsonw_kstr(&p->w, "id", p->path.v[depth]);
	for (size_t i = 0; jsonx_next(p->value, &i, &key, &value);) {
		if (streq(key, "id"))
			continue;
		jsonw_key(&p->w, key);
		jsonw_value(&p->w, value);
	}
	jsonw_end_object(&p->w);
}

static bool is_named(const struct patch *p, size_t depth, const struct jsonx *element, size_t index)
{
	int64_t wanted;

	if (goes_by_id(p, depth))
		return streq(jsonx_get_str(element, "id"), p->path.v[depth]);
	return str_to_int(p->path.v[depth], 0, INT32_MAX, &wanted) && (size_t)wanted == index;
}

static void copy_element(struct patch *p, const struct jsonx *element, size_t index, size_t depth)
{
	if (p->hit || !is_named(p, depth, element, index)) {
		jsonw_value(&p->w, element);
		return;
	}
	if (!is_last(p, depth)) {
		copy(p, element, depth + 1);
		return;
	}
	p->hit = true;
	if (p->op == PATCH_REMOVE)
		return;
	write_element(p, depth);
	if (p->op == PATCH_ADD && !goes_by_id(p, depth))
		jsonw_value(&p->w, element); /* it is inserted before */
}

static void copy_array(struct patch *p, const struct jsonx *array, size_t depth)
{
	int64_t wanted = -1;

	jsonw_array(&p->w);
	for (size_t i = 0; i < jsonx_len(array); i++)
		copy_element(p, jsonx_at(array, i), i, depth);
	(void)str_to_int(p->path.v[depth], 0, INT32_MAX, &wanted);
	if (!p->hit && is_last(p, depth) && p->op == PATCH_ADD &&
	    (streq(p->path.v[depth], "-") || goes_by_id(p, depth) || (size_t)wanted == jsonx_len(array))) {
		write_element(p, depth);
		p->hit = true;
	}
	jsonw_end_array(&p->w);
}

/* What becomes of the member that the path names; v is NULL where it is not there. */
static void change_member(struct patch *p, const char *key, const struct jsonx *v)
{
	const bool appends =
		p->op == PATCH_ADD && jsonx_type(p->value) != JSONX_ARRAY &&
		(streq(key, "fields") || streq(key, "sections") || streq(key, "tags") || streq(key, "urls"));

	p->hit = true;
	if (p->op == PATCH_REMOVE)
		return;
	jsonw_key(&p->w, key);
	if (!appends) {
		jsonw_value(&p->w, p->value);
		return;
	}
	jsonw_array(&p->w);
	for (size_t i = 0; i < jsonx_len(v); i++)
		jsonw_value(&p->w, jsonx_at(v, i));
	jsonw_value(&p->w, p->value);
	jsonw_end_array(&p->w);
}

static void copy_object(struct patch *p, const struct jsonx *object, size_t depth)
{
	const char *const wanted = p->path.v[depth];
	const struct jsonx *v;
	const char *key;
	bool found = false;

	jsonw_object(&p->w);
	for (size_t i = 0; jsonx_next(object, &i, &key, &v);) {
		if (!streq(key, wanted)) {
			jsonw_key(&p->w, key);
			jsonw_value(&p->w, v);
			continue;
		}
		found = true;
		if (is_last(p, depth)) {
			change_member(p, key, v);
		} else {
			jsonw_key(&p->w, key);
			copy(p, v, depth + 1);
		}
	}
	if (!found && is_last(p, depth)) {
		change_member(p, wanted, NULL);
	} else if (!found && depth + 2 == p->path.n && p->op == PATCH_ADD) {
		/* The first element of a list that an item without any does not show. */
		jsonw_key(&p->w, wanted);
		jsonw_array(&p->w);
		write_element(p, depth + 1);
		jsonw_end_array(&p->w);
		p->hit = true;
	}
	jsonw_end_object(&p->w);
}

/* v with the change in it; piece depth of the path names a member or an element of v. */
static void copy(struct patch *p, const struct jsonx *v, size_t depth)
{
	if (jsonx_type(v) == JSONX_OBJECT)
		copy_object(p, v, depth);
	else if (jsonx_type(v) == JSONX_ARRAY)
		copy_array(p, v, depth);
	else
		jsonw_value(&p->w, v);
}

static NODISCARD err_t not_there(const struct patch *p)
{
	CLEANUP(strbuf_release) struct strbuf shown = {0};

	strbuf_init(&shown, SHOWN_MAX);
	for (size_t i = 0; i < p->path.n; i++) {
		strbuf_adds(&shown, "/");
		str_add_printable(&shown, p->path.v[i], SHOWN_MAX);
	}
	if (p->path.n >= 2 && streq(p->path.v[0], "fields"))
		return err_new(ERR_INVALID,
			       "The item doesn't have a field with the id that the path names: %s", shown.p);
	return err_new(ERR_INVALID, "The item has nothing at the path %s", shown.p);
}

static void patch_release(struct patch *p)
{
	strv_release(&p->path);
}

err_t patch_apply(const struct jsonx *doc, const struct jsonx *operation, struct secret *out)
{
	CLEANUP(patch_release) struct patch p = {0};

	TRY_(parse(operation, &p));
	jsonw_init_secret(&p.w, out);
	if (p.path.n == 0) {
		jsonw_value(&p.w, p.value);
		p.hit = true;
	} else {
		copy(&p, doc, 0);
	}
	TRY_(jsonw_done(&p.w));
	return p.hit ? NULL : not_there(&p);
}
