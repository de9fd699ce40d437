#include "config/manual.h"

#include "config/value.h"

#include <ctype.h>

/* Text as man's macros show it unchanged. */
static void add_text(struct strbuf *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		strbuf_adds(out, "\\&");
	for (; *s; s++) {
		if (*s == '\\')
			strbuf_adds(out, "\\e");
		else if (*s == '-')
			strbuf_adds(out, "\\-");
		else if (*s == '"')
			strbuf_adds(out, "\\(dq");
		else
			strbuf_addc(out, *s);
	}
}

static void add_option(const struct config_option *o, struct strbuf *out)
{
	strbuf_adds(out, ".TP\n.B ");
	if (o->flag) {
		strbuf_adds(out, "\\-\\-");
		add_text(out, o->flag);
		strbuf_adds(out, o->env ? ", " : "");
	}
	add_text(out, o->env ? o->env : "");
	strbuf_adds(out, "\n");
	add_text(out, o->help);
	strbuf_adds(out, " (");
	config_value_describe(o, out);
	if (o->otherwise) {
		strbuf_adds(out, "; default: ");
		add_text(out, o->otherwise);
	}
	strbuf_adds(out, ")\n");
}

static bool is_global(const struct program_of_commands *p, const struct config_option *o)
{
	for (size_t i = 0; i < p->n_globals; i++)
		if (o->flag && streq(p->globals[i].flag, o->flag))
			return true;
	return false;
}

static void add_command(const struct program_of_commands *p, const struct command *c, struct strbuf *out)
{
	strbuf_addf(out, ".SS %s\n.B %s %s\n", c->name, p->name, c->name);
	add_text(out, c->arguments);
	strbuf_adds(out, "\n.PP\n");
	add_text(out, c->summary);
	strbuf_adds(out, "\n");
	for (size_t i = 0; i < c->n_options; i++)
		if (!is_global(p, &c->options[i]))
			add_option(&c->options[i], out);
}

void manual_write(const struct program_of_commands *p, struct strbuf *out)
{
	strbuf_adds(out, ".TH ");
	for (const char *s = p->name; *s; s++)
		strbuf_addc(out, (char)toupper((unsigned char)*s));
	strbuf_addf(out, " 1 \"\" \"%s %s\"\n.SH NAME\n%s \\- ", p->name, VERSION, p->name);
	add_text(out, p->about);
	strbuf_addf(out, "\n.SH SYNOPSIS\n.B %s\nCOMMAND [FLAG]... [WORD]...\n.SH COMMANDS\n", p->name);
	for (size_t i = 0; i < p->n_commands; i++)
		add_command(p, p->commands[i], out);
	if (p->n_globals > 0)
		strbuf_adds(out, ".SH FLAGS OF EVERY COMMAND\n");
	for (size_t i = 0; i < p->n_globals; i++)
		add_option(&p->globals[i], out);
	strbuf_adds(out,
		    ".SH SEE ALSO\nA flag wins over its environment variable; an empty variable counts as "
		    "not set.\n.B --help\nbehind a command shows the same.\n");
}
