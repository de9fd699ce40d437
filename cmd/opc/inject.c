#include "opc.h"

#include "opc/prefetch.h"
#include "opc/template.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

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
	return read_reference(arg, reference, out);
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct inject_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *text = secret_new(TEMPLATE_MAX);
	CLEANUP(secret_freep) struct secret *out = secret_new(TEMPLATE_MAX);
	CLEANUP(strv_release) struct strv references = {0};

	(void)names;
	TRY_(input_read(s->in_file, text));
	TRY_(connection_open(&s->connection, &l));
	const struct template_source source = {.variable = variable, .secret = secret, .arg = l};
	TRY_(template_references(secret_bytes(text), secret_len(text), &source, &references));
	prefetch(l, &references);
	TRY_(template_render(secret_bytes(text), secret_len(text), &source, out));
	return output_write(&s->output, out);
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
