#include "http/router.h"
#include "base/mem.h"
#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that "%XX" at s stands for; -1 when it is no escape, or one of a NUL. */
static int escaped_byte(const char *s)
{
	const int high = hex_value(s[1]);
	const int low = high < 0 ? -1 : hex_value(s[2]);

	return low < 0 || (high == 0 && low == 0) ? -1 : high * 16 + low;
}

/* Decodes s in place; what is no escape stays as it is and makes the result false. */
static bool decode(char *s, bool plus_is_blank)
{
	bool good = true;
	char *out = s;

	for (; *s; s++) {
		const int byte = *s == '%' ? escaped_byte(s) : -1;

		if (byte >= 0) {
			*out++ = (char)byte;
			s += 2;
			continue;
		}
		good = good && *s != '%';
		*out++ = plus_is_blank && *s == '+' ? ' ' : *s;
	}
	*out = '\0';
	return good;
}

/* "/a/b" and "/a/b/" are "", "a", "b". */
static void split_path(const char *path, struct strv *out)
{
	strv_split(out, path, '/');
	if (out->n > 1 && !*out->v[out->n - 1]) {
		out->n--;
		mem_free(out->v[out->n]);
	}
}

static bool split_decoded(const char *path, struct strv *out)
{
	if (path[0] != '/')
		return false;
	split_path(path, out);
	for (size_t i = 0; i < out->n; i++)
		if (!decode(out->v[i], false) || !str_is_utf8(out->v[i], strlen(out->v[i])))
			return false;
	return true;
}

/* The walk over a pattern's segments. What is behind a trailing slash is "". */
static size_t segment_len(const char *pattern)
{
	return strcspn(pattern, "/");
}

static const char *next_segment(const char *pattern)
{
	pattern += segment_len(pattern);
	return *pattern ? pattern + 1 : NULL;
}

static bool matches_segment(const char *pattern, const char *segment)
{
	const size_t len = segment_len(pattern);

	if (pattern[0] == '{')
		return *segment;
	return strlen(segment) == len && memcmp(pattern, segment, len) == 0;
}

static bool matches(const char *pattern, const struct strv *path)
{
	size_t i = 0;

	for (; pattern && *pattern && i < path->n; i++, pattern = next_segment(pattern))
		if (!matches_segment(pattern, path->v[i]))
			return false;
	/* What may be left is the trailing slash. */
	return i == path->n && (!pattern || !*pattern);
}

static void take_params(const char *pattern, struct strv *path, struct router_match *out)
{
	for (size_t i = 0; i < path->n && out->n < ROUTER_PARAMS_MAX; i++, pattern = next_segment(pattern))
		if (pattern[0] == '{')
			out->params[out->n++] = TAKE(path->v[i]);
}

enum router_result router_find(const struct route *routes, size_t n, const char *method, const char *path,
			       const struct route **out, struct router_match *out_match)
{
	CLEANUP(strv_release) struct strv segments = {.v = NULL};
	enum router_result result = ROUTER_NOT_FOUND;

	*out_match = (struct router_match){.n = 0};
	if (!split_decoded(path, &segments))
		return ROUTER_BAD_PATH;
	for (size_t i = 0; i < n; i++) {
		if (!matches(routes[i].pattern, &segments))
			continue;
		if (!streq(routes[i].method, method)) {
			result = ROUTER_METHOD_NOT_ALLOWED;
			continue;
		}
		take_params(routes[i].pattern, &segments, out_match);
		*out = &routes[i];
		return ROUTER_FOUND;
	}
	return result;
}

void router_match_release(struct router_match *m)
{
	for (size_t i = 0; i < m->n; i++)
		mem_free(m->params[i]);
	*m = (struct router_match){.n = 0};
}

/* The value when the pair's name is the wanted one. */
static char *value_of(const char *pair, const char *name)
{
	CLEANUP(mem_freep) char *copy = mem_strdup(pair);
	char *equals = strchr(copy, '=');
	char *value;

	if (equals)
		*equals = '\0';
	(void)decode(copy, true);
	if (!streq(copy, name))
		return NULL;
	value = mem_strdup(equals ? equals + 1 : "");
	(void)decode(value, true);
	return value;
}

char *router_query(const char *query, const char *name)
{
	CLEANUP(strv_release) struct strv pairs = {.v = NULL};
	char *value = NULL;

	strv_split(&pairs, query, '&');
	for (size_t i = 0; i < pairs.n && !value; i++)
		value = value_of(pairs.v[i], name);
	return value;
}
