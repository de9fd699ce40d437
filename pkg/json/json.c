#include "json/json.h"
#include "json/check.h"
#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* A struct jsonx is json-c's object under another name; JSON's null is NULL in both. */

static struct json_object *object_of(const struct jsonx *v)
{
	/* json-c's readers take no const, but write nothing. */
	return (struct json_object *)(uintptr_t)v;
}

static const struct jsonx *jsonx_of(const struct json_object *object)
{
	return (const struct jsonx *)object;
}

static bool is(const struct jsonx *v, enum json_type type)
{
	return json_object_is_type(object_of(v), type);
}

err_t jsonx_parse(const char *p, size_t len, struct jsonx **out)
{
	struct json_tokener *tokener;
	struct json_object *object;
	enum json_tokener_error error;

	if (len >= INT_MAX)
		return err_new(ERR_TOO_LARGE, "JSON is longer than 2 GiB");
	TRY_(jsonx_check(p, len));

	/* One more, because json-c counts a scalar as a level. */
	tokener = json_tokener_new_ex(JSONX_DEPTH_MAX + 1);
	if (!tokener)
		return err_new(ERR_INTERNAL, "JSON: no memory for the parser");
	object = json_tokener_parse_ex(tokener, p, (int)len);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue) {
		/* A number or a word at the very end could go on. */
		object = json_tokener_parse_ex(tokener, "", 1);
		error = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);
	if (error != json_tokener_success) {
		json_object_put(object);
		return err_new(ERR_INTERNAL, "JSON: %s", json_tokener_error_desc(error));
	}
	*out = (struct jsonx *)object;
	return NULL;
}

void jsonx_free(struct jsonx *doc)
{
	json_object_put((struct json_object *)doc);
}

void jsonx_freep(struct jsonx **doc)
{
	jsonx_free(*doc);
}

enum jsonx_type jsonx_type(const struct jsonx *v)
{
	switch (json_object_get_type(object_of(v))) {
	case json_type_boolean:
		return JSONX_BOOL;
	case json_type_int:
		return JSONX_INT;
	case json_type_double:
		return JSONX_DOUBLE;
	case json_type_string:
		return JSONX_STR;
	case json_type_array:
		return JSONX_ARRAY;
	case json_type_object:
		return JSONX_OBJECT;
	case json_type_null:
		break;
	}
	return JSONX_NULL;
}

const struct jsonx *jsonx_get(const struct jsonx *object, const char *key)
{
	struct json_object *member = NULL;

	if (is(object, json_type_object))
		(void)json_object_object_get_ex(object_of(object), key, &member);
	return jsonx_of(member);
}

bool jsonx_strn(const struct jsonx *v, const char **p, size_t *len)
{
	if (!is(v, json_type_string))
		return false;
	*p = json_object_get_string(object_of(v));
	*len = (size_t)json_object_get_string_len(object_of(v));
	return true;
}

const char *jsonx_str(const struct jsonx *v)
{
	const char *p;
	size_t len;

	return jsonx_strn(v, &p, &len) && strlen(p) == len ? p : NULL;
}

bool jsonx_int(const struct jsonx *v, int64_t *out)
{
	if (!is(v, json_type_int))
		return false;
	*out = json_object_get_int64(object_of(v));
	return true;
}

bool jsonx_double(const struct jsonx *v, double *out)
{
	if (!is(v, json_type_int) && !is(v, json_type_double))
		return false;
	*out = json_object_get_double(object_of(v));
	return true;
}

const char *jsonx_double_text(const struct jsonx *v)
{
	return is(v, json_type_double) ? json_object_get_userdata(object_of(v)) : NULL;
}

bool jsonx_bool(const struct jsonx *v, bool *out)
{
	if (!is(v, json_type_boolean))
		return false;
	*out = json_object_get_boolean(object_of(v));
	return true;
}

bool jsonx_true(const struct jsonx *v)
{
	bool value;

	return jsonx_bool(v, &value) && value;
}

size_t jsonx_len(const struct jsonx *v)
{
	if (is(v, json_type_array))
		return json_object_array_length(object_of(v));
	return is(v, json_type_object) ? (size_t)json_object_object_length(object_of(v)) : 0;
}

const struct jsonx *jsonx_at(const struct jsonx *array, size_t i)
{
	return is(array, json_type_array) ? jsonx_of(json_object_array_get_idx(object_of(array), i)) : NULL;
}

bool jsonx_next(const struct jsonx *object, size_t *iter, const char **key, const struct jsonx **value)
{
	/* The iterator is the address of the entry returned last. */
	const struct lh_entry *entry = (const struct lh_entry *)(uintptr_t)*iter;

	if (!is(object, json_type_object))
		return false;
	entry = entry ? entry->next : json_object_get_object(object_of(object))->head;
	if (!entry)
		return false;
	*iter = (size_t)(uintptr_t)entry;
	*key = entry->k;
	*value = entry->v;
	return true;
}

const char *jsonx_get_str(const struct jsonx *object, const char *key)
{
	return jsonx_str(jsonx_get(object, key));
}

int64_t jsonx_get_int(const struct jsonx *object, const char *key, int64_t otherwise)
{
	int64_t value = otherwise;

	(void)jsonx_int(jsonx_get(object, key), &value);
	return value;
}
