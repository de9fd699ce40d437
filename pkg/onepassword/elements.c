#include "onepassword/elements.h"

static void skip_space(struct elements *e)
{
	while (e->at < e->len &&
	       (e->p[e->at] == ' ' || e->p[e->at] == '\t' || e->p[e->at] == '\n' || e->p[e->at] == '\r'))
		e->at++;
}

static bool at_char(const struct elements *e, char c)
{
	return e->at < e->len && e->p[e->at] == c;
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct elements *e)
{
	for (e->at++; e->at < e->len && e->p[e->at] != '"'; e->at++) {
		if (e->p[e->at] == '\\')
			e->at++;
	}
	e->at++;
}

/* To the comma or bracket that ends the element; false when there is none. */
static bool skip_element(struct elements *e)
{
	size_t depth = 0;

	while (e->at < e->len) {
		switch (e->p[e->at]) {
		case '"':
			skip_string(e);
			continue;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			if (depth == 0)
				return e->p[e->at] == ']';
			depth--;
			break;
		case ',':
			if (depth == 0)
				return true;
			break;
		default:
			break;
		}
		e->at++;
	}
	return false;
}

err_t elements_next(struct elements *e, const char **out, size_t *out_len)
{
	const bool first = !e->begun;
	size_t start;

	skip_space(e);
	if (first && !at_char(e, '['))
		return err_new(ERR_PROTOCOL, "list: not a JSON array");
	e->begun = true;
	if (first) {
		e->at++;
		skip_space(e);
	}
	if (at_char(e, ']')) {
		e->at++;
		skip_space(e);
		if (e->at < e->len)
			return err_new(ERR_PROTOCOL, "list: something follows its end");
		*out = NULL;
		return NULL;
	}
	/* Over the comma that ended the element before. */
	if (!first)
		e->at++;
	start = e->at;
	if (!skip_element(e))
		return err_new(ERR_PROTOCOL, "list: not closed");
	*out = e->p + start;
	*out_len = e->at - start;
	return NULL;
}
