#include "connect/filter.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t"
#define EXAMPLE "write for example title eq \"My item\""

void filter_release(struct filter *f)
{
	mem_freep(&f->value);
}

/* The next word of *p as a new string; moves *p behind it. */
static char *next_word(const char **p)
{
	*p += strspn(*p, BLANKS);
	const size_t len = strcspn(*p, BLANKS);
	char *word = mem_strndup(*p, len);

	*p += len;
	return word;
}

static NODISCARD err_t parse_attribute(const char *word, bool has_tags, enum filter_attribute *out)
{
	if (strcasecmp(word, "title") == 0 || strcasecmp(word, "name") == 0)
		*out = FILTER_TITLE;
	else if (has_tags && strcasecmp(word, "tag") == 0)
		*out = FILTER_TAG;
	else
		return err_new(ERR_INVALID, "Invalid filter: it begins with title%s; " EXAMPLE,
			       has_tags ? " or tag" : " or name");
	return NULL;
}

static NODISCARD err_t parse_operator(const char *word, enum filter_operator *out)
{
	if (strcasecmp(word, "eq") == 0)
		*out = FILTER_EQUALS;
	else if (strcasecmp(word, "co") == 0)
		*out = FILTER_CONTAINS;
	else
		return err_new(ERR_INVALID, "Invalid filter: the operator is eq or co; " EXAMPLE);
	return NULL;
}

static NODISCARD err_t parse_value(const char *p, char **out)
{
	p += strspn(p, BLANKS);
	const char *first = strchr(p, '"'), *last = strrchr(p, '"');

	if (!first) {
		const size_t len = strcspn(p, BLANKS);

		if (len == 0 || p[len + strspn(p + len, BLANKS)] != '\0')
			return err_new(ERR_INVALID, "Invalid filter: put the value in quotes; " EXAMPLE);
		*out = mem_strndup(p, len);
		return NULL;
	}
	if (first != p || first == last || last[1 + strspn(last + 1, BLANKS)] != '\0')
		return err_new(ERR_INVALID, "Invalid filter: the quotes do not enclose the value; " EXAMPLE);
	*out = mem_strndup(first + 1, (size_t)(last - first - 1));
	return NULL;
}

err_t filter_parse(const char *text, bool has_tags, struct filter *out)
{
	struct filter f = {.attribute = FILTER_NONE};

	if (!text || text[strspn(text, BLANKS)] == '\0') {
		*out = f;
		return NULL;
	}
	CLEANUP(mem_freep) char *attribute = next_word(&text);
	CLEANUP(mem_freep) char *op = next_word(&text);
	TRY_(parse_attribute(attribute, has_tags, &f.attribute));
	TRY_(parse_operator(op, &f.op));
	TRY_(parse_value(text, &f.value));
	*out = f;
	return NULL;
}

bool filter_matches_text(const struct filter *f, const char *text)
{
	if (f->attribute == FILTER_NONE)
		return true;
	return f->op == FILTER_EQUALS ? streq(text, f->value) : strstr(text, f->value) != NULL;
}

bool filter_matches_name(const struct filter *f, const char *name)
{
	if (f->attribute == FILTER_NONE)
		return true;
	return f->op == FILTER_EQUALS ? strcasecmp(name, f->value) == 0 : strcasestr(name, f->value) != NULL;
}
