#include "yaml/yamlx.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err_t count(void *arg, const struct jsonx *doc)
{
	int *n = arg;

	/* What is empty is left out. */
	if (!doc)
		abort();
	*n += 1;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	int n = 0;
	err_t first = yamlx_parse((const char *)data, size, &doc);
	err_t all = yamlx_parse_all((const char *)data, size, count, &n);

	/* Only the peer's bytes can be wrong, and what is wrong at the start is wrong as a whole. */
	if ((first && !err_is(first, ERR_INVALID) && !err_is(first, ERR_TOO_LARGE)) || (first && !all) ||
	    (doc && n == 0))
		abort();
	err_free(first);
	err_free(all);
	return 0;
}
