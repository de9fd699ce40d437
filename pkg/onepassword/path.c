#include "onepassword/path.h"

#include "base/mem.h"
#include "base/str.h"
#include "onepassword/shown.h"

void item_path_release(struct item_path *p)
{
	mem_free(p->vault);
	mem_free(p->item);
	*p = (struct item_path){0};
}

err_t item_path_parse(const char *text, struct item_path *out)
{
	CLEANUP(strv_release) struct strv parts = {0};

	strv_split(&parts, text, '/');
	if (parts.n != 4 || !streq(parts.v[0], "vaults") || !streq(parts.v[2], "items")) {
		CLEANUP(mem_freep) char *shown = shown_dup(text);

		return err_new(
			ERR_INVALID,
			"\"%s\" is not an acceptable path for One Password item. Must be of the format: "
			"`vaults/{vault_id}/items/{item_id}`",
			shown);
	}
	out->vault = TAKE(parts.v[1]);
	out->item = TAKE(parts.v[3]);
	return NULL;
}
