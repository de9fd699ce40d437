#ifndef CONNECT_FIELD_BODY_H
#define CONNECT_FIELD_BODY_H

#include "vault/item.h"
#include "json/json.h"

/* One element of the "fields" of an item whose category is known; i is its index, for error texts. Section
 * ids are those of the body; a section that the item does not list is added to it. */
err_t field_body_parse(const struct jsonx *json, size_t i, struct vault_item *item,
		       struct vault_item_field *out) NODISCARD;

/* Only one field for each purpose. */
err_t field_body_check_purposes(const struct vault_item *item) NODISCARD;

/* A member that is a text: "" when it is absent or null; ERR_INVALID for another type. */
err_t body_text(const struct jsonx *object, const char *member, const char *where, const char **out)
	NODISCARD;

#endif
