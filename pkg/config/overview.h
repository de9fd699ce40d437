#ifndef CONFIG_OVERVIEW_H
#define CONFIG_OVERVIEW_H

#include "config/command.h"

/* What a program with subcommands says of itself. */

/* Its commands, with one sentence each. */
void overview_write(const struct program_of_commands *p, struct strbuf *out);

/* Those whose name begins with the words ("connect server"). false: there is none, and nothing is written. */
bool overview_write_group(const struct program_of_commands *p, const char *const *words, size_t n,
			  struct strbuf *out);

/* That the words are no command, which one was meant most likely, and where to look. */
void overview_write_unknown(const struct program_of_commands *p, const char *const *words, size_t n,
			    struct strbuf *out);

/* The words begin with its name; NULL: none is meant. */
const struct refused_command *overview_refused(const struct program_of_commands *p, const char *const *words,
					       size_t n);

#endif
