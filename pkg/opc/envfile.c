#include "opc/envfile.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

struct cursor {
	const char *at;
	int line;
	const struct envfile_source *source;
};

static void skip_blanks(struct cursor *c)
{
	while (*c->at == ' ' || *c->at == '\t' || *c->at == '\r')
		c->at++;
}

static void skip_line(struct cursor *c)
{
	c->at += strcspn(c->at, "\n");
}

static bool is_name_char(char ch, bool first)
{
	return isalpha((unsigned char)ch) || ch == '_' || (!first && isdigit((unsigned char)ch));
}

static char *take_name(struct cursor *c)
{
	size_t n = 0;

	while (is_name_char(c->at[n], n == 0))
		n++;
	c->at += n;
	return mem_strndup(c->at - n, n);
}

/* $NAME or ${NAME}; anything else is a dollar. */
static void expand(struct cursor *c, struct strbuf *out)
{
	struct cursor inner = {.at = c->at + 1};
	const bool braced = *inner.at == '{';
	const char *value;

	inner.at += braced;
	CLEANUP(mem_freep) char *name = take_name(&inner);
	if (str_empty(name) || (braced && *inner.at != '}')) {
		strbuf_addc(out, *c->at++);
		return;
	}
	value = c->source->variable(c->source->arg, name);
	strbuf_adds(out, value ? value : "");
	c->at = inner.at + braced;
}

static void escaped(struct cursor *c, bool in_quotes, struct strbuf *out)
{
	c->at++;
	if (*c->at == '\0')
		return;
	c->line += *c->at == '\n';
	strbuf_addc(out, (char)(in_quotes && *c->at == 'n' ? '\n' : *c->at));
	c->at++;
}

/* Up to the closing quote, over lines. */
static NODISCARD err_t quoted(struct cursor *c, struct strbuf *out)
{
	const char quote = *c->at++;
	const int first_line = c->line;

	while (*c->at != quote) {
		if (*c->at == '\0')
			return err_new(ERR_INVALID, "line %d: the quote is not closed", first_line);
		if (*c->at == '\\' && quote == '"') {
			escaped(c, true, out);
		} else if (*c->at == '$' && quote == '"') {
			expand(c, out);
		} else {
			c->line += *c->at == '\n';
			strbuf_addc(out, *c->at++);
		}
	}
	c->at++;
	return NULL;
}

static bool is_end(const struct cursor *c)
{
	return *c->at == '\0' || *c->at == '\n' || (*c->at == '#' && (c->at[-1] == ' ' || c->at[-1] == '\t'));
}

static void unquoted(struct cursor *c, struct strbuf *out)
{
	size_t len = out->len;

	while (!is_end(c)) {
		if (*c->at == '\\')
			escaped(c, false, out);
		else if (*c->at == '$')
			expand(c, out);
		else
			strbuf_addc(out, *c->at++);
		if (out->len > 0 && !strchr(" \t\r", out->p[out->len - 1]))
			len = out->len;
	}
	/* Blanks behind it do not count. */
	while (out->len > len)
		out->p[--out->len] = '\0';
}

static NODISCARD err_t parse_value(struct cursor *c, struct strbuf *out)
{
	const char *begin = c->at;

	if (*c->at == '"' || *c->at == '\'') {
		TRY_(quoted(c, out));
		skip_blanks(c);
		if (*c->at == '\0' || *c->at == '\n' || *c->at == '#')
			return NULL;
		/* Quotes inside a value, as in "a"b, are its own. */
		strbuf_reset(out);
		c->at = begin;
	}
	unquoted(c, out);
	return NULL;
}

static NODISCARD err_t parse_line(struct cursor *c)
{
	CLEANUP(strbuf_release) struct strbuf value = {0};
	const int line = c->line;

	skip_blanks(c);
	if (*c->at == '#' || *c->at == '\n' || *c->at == '\0')
		return NULL;
	if (strncmp(c->at, "export ", 7) == 0)
		c->at += 7;
	CLEANUP(mem_freep) char *name = take_name(c);
	skip_blanks(c);
	if (str_empty(name) || *c->at != '=')
		return err_new(ERR_INVALID, "line %d: write NAME=VALUE", line);
	c->at++;
	skip_blanks(c);
	strbuf_init(&value, ENVFILE_MAX);
	TRY_(parse_value(c, &value));
	TRY(strbuf_check(&value, "value"), "line %d", line);
	return c->source->set(c->source->arg, name, value.p ? value.p : "");
}

err_t envfile_parse(const char *text, const struct envfile_source *source)
{
	struct cursor c = {.at = text, .line = 1, .source = source};

	while (*c.at) {
		TRY_(parse_line(&c));
		skip_line(&c);
		if (*c.at == '\n') {
			c.at++;
			c.line++;
		}
	}
	return NULL;
}
