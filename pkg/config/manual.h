#ifndef CONFIG_MANUAL_H
#define CONFIG_MANUAL_H

#include "config/command.h"

/* The manual page of a program, for man(1): from the same table as its --help. */
void manual_write(const struct program_of_commands *p, struct strbuf *out);

#endif
