#include "onepassword/path.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must give the same text again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	CLEANUP(mem_freep) char *again = NULL;
	CLEANUP(item_path_release) struct item_path p = {0};
	CLEANUP(err_freep) err_t e = item_path_parse(text, &p);

	if (e)
		return 0;
	again = mem_printf("vaults/%s/items/%s", p.vault, p.item);
	if (strcmp(again, text) != 0 || strchr(p.vault, '/') || strchr(p.item, '/'))
		abort();
	return 0;
}
