#ifndef OPC_ENVFILE_H
#define OPC_ENVFILE_H

#include "base/secret.h"
#include "base/str.h"

/* A .env file: KEY=VALUE lines with blanks around =, # comments, and quotes that may span lines. In values
 * $NAME and
 * ${NAME} become what earlier lines or the environment say, but not within single quotes, where nothing is
 * replaced; a backslash takes the next character as it is outside of single quotes (\n in double quotes is a
 * newline). A # with a blank before it ends a value without quotes. */
#define ENVFILE_MAX ((size_t)1 << 20)

struct envfile_source {
	const char *(*variable)(void *arg, const char *name); /* NULL: there is none, which counts as empty */
	err_t (*set)(void *arg, const char *name, const char *value);
	void *arg;
};

/* ERR_INVALID names the line, and nothing of its value. */
err_t envfile_parse(const char *text, const struct envfile_source *source) NODISCARD;

#endif
