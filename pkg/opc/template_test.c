#include "opc/template.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"

#include <string.h>

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return streq(name, "VAULT") ? "prod" : streq(name, "EMPTY") ? "" : NULL;
}

/* A secret is its reference in angle brackets. */
static err_t secret(void *arg, const char *reference, struct secret *out)
{
	(void)arg;
	if (strstr(reference, "fails"))
		return err_new(ERR_NOT_FOUND, "no such secret");
	TRY_(secret_add(out, "<", 1));
	TRY_(secret_add(out, reference, strlen(reference)));
	return secret_add(out, ">", 1);
}

static char *rendered(const char *text)
{
	const struct template_source source = {.variable = variable, .secret = secret};
	CLEANUP(secret_freep) struct secret *out = secret_new(TEMPLATE_MAX);
	CLEANUP(err_freep) err_t e = template_render(text, strlen(text), &source, out);

	return e ? mem_printf("error: %s", err_text(e)) : mem_strndup(secret_bytes(out), secret_len(out));
}

TEST(op_template, is_rendered_by_the_rules_of_inject)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{"nothing { } {{ }} {{ x }} $ $1 op:/", "nothing { } {{ }} {{ x }} $ $1 op:/"},
		{"a: op://v/i/f", "a: <op://v/i/f>"},
		{"a: op://v/i/f\nb: op://v/i/s/f;", "a: <op://v/i/f>\nb: <op://v/i/s/f>;"},
		{"say op://v/i/f. Or op://v/i/f?", "say <op://v/i/f>. Or <op://v/i/f>?"},
		{"xop://v/i/f +op://v/i/f \\op://v/i/f .op://v/i/f -op://v/i/f",
		 "xop://v/i/f +op://v/i/f \\op://v/i/f .op://v/i/f -op://v/i/f"},
		{"\"op://v/i/f\"", "\"<op://v/i/f>\""},
		{"{{op://v/i/f}}{{  op://my vault/i/f?attribute=otp  }}",
		 "<op://v/i/f><op://my vault/i/f?attribute=otp>"},
		{"{{ \"{{ test \\\"test\\\" test }}\" }}", "{{ test \"test\" test }}"},
		{"{{ \"open }} {{ op://v/i/f", "{{ \"open }} {{ <op://v/i/f>"},
		{"op://$VAULT/i/f op://${vault}/i/f", "<op://prod/i/f> <op://prod/i/f>"},
		{"op://${ENV:-dev}/i/f [${ENV:-}] [${ VAULT }] [$EMPTY]", "<op://dev/i/f> [] [prod] []"},
		{"$$VAULT ${} ${1} ${VAULT", "$prod ${} ${1} ${VAULT"},
		{"a\n$MISSING",
		 "error: line 2: the variable MISSING is not set, and has no default (${MISSING:-...})"},
		{"op://fails/i/f", "error: no such secret"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *have = rendered(cases[i].text);

		CHECK_MSG(streq(have, cases[i].want), "%s: %s", cases[i].text, have);
	}
	CHECK_INT(err_live(), 0);
}

TEST(template, is_cut_behind_lines_and_never_within_a_reference)
{
	static const struct {
		const char *text;
		size_t cut;
	} cases[] = {
		{"", 0},
		{"no line", 0},
		{"one\ntwo", 4},
		{"one\n{{ op://a/b/c\n", 4},
		{"one\n{{ op://a/b/c }}\ntwo", 21},
		{"one\n{{ \"a\nb", 4},
		{"one\n{{ \"a\nb\" }}\n", 16},
		{"{{ .Helm\ntwo\n", 13},
		{"one\n{{", 4},
		{"one\n{{ op:", 4},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(template_cut(cases[i].text, strlen(cases[i].text)), cases[i].cut);
}
