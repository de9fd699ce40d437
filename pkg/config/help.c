#include "config/config.h"
#include "config/value.h"

void config_help(const struct config_option *options, size_t n, struct strbuf *out)
{
	strbuf_adds(out, "Flags and environment variables; a flag wins over its variable, an empty variable "
			 "counts as not set:\n");
	for (size_t i = 0; i < n; i++) {
		const struct config_option *o = &options[i];

		strbuf_adds(out, "\n  ");
		if (o->flag)
			strbuf_addf(out, "--%s%s", o->flag, o->env ? ", " : "");
		strbuf_addf(out, "%s\n      %s (", o->env ? o->env : "", o->help);
		config_value_describe(o, out);
		if (o->otherwise)
			strbuf_addf(out, "; default: %s", o->otherwise);
		strbuf_adds(out, ")\n");
	}
}
