#ifndef OPERATOR_QUOTED_TEST_H
#define OPERATOR_QUOTED_TEST_H

#include "json/json.h"

/* JSON is hard to read in C: in these texts a single quote stands for a double one. */
struct jsonx *quoted_json(const char *text); /* jsonx_free it; the text must be JSON */
char *quoted_dup(const char *text);          /* caller frees */

#endif
