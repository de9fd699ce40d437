#include "connect/json_member.h"

#include "base/clock.h"
#include "base/str.h"

void json_member_time(struct jsonw *w, const char *key, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, 3, text);
	jsonw_kstr(w, key, text);
}

void json_member_filled(struct jsonw *w, const char *key, const char *s)
{
	if (!str_empty(s))
		jsonw_kstr(w, key, s);
}
