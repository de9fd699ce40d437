#include "kube/selector.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define TEXT_MAX 4096
#define NAME_MAX 63
#define PREFIX_MAX 253

enum operation { EXISTS, ABSENT, IN, NOT_IN };

struct requirement {
	enum operation op;
	char *key;
	struct strv values;
};

struct kube_selector {
	struct requirement *v;
	size_t n;
};

void kube_selector_free(struct kube_selector *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		mem_free(s->v[i].key);
		strv_release(&s->v[i].values);
	}
	mem_free(s->v);
	mem_free(s);
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || c == '/';
}

/* A label's value, or the name of its key: letters and digits at both ends. */
static bool is_name(const char *s, size_t len)
{
	if (len == 0 || len > NAME_MAX || !isalnum((unsigned char)s[0]) ||
	    !isalnum((unsigned char)s[len - 1]))
		return false;
	return !memchr(s, '/', len);
}

static bool is_prefix(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-' &&
		    s[i] != '.')
			return false;
	return len > 0 && len <= PREFIX_MAX;
}

static bool is_key(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash ? is_prefix(s, (size_t)(slash - s)) && is_name(slash + 1, strlen(slash + 1))
		     : is_name(s, strlen(s));
}

static bool is_value(const char *s)
{
	return *s == '\0' || is_name(s, strlen(s));
}

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static char *take_word(const char **p)
{
	const char *begin = skip_space(*p), *end = begin;

	while (is_word_char(*end))
		end++;
	*p = skip_space(end);
	return mem_strndup(begin, (size_t)(end - begin));
}

static err_t take_value(const char **p, struct strv *out)
{
	char *value CLEANUP(mem_freep) = take_word(p);

	if (!is_value(value))
		return err_new(ERR_INVALID, "\"%s\" can't be the value of a label", value);
	strv_add_take(out, &value);
	return NULL;
}

static err_t take_set(const char **p, struct strv *out)
{
	if (**p != '(')
		return err_new(ERR_INVALID, "in and notin need values in parentheses: (a,b)");
	do {
		++*p;
		TRY_(take_value(p, out));
	} while (**p == ',');
	if (**p != ')')
		return err_new(ERR_INVALID, "a ) is missing");
	*p = skip_space(*p + 1);
	return NULL;
}

/* What stands behind the key. */
static err_t take_condition(const char **p, struct requirement *r)
{
	const bool negated = **p == '!';
	char *word CLEANUP(mem_freep) = NULL;

	if (negated || **p == '=') {
		r->op = negated ? NOT_IN : IN;
		*p += (*p)[1] == '=' ? 2 : 1;
		if (negated && (*p)[-1] != '=')
			return err_new(ERR_INVALID, "= must follow the ! behind %s", r->key);
		return take_value(p, &r->values);
	}
	word = take_word(p);
	if (streq(word, "in") || streq(word, "notin")) {
		r->op = streq(word, "in") ? IN : NOT_IN;
		return take_set(p, &r->values);
	}
	if (*word)
		return err_new(ERR_INVALID, "after %s, \"%s\" is not one of =, !=, in, notin", r->key, word);
	return NULL;
}

static err_t take_requirement(const char **p, struct requirement *r)
{
	*p = skip_space(*p);
	if (**p == '!') {
		r->op = ABSENT;
		++*p;
	}
	r->key = take_word(p);
	if (!is_key(r->key))
		return err_new(ERR_INVALID, "\"%s\" can't be the key of a label", r->key);
	return r->op == ABSENT ? NULL : take_condition(p, r);
}

static err_t parse(const char *text, struct kube_selector *s)
{
	const char *p = skip_space(text);

	if (*p == '\0')
		return NULL;
	for (;; p++) {
		s->v = mem_grow(s->v, s->n + 1, sizeof(*s->v));
		s->v[s->n++] = (struct requirement){.op = EXISTS};
		TRY_(take_requirement(&p, &s->v[s->n - 1]));
		if (*p == '\0')
			return NULL;
		if (*p != ',')
			return err_new(ERR_INVALID, "a comma must stand before \"%s\"", p);
	}
}

err_t kube_selector_parse(const char *text, struct kube_selector **out)
{
	struct kube_selector *s;
	err_t e;

	if (strlen(text) > TEXT_MAX)
		return err_new(ERR_TOO_LARGE, "a label selector has at most %d bytes", TEXT_MAX);
	s = MEM_NEW(struct kube_selector);
	e = parse(text, s);
	if (e)
		kube_selector_free(s);
	else
		*out = s;
	return e;
}

static bool holds(const struct requirement *r, const char *value)
{
	switch (r->op) {
	case EXISTS:
		return value;
	case ABSENT:
		return !value;
	case IN:
		return value && strv_has(&r->values, value);
	case NOT_IN:
		return !value || !strv_has(&r->values, value);
	}
	return false;
}

bool kube_selector_matches(const struct kube_selector *s, const struct jsonx *labels)
{
	for (size_t i = 0; i < s->n; i++)
		if (!holds(&s->v[i], jsonx_get_str(labels, s->v[i].key)))
			return false;
	return true;
}
