#ifndef CONNECT_ITEM_JSON_H
#define CONNECT_ITEM_JSON_H

#include "vault/items.h"
#include "json/jsonw.h"

/* What clients get to see, in the schemas of the Connect API. What is empty is left out, except the lists of
 * sections and fields and what clients rely on. */
void item_json_vault(struct jsonw *w, const struct vault_info *v);

/* With the rights to read: as in lists, and whole. version is written instead of the item's own. */
void item_json_summary(struct jsonw *w, const struct vault_item *item);
void item_json_full(struct jsonw *w, const struct vault_item *item, int64_t version);

/* One of its fields. */
void item_json_field(struct jsonw *w, const struct vault_item *item, const struct vault_item_field *f);

/* For a token that may write but not read: nothing but what it needs to name the item. */
void item_json_receipt(struct jsonw *w, const struct vault_item *item, int64_t version);

/* content NULL: not inline. */
void item_json_file(struct jsonw *w, const struct vault_item *item, const struct vault_item_file *file,
		    const struct secret *content);

#endif
