#include "onepassword/path.h"

#include "base/mem.h"
#include "base/str.h"
#include "onepassword/shown.h"

#include <string.h>

void item_path_release(struct item_path *p)
{
	mem_free(p->vault);
	mem_free(p->item);
	*p = (struct item_path){0};
}

static bool is_part(const char *begin, const char *end, const char *word)
{
	const size_t len = (size_t)(end - begin);

	return len == strlen(word) && memcmp(begin, word, len) == 0;
}

/* False unless the text has exactly three slashes. */
static bool find_slashes(const char *text, const char *out[3])
{
	const char *at = text;

	for (size_t i = 0; i < 3; i++, at++) {
		at = strchr(at, '/');
		if (!at)
			return false;
		out[i] = at;
	}
	return !strchr(at, '/');
}

err_t item_path_parse(const char *text, struct item_path *out)
{
	const char *slash[3];

	if (strnlen(text, ITEM_PATH_MAX + 1) > ITEM_PATH_MAX)
		return err_new(ERR_INVALID,
			       "the path of the One Password item is longer than %d bytes. Must be of the "
			       "format: `vaults/{vault_id}/items/{item_id}`",
			       ITEM_PATH_MAX);
	if (!find_slashes(text, slash) || !is_part(text, slash[0], "vaults") ||
	    !is_part(slash[1] + 1, slash[2], "items")) {
		CLEANUP(mem_freep) char *shown = shown_dup(text);

		return err_new(
			ERR_INVALID,
			"\"%s\" is not an acceptable path for One Password item. Must be of the format: "
			"`vaults/{vault_id}/items/{item_id}`",
			shown);
	}
	out->vault = mem_strndup(slash[0] + 1, (size_t)(slash[1] - slash[0] - 1));
	out->item = mem_strdup(slash[2] + 1);
	return NULL;
}
