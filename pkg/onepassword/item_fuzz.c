#include "onepassword/item.h"

#include "json/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_item(const struct jsonx *json)
{
	CLEANUP(item_freep) struct item *item = NULL;
	CLEANUP(err_freep) err_t e = item_parse(json, &item);

	if (!e && (!onepassword_is_id(item->id) || !onepassword_is_id(item->vault_id) || item->version < 0))
		abort();
	for (size_t i = 0; !e && i < item->n_fields; i++) {
		if (!item->fields[i].value || !item->fields[i].label || !item->fields[i].type)
			abort();
	}
}

static void read_summary(const struct jsonx *json)
{
	CLEANUP(item_summary_release) struct item_summary s = {0};
	CLEANUP(err_freep) err_t e = item_summary_parse(json, &s);

	if (!e && (!onepassword_is_id(s.id) || !s.title || s.version < 0))
		abort();
}

static void read_vault(const struct jsonx *json)
{
	CLEANUP(opvault_release) struct opvault v = {0};
	CLEANUP(err_freep) err_t e = opvault_parse(json, &v);

	if (!e && (!onepassword_is_id(v.id) || !v.name || v.content_version < 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	CLEANUP(err_freep) err_t e = jsonx_parse((const char *)data, size, &json);

	if (e)
		return 0;
	read_item(json);
	read_summary(json);
	read_vault(json);
	return 0;
}
