#include "config/overview.h"

#include "base/mem.h"
#include "base/near.h"

#include <string.h>

#define NAME_MAX 256
#define SHOWN_MAX 60

static void add_command(const struct program_of_commands *p, const struct command *c, struct strbuf *out)
{
	strbuf_addf(out, "  %s %s%s%s\n      %s\n", p->name, c->name, *c->arguments ? " " : "", c->arguments,
		    c->summary);
}

void overview_write(const struct program_of_commands *p, struct strbuf *out)
{
	strbuf_addf(out, "%s %s: %s\n\n", p->name, VERSION, p->about);
	for (size_t i = 0; i < p->n_commands; i++)
		add_command(p, p->commands[i], out);
	strbuf_addf(
		out,
		"\n%s COMMAND --help lists the flags of a command.\n"
		"%s completion bash|zsh|fish prints a script that completes them; %s manual is for man.\n",
		p->name, p->name, p->name);
}

/* The words up to the first flag, with blanks between them. Caller frees. */
static char *joined(const char *const *words, size_t n)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, NAME_MAX);
	for (size_t i = 0; i < n && words[i][0] != '-'; i++)
		strbuf_addf(&text, "%s%s", i > 0 ? " " : "", words[i]);
	return strbuf_take(&text);
}

static bool is_in_group(const struct command *c, const char *group)
{
	const size_t len = strlen(group);

	return strncmp(c->name, group, len) == 0 && c->name[len] == ' ';
}

bool overview_write_group(const struct program_of_commands *p, const char *const *words, size_t n,
			  struct strbuf *out)
{
	CLEANUP(mem_freep) char *group = joined(words, n);
	bool any = false;

	for (size_t i = 0; *group && i < p->n_commands; i++) {
		if (!is_in_group(p->commands[i], group))
			continue;
		add_command(p, p->commands[i], out);
		any = true;
	}
	return any;
}

static size_t count_words(const char *name)
{
	size_t n = 1;

	for (; *name; name++)
		n += *name == ' ';
	return n;
}

/* NULL: none is spelled much like it. */
static const struct command *nearest(const struct program_of_commands *p, const char *const *words, size_t n)
{
	const struct command *found = NULL;
	size_t closest = SIZE_MAX;

	for (size_t i = 0; i < p->n_commands; i++) {
		const size_t n_words = count_words(p->commands[i]->name);
		CLEANUP(mem_freep) char *typed = joined(words, n < n_words ? n : n_words);
		const size_t distance = near_distance(p->commands[i]->name, typed);

		if (distance >= closest || distance > near_limit(typed))
			continue;
		closest = distance;
		found = p->commands[i];
	}
	return found;
}

void overview_write_unknown(const struct program_of_commands *p, const char *const *words, size_t n,
			    struct strbuf *out)
{
	CLEANUP(mem_freep) char *typed = joined(words, n);
	const struct command *meant = nearest(p, words, n);

	strbuf_addf(out, "%s: unknown command \"", p->name);
	str_add_printable(out, typed, SHOWN_MAX);
	strbuf_adds(out, "\"");
	if (meant)
		strbuf_addf(out, "; did you mean \"%s\"?", meant->name);
	strbuf_adds(out, "\n\n");
	for (; n > 0; n--)
		if (overview_write_group(p, words, n - 1, out))
			break;
	strbuf_addf(out, "%s%s help lists all commands.\n", n > 0 ? "\n" : "", p->name);
}

static bool begin_with(const char *const *words, size_t n, const char *name)
{
	CLEANUP(strv_release) struct strv wanted = {0};

	strv_split(&wanted, name, ' ');
	for (size_t i = 0; i < wanted.n; i++)
		if (i >= n || !streq(words[i], wanted.v[i]))
			return false;
	return true;
}

const struct refused_command *overview_refused(const struct program_of_commands *p, const char *const *words,
					       size_t n)
{
	for (size_t i = 0; i < p->n_refused; i++)
		if (begin_with(words, n, p->refused[i].name))
			return &p->refused[i];
	return NULL;
}
