#ifndef CONFIG_COMPLETE_H
#define CONFIG_COMPLETE_H

#include "config/command.h"

/* What may stand where the last of the words stands, which is there in part or empty: one in a line, a tab
 * and what it means behind it. words: the command line without the program. */
void complete_candidates(const struct program_of_commands *p, const char *const *words, size_t n,
			 struct strbuf *out);

/* A script for "bash", "zsh" or "fish" that asks the program for candidates. ERR_INVALID: another shell. */
err_t complete_script(const char *program, const char *shell, struct strbuf *out) NODISCARD;

#endif
