#include "opc/envfile.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

/* What was set, as NAME=[VALUE]; in order. */
struct seen {
	struct strbuf text;
	char *last_name, *last_value;
};

static const char *variable(void *arg, const char *name)
{
	const struct seen *s = arg;

	if (streq(name, s->last_name))
		return s->last_value;
	return streq(name, "HOME") ? "/home/me" : NULL;
}

static err_t set(void *arg, const char *name, const char *value)
{
	struct seen *s = arg;

	strbuf_addf(&s->text, "%s=[%s]", name, value);
	mem_free(s->last_name);
	mem_free(s->last_value);
	s->last_name = mem_strdup(name);
	s->last_value = mem_strdup(value);
	return NULL;
}

static char *parsed(const char *text)
{
	struct seen s = {0};
	const struct envfile_source source = {.variable = variable, .set = set, .arg = &s};
	char *out;

	strbuf_init(&s.text, 65536);
	CLEANUP(err_freep) err_t e = envfile_parse(text, &source);
	out = e ? mem_printf("error: %s", err_text(e)) : mem_strdup(s.text.p ? s.text.p : "");
	strbuf_release(&s.text);
	mem_free(s.last_name);
	mem_free(s.last_value);
	return out;
}

TEST(envfile, is_read_by_the_rules_of_run)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{"\n# comment\n  # another\n\n", ""},
		{"A=1\nB = 2\n", "A=[1]B=[2]"},
		{"export A=1", "A=[1]"},
		{"A=", "A=[]"},
		{"A=  two words  \r\nB=x", "A=[two words]B=[x]"},
		{"A=x # comment\nB=x#no\nC=#all", "A=[x]B=[x#no]C=[#all]"},
		{"A=\" x \" # c\nB=' y '", "A=[ x ]B=[ y ]"},
		{"A=\"one\ntwo\"\nB=3", "A=[one\ntwo]B=[3]"},
		{"A=\"a\\nb\\\"c\"\nB='a\\nb'", "A=[a\nb\"c]B=[a\\nb]"},
		{"A=1\nB=$A-${A}-${NONE}.", "A=[1]B=[1-1-.]"},
		{"A=$HOME\nB='$HOME'\nC=\\$HOME\nE=\"\\$HOME\"", "A=[/home/me]B=[$HOME]C=[$HOME]E=[$HOME]"},
		{"A=$ $1 ${ ${x", "A=[$ $1 ${ ${x]"},
		{"JSON={\"foo\":\"bar\"}", "JSON=[{\"foo\":\"bar\"}]"},
		{"A=\"a\"b", "A=[\"a\"b]"},
		{"A=op://vault/item/field", "A=[op://vault/item/field]"},
		{"A\n", "error: line 1: write NAME=VALUE"},
		{"A=1\n=2", "error: line 2: write NAME=VALUE"},
		{"A=1\n2B=2", "error: line 2: write NAME=VALUE"},
		{"A=1\nB=\"x\ny", "error: line 2: the quote is not closed"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *have = parsed(cases[i].text);

		CHECK_MSG(streq(have, cases[i].want), "%s: %s", cases[i].text, have);
	}
	CHECK_INT(err_live(), 0);
}
