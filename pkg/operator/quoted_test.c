#include "operator/quoted_test.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

char *quoted_dup(const char *text)
{
	char *s = mem_strdup(text);

	for (char *c = s; *c; c++)
		if (*c == '\'')
			*c = '"';
	return s;
}

struct jsonx *quoted_json(const char *text)
{
	char *s CLEANUP(mem_freep) = quoted_dup(text);
	struct jsonx *json = NULL;

	CHECK_OK(jsonx_parse(s, strlen(s), &json));
	return json;
}
