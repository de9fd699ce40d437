#include "base/mem.h"
#include "connect/filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is parsed has a value, and an exact filter matches just that. */
static void check(const char *text, bool has_tags)
{
	CLEANUP(filter_release) struct filter f = {0};
	CLEANUP(err_freep) err_t e = filter_parse(text, has_tags, &f);

	if (e || f.attribute == FILTER_NONE) {
		if (f.value || (e && !err_is(e, ERR_INVALID)))
			abort();
		return;
	}
	if (!strstr(text, f.value) || !filter_matches_text(&f, f.value) || !filter_matches_name(&f, f.value))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);

	check(text, true);
	check(text, false);
	return 0;
}
