#include "onepassword/shown.h"

#include "base/str.h"

char *shown_dup(const char *s)
{
	struct strbuf b = {0};

	strbuf_init(&b, SHOWN_MAX);
	str_add_printable(&b, s, SHOWN_MAX);
	return strbuf_take(&b);
}
