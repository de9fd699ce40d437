#include "connect/range.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

/* "-500": the last 500 bytes. */
static enum range suffix(const char *text, size_t len, size_t *out_first, size_t *out_last)
{
	int64_t n = 0;

	if (!str_to_int(text, 0, INT64_MAX, &n))
		return RANGE_WHOLE;
	if (n == 0 || len == 0)
		return RANGE_OUTSIDE;
	*out_first = (uint64_t)n < len ? len - (size_t)n : 0;
	*out_last = len - 1;
	return RANGE_PART;
}

enum range range_of(const char *header, size_t len, size_t *out_first, size_t *out_last)
{
	static const char unit[] = "bytes=";
	CLEANUP(strv_release) struct strv parts = {0};
	int64_t first = 0, last = INT64_MAX;

	if (!str_has_prefix(header, unit))
		return RANGE_WHOLE;
	strv_split(&parts, header + sizeof(unit) - 1, '-');
	if (parts.n != 2)
		return RANGE_WHOLE;
	if (str_empty(parts.v[0]))
		return suffix(parts.v[1], len, out_first, out_last);
	if (!str_to_int(parts.v[0], 0, INT64_MAX, &first) ||
	    (!str_empty(parts.v[1]) && !str_to_int(parts.v[1], 0, INT64_MAX, &last)) || last < first)
		return RANGE_WHOLE;
	if ((uint64_t)first >= len)
		return RANGE_OUTSIDE;
	*out_first = (size_t)first;
	*out_last = (uint64_t)last < len ? (size_t)last : len - 1;
	return RANGE_PART;
}
