#include "onepassword/reference.h"

#include "base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

/* What is taken has parts of characters that a reference may have, and nothing else. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	char *text = mem_strndup((const char *)p, len);
	struct op_reference r = {0};
	err_t e = op_reference_parse(text, &r);

	for (const char *c = e ? "" : r.field; *c; c++)
		if (!op_reference_char(*c))
			abort();
	if (!e && (!*r.vault || !*r.item || !*r.field))
		abort();
	err_free(e);
	op_reference_release(&r);
	mem_free(text);
	return 0;
}
