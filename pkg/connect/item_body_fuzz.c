#include "connect/item_body.h"
#include "connect/item_json.h"

#include <stdlib.h>
#include <string.h>

#define OUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An answer made from whatever was accepted is JSON again, and is accepted again. */
static void check_round_trip(struct vault_item *item)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(OUT_MAX);
	CLEANUP(vault_item_release) struct vault_item again = {0};
	struct jsonw w;

	jsonw_init_secret(&w, text);
	item_json_full(&w, item, 1);
	CLEANUP(err_freep) err_t unwritten = jsonw_done(&w);
	if (unwritten)
		abort();
	CLEANUP(err_freep) err_t e = item_body_parse(secret_bytes(text), secret_len(text), &again);
	if (e || again.n_fields != item->n_fields || again.n_sections != item->n_sections)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	CLEANUP(err_freep) err_t e = item_body_parse((const char *)data, size, &item);

	if (!e)
		check_round_trip(&item);
	else if (!err_is(e, ERR_INVALID))
		abort();
	return 0;
}
