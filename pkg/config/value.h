#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/config.h"

/* One option's member of the parsed struct. */

/* Makes the member what it is without a value, so that it can be released. */
void config_value_init(const struct config_option *o, void *config);

/* Parses text into the member. name: what the error calls the source of the text. */
err_t config_value_set(const struct config_option *o, const char *name, const char *text, void *config)
	NODISCARD;

void config_value_release(const struct config_option *o, void *config);

/* What a text for this option has to be: "a whole number from 1 to 64". */
void config_value_describe(const struct config_option *o, struct strbuf *out);

#endif
