#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/str.h"

/* Options of a program as one table: command-line flag (-x and --x, with '=' or the next argument, as Go's
 * flag package), environment variable, default, range, help. Precedence: flag, environment, default; of a
 * flag given twice the last one; an empty variable counts as not set. An unknown flag is an error that names
 * the nearest one. The parsed struct is const afterwards. */
enum config_type {
	CONFIG_STR,      /* char *, never NULL (owned, see config_release) */
	CONFIG_INT,      /* int64_t, within min and max */
	CONFIG_BOOL,     /* bool; as a flag the value is optional */
	CONFIG_AUTO,     /* enum config_auto: true, false or auto; as a flag the value is optional */
	CONFIG_DURATION, /* int64_t ns; Go's syntax */
	CONFIG_SECONDS,  /* int64_t ns, given as whole seconds */
	CONFIG_LIST,     /* struct strv: comma-separated, trimmed, empty elements dropped */
	CONFIG_REPEATED, /* struct strv: what each flag of that name gave, as it is; has no variable */
	CONFIG_SECRET,   /* struct secret *, NULL when not set; has no flag: those show in process lists */
};

enum config_auto { CONFIG_AUTO_UNSET, CONFIG_AUTO_ON, CONFIG_AUTO_OFF };

struct config_option {
	const char *flag; /* NULL: environment only */
	const char *env;  /* NULL: flag only */
	enum config_type type;
	size_t offset;         /* of the member in the struct */
	const char *otherwise; /* default, in the syntax of the option; NULL: empty, 0, false */
	int64_t min, max; /* for CONFIG_INT, seconds for CONFIG_SECONDS, ns for CONFIG_DURATION; both 0: no
			     range; max INT64_MAX: only min */
	const char *const *allowed; /* CONFIG_STR: NULL-terminated list of values, or NULL */
	const char *help;
	const char *bare; /* CONFIG_STR: what the flag alone means, whose value then only comes with '=';
			     NULL: it needs one */
};

/* argv[0] is skipped, a NULL ends argv. environment: as environ. *out_help tells whether -h or --help is
 * there; then config is not touched. Errors are ERR_INVALID and name the option, the value unless secret, and
 * what would be right; config then needs no release. */
err_t config_parse(const struct config_option *options, size_t n, int argc, const char *const *argv,
		   const char *const *environment, void *config, bool *out_help) NODISCARD;
void config_release(const struct config_option *options, size_t n, void *config);

/* Usage text: flags and environment with defaults. */
void config_help(const struct config_option *options, size_t n, struct strbuf *out);

#endif
