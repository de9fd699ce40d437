#include "opc/itemnames.h"

#include "base/mem.h"
#include "opc/template.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

/* What is accepted names items; a template is cut behind a line. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	char *text = mem_strndup((const char *)p, len);
	struct item_names names = {0};
	struct item_name link = {0};
	err_t e = item_names_parse(text, len, &names);
	const size_t cut = template_cut(text, len);

	if (!e && names.n == 0)
		abort();
	for (size_t i = 0; i < names.n; i++)
		if (!names.v[i].item || !*names.v[i].item)
			abort();
	if (cut > len || (cut > 0 && text[cut - 1] != '\n'))
		abort();
	if (item_name_of_link(text, &link))
		item_name_release(&link);
	err_free(e);
	item_names_release(&names);
	mem_free(text);
	return 0;
}
