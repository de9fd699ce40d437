#ifndef CONNECT_ITEM_BODY_H
#define CONNECT_ITEM_BODY_H

#include "vault/item.h"
#include "json/json.h"

/* An item as clients send it to be stored. What the server decides is ignored: version, dates, editor, state,
 * files, entropy. Empty ids and types, nulls and unknown members are accepted, because clients send them;
 * missing ids are made, sections that only a field names are added, values to be generated are generated,
 * dates become Unix seconds. ERR_INVALID with a text for the client that names the field and never its value.
 */
err_t item_body_parse(const char *p, size_t len, struct vault_item *out) NODISCARD;

/* A DOCUMENT item, for the file that comes with it; tags: separated by commas. */
err_t item_body_document(const char *title, const char *tags, struct vault_item *out) NODISCARD;

/* The same as item_body_parse of a document that is parsed already. */
err_t item_body_read(const struct jsonx *doc, struct vault_item *out) NODISCARD;

/* The same, for a replacement: body and path must name the same item and vault. */
err_t item_body_parse_replacement(const char *p, size_t len, const char *vault_id, const char *item_id,
				  struct vault_item *out) NODISCARD;

#endif
