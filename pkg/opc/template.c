#include "opc/template.h"

#include "base/mem.h"
#include "base/str.h"
#include "onepassword/reference.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_LEN 256

struct cursor {
	const char *begin, *at, *end;
	const struct template_source *source;
	struct secret *out;
};

static size_t left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static bool looks_at(const struct cursor *c, const char *text)
{
	const size_t len = strlen(text);

	return left(c) >= len && memcmp(c->at, text, len) == 0;
}

static int line_of(const struct cursor *c)
{
	int line = 1 + c->source->lines_before;

	for (const char *p = c->begin; p < c->at; p++)
		line += *p == '\n';
	return line;
}

/* --- variables: a pass of its own, since they may stand within references --- */

static bool is_name_char(char ch, bool first)
{
	return isalpha((unsigned char)ch) || ch == '_' || (!first && isdigit((unsigned char)ch));
}

static size_t name_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < NAME_MAX_LEN && is_name_char(p[n], n == 0))
		n++;
	return n;
}

static NODISCARD err_t add_variable(struct cursor *c, const char *name, size_t len, const char *otherwise,
				    size_t otherwise_len)
{
	CLEANUP(mem_freep) char *upper = mem_strndup(name, len);
	const char *value;

	for (char *p = upper; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	value = c->source->variable(c->source->arg, upper);
	if (value)
		return secret_add(c->out, value, strlen(value));
	if (!otherwise)
		return err_new(ERR_INVALID,
			       "line %d: the variable %s is not set, and has no default (${%s:-...})",
			       line_of(c), upper, upper);
	return secret_add(c->out, otherwise, otherwise_len);
}

/* The end of ${…: its closing brace, that has no backslash before it. */
static const char *closing_brace(const struct cursor *c)
{
	for (const char *p = c->at; p < c->end && *p != '\n'; p++) {
		if (*p == '}' && p[-1] != '\\')
			return p;
	}
	return NULL;
}

static NODISCARD err_t braced_variable(struct cursor *c, bool *out_done)
{
	const char *p = c->at + 2, *brace = closing_brace(c), *otherwise = NULL;
	size_t len;

	*out_done = false;
	while (brace && p < brace && *p == ' ')
		p++;
	len = brace ? name_length(p, brace) : 0;
	if (len == 0)
		return NULL;
	const char *after = p + len;
	if (brace - after >= 2 && after[0] == ':' && after[1] == '-') {
		otherwise = after + 2;
	} else {
		while (after < brace && *after == ' ')
			after++;
		if (after != brace)
			return NULL;
	}
	TRY_(add_variable(c, p, len, otherwise, otherwise ? (size_t)(brace - otherwise) : 0));
	c->at = brace + 1;
	*out_done = true;
	return NULL;
}

static NODISCARD err_t variable(struct cursor *c, bool *out_done)
{
	size_t len;

	*out_done = false;
	if (left(c) > 2 && c->at[1] == '{')
		return braced_variable(c, out_done);
	len = name_length(c->at + 1, c->end);
	if (len == 0)
		return NULL;
	TRY_(add_variable(c, c->at + 1, len, NULL, 0));
	c->at += 1 + len;
	*out_done = true;
	return NULL;
}

static NODISCARD err_t expand_variables(struct cursor *c)
{
	while (c->at < c->end) {
		const char *dollar = memchr(c->at, '$', left(c));
		const char *stop = dollar ? dollar : c->end;
		bool done = false;

		TRY_(secret_add(c->out, c->at, (size_t)(stop - c->at)));
		c->at = stop;
		if (!dollar)
			break;
		TRY_(variable(c, &done));
		if (!done)
			TRY_(secret_add(c->out, c->at++, 1));
	}
	return NULL;
}

/* --- references --- */

static NODISCARD err_t add_secret(struct cursor *c, const char *reference, size_t len)
{
	CLEANUP(mem_freep) char *text = mem_strndup(reference, len);

	return c->source->secret(c->source->arg, text, c->out);
}

/* {{ "text" }} */
static NODISCARD err_t quoted(struct cursor *c, const char *p, bool *out_done)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(TEMPLATE_MAX);

	*out_done = false;
	for (p++; p < c->end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < c->end && p[1] == '"')
			p++;
		TRY_(secret_add(text, p, 1));
	}
	if (p < c->end)
		p++;
	while (p < c->end && *p == ' ')
		p++;
	if (c->end - p < 2 || p[0] != '}' || p[1] != '}')
		return NULL;
	TRY_(secret_add(c->out, secret_bytes(text), secret_len(text)));
	c->at = p + 2;
	*out_done = true;
	return NULL;
}

static NODISCARD err_t enclosed(struct cursor *c, bool *out_done)
{
	const char *p = c->at + 2, *close, *stop;

	*out_done = false;
	while (p < c->end && *p == ' ')
		p++;
	if (p < c->end && *p == '"')
		return quoted(c, p, out_done);
	close = memmem(p, (size_t)(c->end - p), "}}", 2);
	if (!close || (size_t)(close - p) < sizeof(OP_REFERENCE_PREFIX) ||
	    memcmp(p, OP_REFERENCE_PREFIX, sizeof(OP_REFERENCE_PREFIX) - 1) != 0)
		return NULL;
	for (stop = close; stop > p && stop[-1] == ' ';)
		stop--;
	TRY_(add_secret(c, p, (size_t)(stop - p)));
	c->at = close + 2;
	*out_done = true;
	return NULL;
}

static bool may_begin(const struct cursor *c)
{
	return c->at == c->begin || !(isalnum((unsigned char)c->at[-1]) || strchr("-+\\.", c->at[-1]));
}

static NODISCARD err_t unenclosed(struct cursor *c)
{
	const char *p = c->at + sizeof(OP_REFERENCE_PREFIX) - 1;

	while (p < c->end && (isalnum((unsigned char)*p) || strchr("-?_./", *p)))
		p++;
	/* A full stop behind it ends a sentence, a slash no part. */
	while (p > c->at && strchr("./?", p[-1]))
		p--;
	TRY_(add_secret(c, c->at, (size_t)(p - c->at)));
	c->at = p;
	return NULL;
}

static NODISCARD err_t replace_references(struct cursor *c)
{
	while (c->at < c->end) {
		bool done = false;

		if (looks_at(c, "{{")) {
			TRY_(enclosed(c, &done));
		} else if (looks_at(c, OP_REFERENCE_PREFIX) && may_begin(c)) {
			TRY_(unenclosed(c));
			done = true;
		}
		if (!done)
			TRY_(secret_add(c->out, c->at++, 1));
	}
	return NULL;
}

err_t template_render(const char *text, size_t len, const struct template_source *source, struct secret *out)
{
	CLEANUP(secret_freep) struct secret *expanded = secret_new(TEMPLATE_MAX);
	struct cursor variables = {text, text, text + len, source, expanded};
	struct cursor references = {.source = source, .out = out};

	TRY_(expand_variables(&variables));
	references.begin = references.at = secret_bytes(expanded);
	references.end = references.begin + secret_len(expanded);
	return replace_references(&references);
}

/* Whether {{ stands there with what the secret syntax has behind it. */
static bool is_opening(const char *p, const char *end)
{
	const size_t len = sizeof(OP_REFERENCE_PREFIX) - 1;

	if (end - p < 2 || p[0] != '{' || p[1] != '{')
		return false;
	for (p += 2; p < end && *p == ' ';)
		p++;
	/* What is cut off may be one. */
	if (p == end || *p == '"')
		return true;
	return memcmp(p, OP_REFERENCE_PREFIX, (size_t)(end - p) < len ? (size_t)(end - p) : len) == 0;
}

size_t template_cut(const char *text, size_t len)
{
	const char *end = text + len, *cut = text;

	for (const char *p = text; p < end; p++) {
		if (*p == '\n')
			cut = p + 1;
		if (!is_opening(p, end))
			continue;
		p = memmem(p, (size_t)(end - p), "}}", 2);
		if (!p)
			break;
	}
	return (size_t)(cut - text);
}

struct noting {
	const struct template_source *source;
	struct strv *references;
};

static const char *variable_of(void *arg, const char *name)
{
	const struct noting *n = arg;

	return n->source->variable(n->source->arg, name);
}

static NODISCARD err_t note_reference(void *arg, const char *reference, struct secret *out)
{
	const struct noting *n = arg;

	(void)out;
	if (!strv_has(n->references, reference))
		strv_add(n->references, reference);
	return NULL;
}

err_t template_references(const char *text, size_t len, const struct template_source *source,
			  struct strv *out)
{
	CLEANUP(secret_freep) struct secret *rest = secret_new(TEMPLATE_MAX);
	struct noting noting = {source, out};
	const struct template_source noter = {.variable = variable_of,
					      .secret = note_reference,
					      .arg = &noting,
					      .lines_before = source->lines_before};

	return template_render(text, len, &noter, rest);
}
