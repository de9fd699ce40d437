#include "onepassword/elements.h"

#include "json/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The number of elements; false when one of them or what is between them is wrong. */
static bool count(const char *text, size_t size, size_t *out)
{
	struct elements e = {.p = text, .len = size};

	for (size_t n = 0;; n++) {
		CLEANUP(jsonx_freep) struct jsonx *json = NULL;
		const char *p = NULL;
		size_t len = 0;
		CLEANUP(err_freep) err_t failed = elements_next(&e, &p, &len);

		if (!failed && !p) {
			*out = n;
			return true;
		}
		if (!failed)
			failed = jsonx_parse(p, len, &json);
		if (failed)
			return false;
	}
}

/* Element by element must read what the whole text reads. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(jsonx_freep) struct jsonx *whole = NULL;
	CLEANUP(err_freep) err_t e = jsonx_parse((const char *)data, size, &whole);
	size_t n = 0;
	const bool counted = count((const char *)data, size, &n);

	if (!e && jsonx_type(whole) == JSONX_ARRAY && (!counted || n != jsonx_len(whole)))
		abort();
	if (!e && jsonx_type(whole) != JSONX_ARRAY && counted)
		abort();
	return 0;
}
