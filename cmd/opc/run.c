#include "opc.h"

#include "base/file.h"
#include "base/mem.h"
#include "child.h"
#include "opc/envfile.h"
#include "opc/mask.h"
#include "opc/prefetch.h"
#include "opc/template.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_settings {
	struct connection_settings connection;
	struct strv env_files;
	bool no_masking;
};

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct run_settings),
	{"env-file", NULL, CONFIG_REPEATED, offsetof(struct run_settings, env_files),
	 .help = "File of NAME=VALUE lines, which win over the environment."},
	{"no-masking", "OP_RUN_NO_MASKING", CONFIG_BOOL, offsetof(struct run_settings, no_masking),
	 .help = "Leave secrets in what the command prints."},
};

/* The environment of the command, and what must not be seen of it. */
struct loading {
	struct lookup *lookup;
	const struct connection_settings *connection;
	struct mask *mask;
};

/* Connects at the first secret: a command without any needs no server. */
static NODISCARD err_t load_secret(void *arg, const char *reference, struct secret *out)
{
	struct loading *l = arg;
	CLEANUP(secret_freep) struct secret *secret = secret_new(TEMPLATE_MAX);
	bool is_file;

	if (!l->lookup)
		TRY_(connection_open(l->connection, &l->lookup));
	TRY_(read_reference(l->lookup, reference, secret, &is_file));
	TRY_(mask_add(l->mask, secret));
	return secret_add(out, secret_bytes(secret), secret_len(secret));
}

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static NODISCARD err_t set_variable(const char *name, const char *value)
{
	if (setenv(name, value, 1) != 0) /* NOLINT(concurrency-mt-unsafe): one thread */
		return err_new(ERR_INVALID, "the environment variable %s can't be set: %m", name);
	return NULL;
}

static NODISCARD err_t set_from_file(void *arg, const char *name, const char *value)
{
	(void)arg;
	return set_variable(name, value);
}

static NODISCARD err_t set_secret(const char *name, const struct secret *value)
{
	if (strlen(secret_bytes(value)) != secret_len(value))
		return err_new(ERR_INVALID, "%s: a secret with a NUL byte can't be an environment variable",
			       name);
	return set_variable(name, secret_bytes(value));
}

static NODISCARD err_t load_files(const struct strv *paths)
{
	const struct envfile_source source = {.variable = variable, .set = set_from_file};

	for (size_t i = 0; i < paths->n; i++) {
		CLEANUP(mem_freep) char *text = NULL;
		size_t len = 0;

		TRY_(file_read(paths->v[i], ENVFILE_MAX, &text, &len));
		TRY(envfile_parse(text, &source), "%s", paths->v[i]);
	}
	return NULL;
}

/* The names of those whose value has a reference, as they stand before any is replaced. */
static void find_references(struct strv *out)
{
	for (char **e = environ; *e; e++) {
		const char *equals = strchr(*e, '=');

		if (equals && strstr(equals + 1, OP_REFERENCE_PREFIX)) {
			char *name = mem_strndup(*e, (size_t)(equals - *e));

			strv_add_take(out, &name);
		}
	}
}

static NODISCARD err_t load_variable(struct loading *l, const char *name)
{
	const struct template_source source = {.variable = variable, .secret = load_secret, .arg = l};
	CLEANUP(secret_freep) struct secret *value = secret_new(TEMPLATE_MAX);
	const char *text = variable(NULL, name);

	/* A whole reference may have blanks in its parts. */
	if (str_has_prefix(text, OP_REFERENCE_PREFIX))
		TRY_(load_secret(l, text, value));
	else
		TRY(template_render(text, strlen(text), &source, value), "%s", name);
	return set_secret(name, value);
}

static NODISCARD err_t note_references(const char *name, struct strv *out)
{
	const struct template_source source = {.variable = variable};
	const char *text = variable(NULL, name);

	if (!str_has_prefix(text, OP_REFERENCE_PREFIX))
		return template_references(text, strlen(text), &source, out);
	if (!strv_has(out, text))
		strv_add(out, text);
	return NULL;
}

/* Several at once cost fewer requests. */
static NODISCARD err_t prefetch_all(struct loading *l, const struct strv *names)
{
	CLEANUP(strv_release) struct strv references = {0};

	for (size_t i = 0; i < names->n; i++)
		TRY(note_references(names->v[i], &references), "%s", names->v[i]);
	if (references.n < 2)
		return NULL;
	if (!l->lookup)
		TRY_(connection_open(l->connection, &l->lookup));
	prefetch(l->lookup, &references);
	return NULL;
}

static NODISCARD err_t load_environment(struct loading *l, const struct strv *files)
{
	CLEANUP(strv_release) struct strv names = {0};

	TRY_(load_files(files));
	find_references(&names);
	TRY_(prefetch_all(l, &names));
	for (size_t i = 0; i < names.n; i++)
		TRY_(load_variable(l, names.v[i]));
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct run_settings *s = settings;
	CLEANUP(mask_freep) struct mask *mask = mask_new();
	struct loading loading = {.connection = &s->connection, .mask = mask};
	int status = 0;
	err_t e = load_environment(&loading, &s->env_files);

	lookup_free(loading.lookup);
	TRY_(e);
	TRY_(child_run(names, s->no_masking || !mask_has_any(mask) ? NULL : mask, &status));
	exit(status); /* NOLINT(concurrency-mt-unsafe): one thread */
}

const struct command command_run = {
	.name = "run",
	.arguments = "[--env-file FILE]... [--no-masking] -- COMMAND [ARGUMENT]...",
	.summary = "Runs a command with the secret references in its environment replaced by secrets.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.takes_command = true,
	.settings_size = sizeof(struct run_settings),
	.run = run,
};
