#include "config/complete.h"

#include "base/mem.h"

#include <string.h>

/* PROGRAM stands for the program's name. Nothing is typed into a shell but what the program printed. */
static const struct {
	const char *shell, *text;
} scripts[] = {
	{"bash", "_PROGRAM() {\n"
		 "\tlocal line\n"
		 "\tCOMPREPLY=()\n"
		 "\twhile IFS= read -r line; do\n"
		 "\t\tCOMPREPLY+=(\"${line%%$'\\t'*}\")\n"
		 "\tdone < <(PROGRAM __complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
		 "}\n"
		 "complete -o default -F _PROGRAM PROGRAM\n"},
	{"zsh", "#compdef PROGRAM\n"
		"_PROGRAM() {\n"
		"\tlocal line\n"
		"\tlocal -a found\n"
		"\twhile IFS= read -r line; do\n"
		"\t\tfound+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
		"\tdone < <(PROGRAM __complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
		"\tif (( $#found )); then _describe PROGRAM found; else _files; fi\n"
		"}\n"
		"compdef _PROGRAM PROGRAM\n"},
	{"fish", "function __PROGRAM_complete\n"
		 "\tset --local words (commandline --current-process --tokenize --cut-at-cursor)\n"
		 "\tset --append words (commandline --current-token --cut-at-cursor)\n"
		 "\tPROGRAM __complete -- $words[2..-1] 2>/dev/null\n"
		 "end\n"
		 "complete --command PROGRAM --arguments '(__PROGRAM_complete)'\n"},
};

err_t complete_script(const char *program, const char *shell, struct strbuf *out)
{
	static const char mark[] = "PROGRAM";
	const char *text = NULL, *next;

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		if (streq(scripts[i].shell, shell))
			text = scripts[i].text;
	if (!text)
		return err_new(ERR_INVALID, "completion is for bash, zsh or fish");
	for (; (next = strstr(text, mark)); text = next + sizeof(mark) - 1) {
		strbuf_add(out, text, (size_t)(next - text));
		strbuf_adds(out, program);
	}
	strbuf_adds(out, text);
	return strbuf_check(out, "the script");
}

static void add(struct strbuf *out, const char *typed, const char *dashes, const char *candidate,
		const char *help)
{
	CLEANUP(mem_freep) char *whole = mem_printf("%s%s", dashes, candidate);

	if (str_has_prefix(whole, typed))
		strbuf_addf(out, "%s\t%s\n", whole, help);
}

/* The n words are the first ones of the command's name; *out_next: the one behind them, NULL when these are
 * all. */
static bool begins(const struct command *c, const char *const *words, size_t n, struct strv *name,
		   const char **out_next)
{
	strv_split(name, c->name, ' ');
	for (size_t i = 0; i < n && i < name->n; i++)
		if (!streq(name->v[i], words[i]))
			return false;
	*out_next = n < name->n ? name->v[n] : NULL;
	return true;
}

static const struct config_option *option_named(const struct command *c, const char *word)
{
	const char *bare = word + strspn(word, "-");

	for (size_t i = 0; *word == '-' && i < c->n_options; i++)
		if (c->options[i].flag && streq(c->options[i].flag, bare))
			return &c->options[i];
	return NULL;
}

/* Flags, or values of the flag before. */
static void add_flags(const struct command *c, const char *before, const char *word, struct strbuf *out)
{
	const struct config_option *o = option_named(c, before);

	for (size_t i = 0; o && o->allowed && o->allowed[i]; i++)
		add(out, word, "", o->allowed[i], "");
	if (o && o->type != CONFIG_BOOL && o->type != CONFIG_AUTO && !o->bare)
		return;
	for (size_t i = 0; *word == '-' && i < c->n_options; i++)
		if (c->options[i].flag)
			add(out, word, "--", c->options[i].flag, c->options[i].help);
}

void complete_candidates(const struct program_of_commands *p, const char *const *words, size_t n,
			 struct strbuf *out)
{
	CLEANUP(strv_release) struct strv said = {0};
	const size_t before = n > 0 ? n - 1 : 0;
	const char *typed = n > 0 ? words[n - 1] : "";

	for (size_t i = 0; i < p->n_commands; i++) {
		const struct command *c = p->commands[i];
		CLEANUP(strv_release) struct strv name = {0};
		const char *next = NULL;

		if (!begins(c, words, before, &name, &next))
			continue;
		if (!next) {
			add_flags(c, words[before - 1], typed, out);
		} else if (!strv_has(&said, next)) {
			strv_add(&said, next);
			add(out, typed, "", next, streq(next, name.v[name.n - 1]) ? c->summary : "");
		}
	}
}
