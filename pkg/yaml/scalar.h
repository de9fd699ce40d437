#ifndef YAML_SCALAR_H
#define YAML_SCALAR_H

#include "base/double.h"

/* What an unquoted scalar means to kubectl, whose reader is of the time of YAML 1.1: yes, on and y are
 * booleans, 0644 is octal, digits may hold underscores. Dates are strings. */
enum scalar_type {
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,
	SCALAR_FLOAT,
	SCALAR_NOT_FINITE, /* .inf and .nan, which JSON does not have */
	SCALAR_STR,
};

#define SCALAR_JSON_SIZE DOUBLE_TEXT_SIZE

/* json: for all but the last two types the value as JSON text. */
enum scalar_type scalar_resolve(const char *text, size_t len, char json[SCALAR_JSON_SIZE]);

#endif
