#include "connect/patch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

/* A patch that somebody sends, on an item as any other. What comes out must be JSON again. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const char item[] =
		"{\"title\":\"t\",\"tags\":[\"a\"],\"fields\":[{\"id\":\"f\",\"value\":\"v\"}],"
		"\"sections\":[{\"id\":\"s\"}]}";
	struct jsonx *doc = NULL, *operation = NULL, *again = NULL;
	struct secret *out = secret_new((size_t)1 << 20);
	err_t e = jsonx_parse(item, sizeof(item) - 1, &doc);

	if (!e)
		e = jsonx_parse((const char *)p, len, &operation);
	if (!e)
		e = patch_apply(doc, operation, out);
	if (!e && jsonx_parse(secret_bytes(out), secret_len(out), &again))
		abort();
	err_free(e);
	jsonx_free(doc);
	jsonx_free(operation);
	jsonx_free(again);
	secret_free(out);
	return 0;
}
