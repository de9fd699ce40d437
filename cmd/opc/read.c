#include "opc.h"

#define SECRET_MAX ((size_t)16 << 20)

struct read_settings {
	struct connection_settings connection;
	struct output_settings output;
	bool no_newline;
};

static const struct config_option options[] = {
	CONNECTION_OPTIONS(struct read_settings),
	OUTPUT_OPTIONS(struct read_settings),
	{"no-newline", NULL, CONFIG_BOOL, offsetof(struct read_settings, no_newline),
	 .help = "No newline behind the secret; a file gets none anyway."},
};

static const char *const aliases[] = {"n", "no-newline", "o", "out-file", "f", "force", NULL};

err_t read_reference(struct lookup *l, const char *reference, struct secret *out, bool *out_is_file)
{
	CLEANUP(op_reference_release) struct op_reference r = {0};
	CLEANUP(strbuf_release) struct strbuf shown = {0};
	const struct secret *known = lookup_known(l, reference);

	*out_is_file = false;
	if (known)
		return secret_add(out, secret_bytes(known), secret_len(known));

	strbuf_init(&shown, OP_REFERENCE_MAX + 64);
	str_add_printable(&shown, reference, OP_REFERENCE_MAX);
	TRY(op_reference_parse(reference, &r), "could not read secret '%s': invalid secret reference '%s'",
	    shown.p, shown.p);
	return err_wrap(lookup_secret(l, &r, out, out_is_file), "could not read secret '%s'", shown.p);
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct read_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *secret = secret_new(SECRET_MAX);
	bool is_file = false;

	TRY_(connection_open(&s->connection, &l));
	TRY_(read_reference(l, names[0], secret, &is_file));
	if (!s->no_newline && !is_file)
		TRY_(secret_add(secret, "\n", 1));
	return output_write(&s->output, secret);
}

const struct command command_read = {
	.name = "read",
	.arguments = "op://VAULT/ITEM/[SECTION/]FIELD [-n] [-o FILE]",
	.summary = "Prints the secret that a reference leads to.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct read_settings),
	.aliases = aliases,
	.run = run,
};
