#include "opc/assignment.h"

#include "base/mem.h"
#include "base/str.h"
#include "onepassword/fold.h"

#include <string.h>

#define NAME_MAX_LEN 256
#define TYPES "password, text, email, url, date, monthYear, phone, otp, file or delete"

static const struct {
	const char *name, *type;
} types[] = {
	{"password", "CONCEALED"},
	{"concealed", "CONCEALED"},
	{"text", "STRING"},
	{"string", "STRING"},
	{"email", "EMAIL"},
	{"url", "URL"},
	{"date", "DATE"},
	{"phone", "PHONE"},
	{"monthYear", "MONTH_YEAR"},
	{"month_year", "MONTH_YEAR"},
	{"otp", "OTP"},
	{"menu", "MENU"},
};

void assignment_release(struct assignment *a)
{
	mem_free(a->section);
	mem_free(a->field);
	secret_free(a->value);
	*a = (struct assignment){0};
}

/* The first c that no backslash stands before; NULL if none. */
static const char *find(const char *s, const char *end, char c)
{
	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end)
			s++;
		else if (*s == c)
			return s;
	}
	return NULL;
}

static char *unescaped(const char *s, const char *end)
{
	char *out = mem_zalloc((size_t)(end - s) + 1);
	size_t n = 0;

	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end && strchr(".=[\\", s[1]))
			s++;
		out[n++] = *s;
	}
	return out;
}

static NODISCARD err_t parse_type(const char *s, const char *end, struct assignment *out)
{
	CLEANUP(mem_freep) char *name = mem_strndup(s, (size_t)(end - s));

	out->remove = fold_equal(name, "delete");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (fold_equal(types[i].name, name))
			out->type = types[i].type;
	out->is_file = fold_equal(name, "file");
	if (!out->remove && !out->is_file && !out->type)
		return err_new(ERR_INVALID, "'%s' has the type '%s'; a type is " TYPES, out->field, name);
	return NULL;
}

static NODISCARD err_t parse(const char *text, struct assignment *out)
{
	const char *end = text + strlen(text), *equals = find(text, end, '=');
	const char *left = equals ? equals : end, *bracket = find(text, left, '[');
	const char *name_end = bracket && left[-1] == ']' ? bracket : left;
	const char *dot = find(text, name_end, '.');

	if (name_end - text > NAME_MAX_LEN)
		return err_new(ERR_INVALID, "the name of a field has at most %d bytes", NAME_MAX_LEN);
	if (dot)
		out->section = unescaped(text, dot);
	out->field = unescaped(dot ? dot + 1 : text, name_end);
	if (str_empty(out->field) || (dot && str_empty(out->section)) || (!equals && !bracket))
		return err_new(ERR_INVALID, "'%s' is no assignment: [SECTION.]FIELD[[TYPE]]=VALUE",
			       equals ? out->field : text);
	if (name_end == bracket)
		TRY_(parse_type(bracket + 1, left - 1, out));
	if (out->remove && equals && equals[1])
		return err_new(ERR_INVALID, "'%s[delete]' has a value", out->field);
	if (!out->remove && !equals)
		return err_new(ERR_INVALID, "'%s' has no value", out->field);
	if (out->remove)
		return NULL;
	if (out->is_file && !equals[1])
		return err_new(ERR_INVALID, "'%s[file]' needs the path of a file", out->field);
	out->value = secret_from_str(equals + 1);
	return NULL;
}

err_t assignment_parse(const char *text, struct assignment *out)
{
	struct assignment a = {0};
	err_t e = parse(text, &a);

	if (e)
		assignment_release(&a);
	else
		*out = a;
	return e;
}
