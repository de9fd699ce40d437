#include "opc.h"

#include "opc/prefetch.h"
#include "opc/template.h"
#include "progress.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)

struct inject_settings {
	struct connection_settings connection;
	struct output_settings output;
	char *in_file;
};

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct inject_settings),
	OUTPUT_OPTIONS(struct inject_settings),
	{"in-file", NULL, CONFIG_STR, offsetof(struct inject_settings, in_file),
	 .help = "Template to read, instead of standard input."},
};

static const char *const aliases[] = {"i", "in-file", "o", "out-file", "f", "force", NULL};

static const char *variable(void *arg, const char *name)
{
	const size_t len = strlen(name);

	(void)arg;
	for (char **e = environ; *e; e++) {
		if (strncasecmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	}
	return NULL;
}

static NODISCARD err_t secret(void *arg, const char *reference, struct secret *out)
{
	bool is_file;

	return read_reference(arg, reference, out, &is_file);
}

/* What is rendered piece by piece, so that an input of any length passes through. */
struct injection {
	struct lookup *lookup;
	struct template_source source;
	struct secret *text; /* read, and not rendered yet */
	struct output *output;
};

static void injection_release(struct injection *i)
{
	lookup_free(i->lookup);
	secret_free(i->text);
	output_freep(&i->output);
}

/* The first n bytes of what was read. */
static NODISCARD err_t render(struct injection *i, size_t n)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(TEMPLATE_MAX);
	CLEANUP(strv_release) struct strv references = {0};
	const char *text = secret_bytes(i->text);
	struct secret *rest;

	TRY_(template_references(text, n, &i->source, &references));
	prefetch(i->lookup, &references);
	TRY_(template_render(text, n, &i->source, out));
	TRY_(output_add(i->output, out));
	for (size_t at = 0; at < n; at++)
		i->source.lines_before += text[at] == '\n';
	rest = secret_new(TEMPLATE_MAX);
	err_t e = secret_add(rest, text + n, secret_len(i->text) - n);
	secret_free(i->text);
	i->text = rest;
	return e;
}

/* Nothing is written before the first piece is whole. */
static NODISCARD err_t inject(struct injection *i, const struct input *in, const struct output_settings *to)
{
	for (;;) {
		const size_t before = secret_len(i->text);

		TRY_(input_add(in, PIECE, i->text));
		const bool ended = secret_len(i->text) - before < PIECE;
		const size_t n = ended ? secret_len(i->text)
				       : template_cut(secret_bytes(i->text), secret_len(i->text));
		if (!i->output)
			TRY_(output_begin(to, &i->output));
		if (n > 0)
			TRY_(render(i, n));
		if (!ended)
			progress_show((size_t)i->source.lines_before, "lines", str_empty(to->out_file));
		if (ended)
			return output_end(i->output);
	}
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct inject_settings *s = settings;
	CLEANUP(injection_release) struct injection i = {.text = secret_new(TEMPLATE_MAX)};
	struct input in;
	err_t e;

	(void)names;
	TRY_(connection_open(&s->connection, &i.lookup));
	i.source = (struct template_source){.variable = variable, .secret = secret, .arg = i.lookup};
	TRY_(input_open(s->in_file, &in));
	e = inject(&i, &in, &s->output);
	progress_clear();
	input_close(&in);
	return e;
}

const struct command command_inject = {
	.name = "inject",
	.arguments = "[-i FILE] [-o FILE]",
	.summary = "Writes a template with its secret references replaced by secrets.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct inject_settings),
	.aliases = aliases,
	.run = run,
};
